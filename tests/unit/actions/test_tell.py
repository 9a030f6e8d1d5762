"""TELL: what it returns and what it refuses."""

from datetime import UTC, datetime

import pytest

from agents.actions import registry
from agents.actions.base import ActionContext, Outcome
from agents.errors import ActionFailed
from agents.mind import EntityState
from agents.orders import Tell
from agents.plan import PlannedAction
from agents.scene import Scene
from agents.triggers import MOST_HOPS, Trigger

pytestmark = pytest.mark.asyncio


async def run(hops: int, **args: object) -> Outcome:
    trigger = Trigger(kind="agent_message", content="x", at=datetime.now(UTC), sender="Shim", hops=hops)
    scene = Scene(state=EntityState(), person="Noor", trigger=trigger)
    action = registry.get("TELL")
    checked = registry.check(PlannedAction(action="TELL", args=args))
    assert action is not None and checked is not None
    return await action.execute(ActionContext(scene, scene.state, "because"), checked)


async def test_a1_tell_orders_it_one_hop_further() -> None:
    outcome = await run(1, to=" Ishbel ", text="The bread is ready.")
    assert outcome.orders == (Tell(to="Ishbel", text="The bread is ready.", hops=2),)
    assert (outcome.result, outcome.changes) == ("to Ishbel: The bread is ready.", ())


async def test_what_was_passed_on_often_enough_is_not_told() -> None:
    assert (await run(MOST_HOPS - 1, to="Ishbel", text="x")).orders
    with pytest.raises(ActionFailed, match=f"{MOST_HOPS} times already"):
        await run(MOST_HOPS, to="Ishbel", text="x")


@pytest.mark.parametrize(
    "args", [{}, {"to": "Ishbel"}, {"to": "", "text": "x"}, {"to": "x", "text": " "}, {"to": "x", "text": "x" * 2_001}]
)
async def test_bad_arguments_are_refused_with_a_sentence(args: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="TELL"):
        registry.check(PlannedAction(action="TELL", args=args))
