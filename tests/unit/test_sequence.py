"""The engine's loop, on a ledger in memory."""

import asyncio
from typing import Any

import pytest
from django.utils import timezone

from agents.budget import Limits
from agents.changes import GoalValue, MemoryValue
from agents.errors import ModelUnreachable, StateError
from agents.events import RunFinished
from agents.llm.gateway import Gateway
from agents.mind import EntityState, fold
from agents.scene import CompletedAction, Said, Scene
from agents.sequence import Entry, SequenceRun
from agents.strategies.turn import Turn
from agents.triggers import Trigger
from tests.scripted import Answer, ScriptedModel, plan

THINK = {"action": "THINK", "text": "A letter. I should ask whose hand it is."}
SPEAK = {"action": "SPEAK", "text": "Whose hand is it?"}
DONE = {"action": "DONE"}


class MemoryLedger:
    """Keeps events, and folds changes as the database does, with ids from 100."""

    def __init__(self, state: EntityState) -> None:
        self.now, self.events, self.deltas = state, [], []  # type: ignore[var-annotated]
        self.refuse = ""

    async def state(self) -> EntityState:
        return self.now

    async def commit(self, entry: Entry) -> None:
        if self.refuse and entry.changes:
            raise StateError(self.refuse)
        changes = [
            c.model_copy(update={"id": 100 + len(self.events)}) if getattr(c, "id", 0) is None else c
            for c in entry.changes
        ]
        self.now = fold(self.now, changes)
        self.events += [*entry.notes, *entry.before, *entry.after]

    def _with_id(self, change: Any) -> Any:
        is_new = getattr(change, "id", 0) is None
        return change.model_copy(update={"id": 100 + len(self.events)}) if is_new else change

    def delta(self, action: str, offset: int, text: str, *, is_thought: bool) -> None:
        self.deltas.append((action, offset, text, is_thought))

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    def of(self, kind: str) -> list[Any]:
        return [event for event in self.events if event.kind == kind]


class Played:
    """A run from start to end."""

    def __init__(
        self,
        *answers: Answer,
        strategy: str = "inline",
        actions: int = 12,
        seconds: float = 5,
        tokens: int = 0,
        money: float = 0,
        **scene: Any,
    ) -> None:
        state = EntityState(
            goals={1: GoalValue(text="Put the letters in order")}, memories={7: MemoryValue(content="Noor likes tea.")}
        )
        now = timezone.now()
        trigger = Trigger(kind="user_input", content="I found a letter.", at=now, message="m-1")
        history = (Said(author="user", text="I found a letter.", at=now),)
        self.model = ScriptedModel(*answers)
        self.ledger = MemoryLedger(state)
        turn_scene = Scene(state=state, person="Noor", trigger=trigger, history=history, **scene)
        self.turn = Turn(turn_scene, Gateway(self.model, retries=0))
        self.run = SequenceRun(self.turn, self.ledger, strategy, Limits(actions, seconds, tokens, money))

    async def __call__(self) -> RunFinished:
        finished = await self.run.run()
        assert finished is not None
        self.ledger.events += [*self.run.pending, finished]
        return finished


async def test_inline_executes_thinks_and_speaks_in_order() -> None:
    played = Played(plan(THINK, {"action": "UPDATE_MOOD", "mood": "curious", "intensity": 0.6}, SPEAK, DONE))
    finished = await played()
    assert finished.status == "finished" and finished.usage.model_calls == 1
    assert played.ledger.kinds() == [
        "text.finished", "action.started", "action.finished", "text.finished", "plan.made", "run.finished",
    ]  # fmt: skip
    thought, speech = played.ledger.of("text.finished")
    assert (thought.is_thought, thought.text, speech.is_thought, speech.text) == (
        True,
        THINK["text"],
        False,
        SPEAK["text"],
    )
    assert played.ledger.now.mood.label == "curious"
    assert "".join(text for _a, _o, text, is_thought in played.ledger.deltas if not is_thought) == SPEAK["text"]
    offsets = [offset for _a, offset, _t, is_thought in played.ledger.deltas if is_thought]
    assert offsets[0] == 0 and offsets == sorted(offsets)


async def test_a_silent_turn_is_valid() -> None:
    played = Played(plan(THINK, DONE))
    assert (await played()).status == "finished"
    assert [text.is_thought for text in played.ledger.of("text.finished")] == [True]


async def test_a_later_action_sees_what_an_earlier_one_changed() -> None:
    tea = {"action": "ADD_MEMORY", "content": "noor likes TEA"}
    new = {"action": "ADD_MEMORY", "content": "Noor found a letter."}
    played = Played(plan(new, {**new, "content": "noor found a letter"}, tea, SPEAK, DONE))
    await played()
    results = [event.result for event in played.ledger.of("action.finished")]
    assert results[0].startswith("remembered") and results[1].startswith("known already")
    assert len(played.ledger.now.known()) == 2


async def test_memories_and_goals_are_removed_by_id() -> None:
    forget = {"action": "REMOVE_MEMORY", "memory": 7}
    end = {"action": "REMOVE_GOAL", "goal": 1, "outcome": "completed", "reason": "All in order."}
    played = Played(plan(forget, end, {"action": "REMOVE_MEMORY", "memory": 99}, SPEAK, DONE))
    finished = await played()
    assert finished.status == "finished"
    assert played.ledger.now.known() == {}
    assert played.ledger.now.goals[1].status == "completed" and played.ledger.now.goals[1].reason == "All in order."
    assert [event.error for event in played.ledger.of("action.failed")] == ["There is no memory with the id 99."]


async def test_a16_a_bad_plan_is_sent_back_with_its_errors_and_mended() -> None:
    played = Played(plan({"action": "FLY"}), plan(SPEAK, DONE))
    assert (await played()).status == "finished"
    (rejected,) = played.ledger.of("plan.rejected")
    assert "FLY" in rejected.errors[0] and "FLY" in rejected.raw
    assert "there is no action 'FLY'" in played.model.requests[1].messages[-1].content


@pytest.mark.parametrize("strategy", ["inline", "deliberate"])
async def test_a16_after_two_repairs_the_run_fails_visibly(strategy: str) -> None:
    played = Played(plan({"action": "FLY"}), strategy=strategy)
    finished = await played()
    assert (finished.status, finished.code) == ("failed", "plan_failed")
    assert len(played.model.requests) == 3 and len(played.ledger.of("plan.rejected")) == 3


async def test_a2_what_was_done_before_a_plan_broke_is_not_done_again() -> None:
    broken = plan(THINK, SPEAK)[:-8]
    played = Played(broken, plan(SPEAK, DONE))
    await played()
    assert played.ledger.kinds().count("text.finished") == 2
    (skipped,) = played.ledger.of("action.skipped")
    assert skipped.name == "SPEAK"
    assert "THINK" in played.model.requests[1].messages[-1].content


async def test_deliberate_plans_first_and_asks_for_every_text() -> None:
    planned = plan(
        {"action": "THINK", "context": "whose hand"}, {"action": "ADD_GOAL", "goal": "Find the hand"},
        {"action": "SPEAK", "context": "ask"}, DONE,
    )  # fmt: skip
    played = Played(planned, "Whose hand, I wonder.", "Tell me: whose hand is it?", strategy="deliberate")
    finished = await played()
    assert played.ledger.kinds()[0] == "plan.made" and finished.usage.model_calls == 3
    assert [request.purpose for request in played.model.requests] == ["plan", "think", "speak"]
    assert [text.text for text in played.ledger.of("text.finished")] == [
        "Whose hand, I wonder.",
        "Tell me: whose hand is it?",
    ]
    assert "took up: Find the hand" in played.model.requests[2].messages[-1].content


async def test_reactive_says_one_reply_and_plans_nothing() -> None:
    played = Played("Good evening.", strategy="reactive")
    await played()
    assert played.ledger.kinds() == ["text.finished", "run.finished"]


async def test_a17_a_plan_that_can_extend_is_asked_for_more_until_done() -> None:
    first = plan({"action": "ADD_GOAL", "goal": "Find the hand"}, can_extend=True)
    for strategy, more in (("inline", plan(SPEAK, DONE)), ("deliberate", plan(SPEAK, DONE))):
        played = Played(first, more, strategy=strategy)
        await played()
        (extended,) = played.ledger.of("plan.extended")
        assert [planned.action for planned in extended.actions] == ["SPEAK", "DONE"]
        assert played.ledger.of("text.finished")[0].text == SPEAK["text"]


async def test_a_loop_is_stopped_and_named() -> None:
    again = [{"action": "THINK", "text": f"I should ask whose hand it is{'.' * n}"} for n in range(4)]
    played = Played(plan(*again, SPEAK, DONE))
    finished = await played()
    (stopped,) = played.ledger.of("repetition.stopped")
    assert "THINK" in stopped.pattern and "Stopped" in finished.reason
    assert len(played.ledger.of("text.finished")) == 2


async def test_the_budget_of_actions_ends_the_run_with_an_event() -> None:
    goals = [{"action": "ADD_GOAL", "goal": goal} for goal in ("Read", "Sort the maps", "Mend the roof", "Sing aloud")]
    played = Played(plan(*goals, SPEAK, DONE), actions=3)
    finished = await played()
    (reached,) = played.ledger.of("budget.reached")
    assert (reached.budget, reached.limit, reached.used) == ("actions", 3, 3)
    assert "budget" in finished.reason and len(played.ledger.of("action.finished")) == 3


async def test_the_budget_of_time_ends_the_run_and_keeps_what_was_said() -> None:
    played = Played(plan({"action": "SPEAK", "text": "A long answer that never ends, " * 20}, DONE), seconds=0.2)
    played.model.hold = asyncio.Event()
    finished = await played()
    assert (finished.status, finished.code) == ("failed", "budget_reached")
    assert [event.budget for event in played.ledger.of("budget.reached")] == ["seconds"]
    (partial,) = played.ledger.of("text.finished")
    assert partial.is_partial and partial.text.startswith("A long answer")


async def test_a_model_that_cannot_be_had_fails_the_run_with_its_sentence() -> None:
    played = Played(ModelUnreachable("The server did not answer. Is it running?"))
    finished = await played()
    assert (finished.status, finished.code) == ("failed", "model_unreachable")
    assert finished.reason == "The server did not answer. Is it running?"
    assert len(played.turn.calls) == 1 and played.turn.calls[0].error


async def test_a_change_that_the_state_refuses_fails_its_action_alone() -> None:
    played = Played(plan({"action": "ADD_GOAL", "goal": "Read"}, SPEAK, DONE))
    played.ledger.refuse = "Somebody was quicker."
    finished = await played()
    assert finished.status == "finished"
    assert [event.error for event in played.ledger.of("action.failed")] == ["Somebody was quicker."]


async def test_a_resumed_run_that_has_spoken_asks_no_model_again() -> None:
    spoke = CompletedAction(id="a", action="SPEAK", args={"text": "Hello."}, result="said")
    played = Played(plan(SPEAK, DONE), completed=(spoke,))
    assert (await played()).status == "finished"
    assert played.model.requests == []


async def test_mood_moves_by_bounded_steps() -> None:
    wild = {"action": "UPDATE_MOOD", "mood": "Furious", "intensity": 1, "valence": -1, "emotions": {"anger": 1}}
    played = Played(plan(wild, SPEAK, DONE))
    await played()
    mood = played.ledger.now.mood
    assert (mood.label, mood.intensity, mood.valence, mood.emotions["anger"]) == ("furious", 0.9, -0.4, 0.5)
