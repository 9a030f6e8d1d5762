"""What crosses a boundary is checked by its model: what a run acts on (A2), and what is stored as JSON (E6)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from pydantic import ValidationError

from agents import chains, events
from agents.actions.base import ActionContext
from agents.errors import PlanRejected
from agents.llm.gateway import Gateway
from agents.mind import EntityState
from agents.models import Chain
from agents.plan import ActionPlan
from agents.scene import CompletedAction, Scene
from agents.strategies.turn import Turn
from agents.triggers import Trigger
from memos_site import env
from tests.scripted import ScriptedModel

NOW = {"kind": "user_input", "content": "Hello", "at": "2026-03-05T12:00:00Z"}


@pytest.fixture
def scene() -> Scene:
    return Scene(
        state=EntityState(),
        person="Noor",
        trigger=Trigger(kind="user_input", content="Hello", at=timezone.now()),
    )


def test_a2_the_context_is_immutable_but_for_what_was_completed(scene: Scene) -> None:
    turn = Turn(scene, Gateway(ScriptedModel()))
    for number in range(3):
        turn.complete(CompletedAction(id=str(number), action="THINK", result=f"thought {number}", ok=True))
    assert [done.result for done in turn.scene.completed] == ["thought 0", "thought 1", "thought 2"]
    assert scene.completed == (), "whoever holds the scene as it was still sees it so"
    with pytest.raises(ValidationError):
        scene.person = "Somebody else"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        scene.trigger.content = "Something else"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        ActionContext(scene, scene.state).context = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("read", "malformed"),
    [
        (lambda data: events.parse("run.started", data), {"trigger": "whim", "strategy": "inline"}),
        (lambda data: events.parse("run.started", data), {"trigger": "user_input", "strategy": "inline", "more": 1}),
        (lambda data: events.parse("nothing.known", data), {}),
        (Trigger.model_validate, {**NOW, "kind": "whim"}),
        (Trigger.model_validate, {**NOW, "at": "soon"}),
        (ActionPlan.model_validate, {"actions": [{"args": {}}]}),
        (ActionPlan.model_validate, {"actions": "THINK"}),
        (lambda data: chains.plan_of(Chain(name="x", actions=data)), [{"action": "FLY"}]),
        (lambda data: chains.plan_of(Chain(name="x", actions=data)), "THINK"),
    ],
)
def test_e6_what_is_stored_as_json_is_refused_when_it_is_malformed(read: Callable[[Any], Any], malformed: Any) -> None:
    with pytest.raises((PlanRejected, ValueError)):
        read(malformed)


def test_e6_settings_are_checked_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMOS_SWEEP_SECONDS", "soon")
    with pytest.raises(ValidationError, match=r"(?i)sweep_seconds"):
        env.Env()
