"""The offline responder about time: reminders, timers that are due, looking back, and being edited."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from agents.actions import registry
from agents.llm.base import ModelRequest, ModelUsage, Purpose
from agents.llm.offline import OfflineResponder
from agents.mind import EntityState
from agents.scene import CompletedAction, Said, Scene
from agents.triggers import Trigger, TriggerKind

NOW = datetime(2026, 3, 5, 18, 0, tzinfo=UTC)
SET = CompletedAction(id="b", action="SET_TIMER", result="set")


def plan(
    text: str,
    kind: TriggerKind = "user_input",
    answer: str | None = None,
    purpose: Purpose = "inline",
    done: tuple[CompletedAction, ...] = (),
) -> list[dict[str, Any]]:
    """Return the actions that the responder plans, each checked as the engine does."""
    if answer:
        done = (CompletedAction(id="a", action="ASK_USER", result=f"they answered: {answer}"), *done)
    said = (Said(author="user", text=text, at=NOW),) if kind == "user_input" else ()
    trigger = Trigger(kind=kind, content=text, at=NOW)
    scene = Scene(state=EntityState(), person="Noor", trigger=trigger, history=said, completed=done)

    async def whole() -> str:
        request = ModelRequest(purpose=purpose, messages=(), scene=scene, context="")
        return "".join([piece async for piece in OfflineResponder().stream(request, ModelUsage())])

    actions: list[dict[str, Any]] = json.loads(asyncio.run(whole()))["actions"]
    for action in actions:
        registry.parse(action, with_text=purpose == "inline")
    return actions


@pytest.mark.parametrize(
    ("text", "timer", "speech"),
    [
        ("Remind me in 2 minutes to turn off my oven.",
         {"what": "Remind Noor: turn off your oven.", "in_minutes": 2},
         "I will remind you in 2 minutes to turn off your oven."),
        ("Please remind me to call mum in an hour",
         {"what": "Remind Noor: call mum.", "in_minutes": 60}, "I will remind you in 1 hour to call mum."),
        ("Can you remind me at 18:30 to go?", {"what": "Remind Noor: go.", "at": "18:30"},
         "I will remind you at 18:30 to go."),
        ("remind me every day at 9 am to stretch", {"what": "Remind Noor: stretch.", "at": "09:00", "daily": True},
         "I will remind you every day at 09:00 to stretch."),
        ("Remind me tomorrow at 7:15 about the bins", {"what": "Remind Noor of the bins.", "at": "tomorrow 07:15"},
         "I will remind you tomorrow at 07:15 of the bins."),
    ],
)  # fmt: skip
def test_set_timer_for_a_reminder(text: str, timer: dict[str, object], speech: str) -> None:
    (first,) = plan(text)
    second, last = plan(text, done=(SET,))
    assert first.pop("action") == "SET_TIMER" and first.pop("context") and first == timer
    assert (second["action"], second["text"], last["action"]) == ("SPEAK", speech, "DONE")


def test_ask_user_when_no_time_was_named() -> None:
    ask, done = plan("Remind me to water the fern.")
    assert (ask["action"], ask["question"]) == ("ASK_USER", "When shall I remind you to water the fern?")
    assert len(ask["choices"]) == 3 and done["action"] == "DONE"


def test_a_timer_that_was_refused_is_not_promised() -> None:
    failed = SET.model_copy(update={"ok": False, "result": "At most five years from now."})
    for purpose in ("inline", "extend"):
        actions = plan("Remind me in 2 minutes to go.", purpose=purpose, done=(failed,))
        assert [each["action"] for each in actions] == ["SPEAK", "DONE"]
    speak, _done = plan("Remind me in 2 minutes to go.", done=(failed,))
    assert speak["text"] == "I could not set a timer. At most five years from now."


@pytest.mark.parametrize("purpose", ["inline", "extend"])
@pytest.mark.parametrize(
    ("answer", "timer"),
    [
        ("In 10 minutes", {"in_minutes": 10}),
        ("In an hour", {"in_minutes": 60}),
        ("Tomorrow at 9:00", {"at": "tomorrow 09:00"}),
        ("18:30", {"at": "18:30"}),
        ("in half an hour, please", {"in_minutes": 30}),
    ],
)
def test_the_answer_sets_the_timer(answer: str, timer: dict[str, object], purpose: Purpose) -> None:
    actions = plan("Remind me to water the fern.", answer=answer, purpose=purpose)
    rest = plan("Remind me to water the fern.", answer=answer, purpose=purpose, done=(SET,))
    assert [each["action"] for each in actions][:1] == ["SET_TIMER"]
    assert [each["action"] for each in rest] == ["SPEAK", "DONE"]
    assert {key: actions[0][key] for key in timer} == timer and actions[0]["what"] == "Remind Noor: water the fern."


def test_an_answer_without_a_time_is_told_so() -> None:
    actions = plan("Remind me to water the fern.", answer="whenever")
    assert [each["action"] for each in actions] == ["SPEAK", "DONE"] and "could not make out" in actions[0]["text"]


def test_a_due_timer_is_spoken_and_says_that_it_is_late() -> None:
    (speak, _done) = plan("Remind Noor: go. (This was due 3 hours ago.)", "timer")
    assert speak["text"] == "You asked me to remind you to go. I am late with it: it was due 3 hours ago."
    assert plan("Ask about the tea.", "timer")[0]["text"] == "It is time: Ask about the tea."


def test_inward_turns_say_nothing() -> None:
    assert [each["action"] for each in plan("Look back.", "self_reflection")] == ["REFLECT", "DONE"]
    assert [each["action"] for each in plan("noor has changed how you are.", "state_change")] == ["THINK", "DONE"]


def test_other_turns_are_as_they_were() -> None:
    assert {each["action"] for each in plan("I remind my sister of our aunt.")} & {"SET_TIMER", "ASK_USER"} == set()
