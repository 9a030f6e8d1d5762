"""Dependencies between the actions of a plan (A21), and what overlaps because of them (A22)."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import graph
from agents.errors import PlanRejected
from agents.llm.base import ModelRequest, ModelUsage
from agents.plan import PlannedAction
from agents.strategies.deliberate import parse_plan
from agents.strategies.plan_stream import PlanStream
from tests.scripted import plan
from tests.unit.test_sequence import DONE, Played

GOAL = {"action": "ADD_GOAL", "goal": "Read"}


def planned(*edges: tuple[str, list[str] | None]) -> list[PlannedAction]:
    return [
        PlannedAction(action="THINK", id=id_, after=None if after is None else tuple(after)) for id_, after in edges
    ]


@pytest.mark.parametrize(
    ("edges", "problem"),
    [
        ([("a", []), ("a", [])], 'the id "a" is given twice'),
        ([("a", ["a"])], '"a" waits for itself'),
        ([("a", ["b"])], 'it waits for "b", and no action has that id'),
        ([("a", ["b"]), ("b", ["a"])], "in a circle: a after b after a"),
        ([("a", []), ("b", ["d"]), ("c", ["b"]), ("d", ["c"])], "in a circle: b after d after c after b"),
        ([("a", ["b"]), ("b", None)], "in a circle: a after b after a"),
    ],
)
def test_a21_what_can_never_be_done_is_refused_at_planning_with_a_sentence(edges: Any, problem: str) -> None:
    (found,) = graph.problems(planned(*edges))
    assert problem in found
    actions = [{"action": "THINK", "id": id_, **({} if after is None else {"after": after})} for id_, after in edges]
    with pytest.raises(PlanRejected) as refused:
        parse_plan(plan(*actions))
    assert problem in str(refused.value.errors)


def test_ids_of_an_earlier_plan_may_be_waited_for_but_not_given_again() -> None:
    assert graph.problems(planned(("b", ["a"])), {"a"}) == []
    assert "given twice" in graph.problems(planned(("a", [])), {"a"})[0]


@pytest.mark.parametrize(
    "fields", [{"id": "two words"}, {"id": 1.5}, {"after": {"a": 1}}, {"after": [None]}, {"id": True}]
)
def test_ids_and_dependencies_of_a_wrong_kind_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(PlanRejected, match=r"could not|must be") as refused:
        parse_plan(plan({**GOAL, **fields}))
    assert "must be" in str(refused.value.errors)


def test_every_action_of_a_drawn_plan_has_an_id_so_that_the_log_can_say_which_is_done() -> None:
    made = parse_plan(plan({**GOAL, "id": "n1"}, {"action": "THINK", "after": []}, DONE))
    assert [action.id for action in made.actions] == ["n1", "n2", "n3"]
    assert [action.id for action in parse_plan(plan(GOAL, DONE)).actions] == ["", ""]


@given(st.data())
def test_any_graph_is_either_done_in_an_order_that_holds_or_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 7))
    ids = [f"i{n}" for n in range(size)]
    edges = [
        (id_, data.draw(st.one_of(st.none(), st.lists(st.sampled_from(ids), unique=True, max_size=3)))) for id_ in ids
    ]
    actions = planned(*edges)
    order = graph.ordered(actions)
    if graph.problems(actions):
        assert len(order) < size
        return
    assert sorted(order) == list(range(size))
    waits = graph.waits_for(actions)
    assert all(order.index(other) < order.index(place) for place in range(size) for other in waits[place])


def test_a21_inline_refuses_to_wait_for_what_comes_later() -> None:
    stream = PlanStream()
    with pytest.raises(PlanRejected, match=r".*") as refused:
        stream.feed(plan({**GOAL, "after": ["b"]}, {**GOAL, "id": "b"}))
    assert 'it waits for "b"' in refused.value.errors[0]


@pytest.mark.parametrize("strategy", ["inline", "deliberate"])
async def test_a21_what_waits_for_a_failed_action_is_left_out_with_the_reason(strategy: str) -> None:
    actions = (
        {"action": "REMOVE_MEMORY", "memory": 99, "id": "a", "after": []},
        {"action": "ADD_GOAL", "goal": "Read", "id": "b", "after": ["a"]},
        {"action": "SPEAK", "text": "Done so.", "id": "c", "after": ["b"]},
        {"action": "SPEAK", "text": "I could not.", "id": "d", "after": []},
        DONE,
    )
    played = Played(plan(*actions), strategy=strategy)
    finished = await played()
    assert finished.status == "finished"
    assert {(event.name, event.planned, event.reason) for event in played.ledger.of("action.skipped")} == {
        ("ADD_GOAL", "b", "it waits for a (REMOVE_MEMORY), which was not done"),
        ("SPEAK", "c", "it waits for b (ADD_GOAL), which was not done"),
    }
    assert [text.text for text in played.ledger.of("text.finished")] == ["I could not."]


class Slow:
    """A model whose texts come only once as many are asked for at a time as are `awaited`."""

    name = "slow"

    def __init__(self, whole: str, awaited: int, first: str = "") -> None:
        self.whole, self.awaited, self.first = whole, awaited, first
        self.open = self.most = 0
        self.all_there = asyncio.Event()

    async def stream(self, request: ModelRequest, usage: ModelUsage):
        usage.input_tokens = usage.output_tokens = 1
        if request.purpose == "plan":
            yield self.whole
            return
        self.open += 1
        self.most = max(self.most, self.open)
        if self.open == self.awaited:
            self.all_there.set()
        async with asyncio.timeout(2):
            await self.all_there.wait()
        if request.context != self.first:
            await asyncio.sleep(0.02)
        yield f"{request.context}, "
        await asyncio.sleep(0)
        yield "whole"
        self.open -= 1


def played_by(model: Slow, **limits: Any) -> Played:
    played = Played("", strategy="deliberate", **limits)
    played.turn.gateway.model = model
    return played


async def test_a22_independent_texts_are_written_at_once_and_heard_in_the_plans_order() -> None:
    actions = (
        {"action": "SPEAK", "context": "one", "id": "a", "after": []},
        {"action": "SPEAK", "context": "two", "id": "b", "after": []},
        {"action": "THINK", "context": "three", "id": "c", "after": []},
        DONE,
    )
    model = Slow(plan(*actions), awaited=3, first="two")
    played = played_by(model)
    finished = await played()
    assert finished.status == "finished" and model.most == 3
    speeches = [text.text for text in played.ledger.of("text.finished") if not text.is_thought]
    assert speeches == ["one, whole", "two, whole"], "the second was ready first and was held back"
    heard = [text for _id, _offset, text, is_thought in played.ledger.deltas if not is_thought]
    assert heard == ["one, ", "whole", "two, ", "whole"]


async def test_a22_changes_made_beside_each_other_are_all_kept() -> None:
    words = ("Mend the roof", "Sing aloud", "Sort maps", "Write home", "Sweep", "Learn Dutch", "Find Ada", "Rest")
    goals = [{"action": "ADD_GOAL", "goal": text, "id": f"g{n}", "after": []} for n, text in enumerate(words)]
    texts = [{"action": "THINK", "context": f"thought {n}", "id": f"t{n}", "after": []} for n in range(3)]
    model = Slow(plan(*texts, *goals, DONE), awaited=3)
    played = played_by(model)
    assert (await played()).status == "finished"
    assert len(played.ledger.now.active_goals()) == 9, "one was there before"
    kinds = [event.kind for event in played.ledger.events]
    assert kinds.index("action.finished") < kinds.index("text.finished"), "they did not wait for the thoughts"


async def test_what_is_named_in_after_is_over_before_it_begins() -> None:
    actions = (
        {"action": "SPEAK", "context": "last", "id": "z", "after": ["g"]},
        {"action": "UPDATE_APPEARANCE", "appearance": "A red coat.", "id": "g", "after": []},
        DONE,
    )
    played = Played(plan(*actions), "See?", strategy="deliberate")
    await played()
    assert "A red coat." in played.model.requests[1].messages[0].content


async def test_without_after_actions_are_done_one_by_one() -> None:
    model = Slow(plan({"action": "THINK", "context": "one"}, {"action": "SPEAK", "context": "two"}, DONE), awaited=1)
    played = played_by(model)
    await played()
    assert model.most == 1


async def test_a_model_that_fails_ends_the_other_texts_too() -> None:
    from agents.errors import ModelUnreachable

    actions = ({"action": "SPEAK", "id": "a", "after": []}, {"action": "THINK", "id": "b", "after": []}, DONE)
    played = Played(plan(*actions), ModelUnreachable("Gone."), strategy="deliberate")
    finished = await played()
    assert (finished.status, finished.reason) == ("failed", "Gone.")
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


async def test_a_budget_of_actions_ends_a_drawn_plan_too() -> None:
    goals: list[dict[str, Any]] = [
        {"action": "ADD_GOAL", "goal": f"Read {word}", "id": word, "after": []} for word in ("maps", "logs", "signs")
    ]
    played = Played(plan(*goals, DONE), strategy="deliberate", actions=2)
    finished = await played()
    assert "budget" in finished.reason and len(played.ledger.of("action.finished")) == 2


@pytest.mark.django_db
def test_a_run_that_was_interrupted_goes_on_with_what_is_left_of_a_drawn_plan() -> None:
    """Whatever was done first: invariant 8, behind the last committed action."""
    from agents.events import ActionFinished, ActionSkipped, ActionStarted, PlanMade, TextFinished
    from interactions.scenes import _completed, _left
    from tests.unit.events import log

    made = parse_plan(
        plan(
            {"action": "THINK", "id": "a", "after": []}, {**GOAL, "id": "b", "after": []},
            {"action": "SPEAK", "id": "c", "after": ["a"]}, {"action": "SPEAK", "id": "d", "after": ["b"]}, DONE,
        )
    )  # fmt: skip
    events = log(
        ("", PlanMade(strategy="deliberate", actions=made.actions)),
        ("x2", ActionStarted(name="ADD_GOAL", planned="b")),
        ("x2", ActionFinished(name="ADD_GOAL", result="took up: Read")),
        ("x4", TextFinished(is_thought=False, text="Reading.", name="SPEAK", planned="d")),
    )
    left = _left(events)
    assert left is not None and [action.id for action in left.actions] == ["a", "c", "n1"]
    assert [(done.planned, done.ok) for done in _completed(events)] == [("b", True), ("d", True)]
    skipped = log(*[(line.action, line.event) for line in events], ("x1", ActionSkipped(name="THINK", planned="a")))
    again = _left(skipped)
    assert again is not None and [action.id for action in again.actions] == ["c", "n1"]
    assert not _completed(skipped)[-1].ok, "so that what waits for it is left out"
