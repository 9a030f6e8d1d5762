"""ASK_USER, WAIT, SET_TIMER and CANCEL_TIMER: what they return and what they refuse."""

from datetime import UTC, datetime

import pytest

from agents.actions import registry
from agents.actions.base import ActionContext
from agents.errors import ActionFailed
from agents.mind import EntityState
from agents.plan import PlannedAction
from agents.scene import Scene
from agents.triggers import Trigger

pytestmark = pytest.mark.asyncio
SCENE = Scene(state=EntityState(), person="Noor", trigger=Trigger(kind="timer", content="x", at=datetime.now(UTC)))


async def run(name: str, **args: object):
    action = registry.get(name)
    checked = registry.check(PlannedAction(action=name, args=args))
    assert action is not None and checked is not None
    return await action.execute(ActionContext(SCENE, SCENE.state, "because"), checked)


async def test_ask_user_pauses_with_question_and_choices():
    outcome = await run("ASK_USER", question="Tea?", choices=["Yes ", "No", "Yes"])
    assert outcome.pauses and outcome.pauses.kind == "question"
    assert (outcome.pauses.text, outcome.pauses.choices, outcome.pauses.seconds) == ("Tea?", ("Yes", "No"), None)
    assert outcome.changes == ()


async def test_wait_pauses_for_seconds():
    outcome = await run("WAIT", seconds=30)
    assert outcome.pauses and (outcome.pauses.kind, outcome.pauses.seconds) == ("moment", 30)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("ASK_USER", {"question": ""}),
        ("ASK_USER", {"question": "x" * 2_001}),
        ("ASK_USER", {"question": "Tea?", "choices": [""]}),
        ("ASK_USER", {"question": "Tea?", "choices": ["x"] * 9}),
        ("WAIT", {"seconds": 0}),
        ("WAIT", {"seconds": 90_000}),
        ("WAIT", {"seconds": float("nan")}),
        ("SET_TIMER", {"what": "x", "in_minutes": 0}),
        ("SET_TIMER", {"what": "x", "at": "soon"}),
        ("SET_TIMER", {"what": "x", "every_minutes": 1}),
        ("CANCEL_TIMER", {"which": ""}),
    ],
)
async def test_bad_arguments_are_refused_with_a_sentence(name: str, args: dict[str, object]):
    with pytest.raises(ValueError, match=name):
        registry.check(PlannedAction(action=name, args=args))


@pytest.mark.parametrize(
    ("args", "result"),
    [
        ({"in_minutes": 2}, "in 2 minutes: Ring"),
        ({"at": "18:30"}, "at 18:30: Ring"),
        ({"at": "18:30", "daily": True}, "every day at 18:30: Ring"),
        ({"every_minutes": 60}, "every 1 hour: Ring"),
    ],
)
async def test_set_timer_orders_a_timer(args: dict[str, object], result: str):
    outcome = await run("SET_TIMER", what="Ring", **args)
    assert outcome.result == result and len(outcome.orders) == 1 and outcome.orders[0].what == "Ring"


@pytest.mark.parametrize("args", [{}, {"daily": True}, {"daily": True, "at": "2026-03-05 18:30"}])
async def test_set_timer_needs_a_time(args: dict[str, object]):
    with pytest.raises(ActionFailed):
        await run("SET_TIMER", what="Ring", **args)


async def test_cancel_timer_orders_a_stop():
    outcome = await run("CANCEL_TIMER", which="7")
    assert outcome.orders[0].which == "7"
