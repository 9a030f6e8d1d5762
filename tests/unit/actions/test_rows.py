"""The actions of mission.md's table A, each by its row: what it returns, and what it refuses."""

from typing import Any

import pytest
from django.utils import timezone

from agents import prompts
from agents.actions import registry
from agents.actions.base import ActionContext, Outcome
from agents.changes import DesireValue, GoalValue, MemoryValue, PutMemory
from agents.errors import ActionFailed
from agents.events import ActionFinished, ActionStarted
from agents.mind import EntityState, fold, inverse
from agents.scene import Scene
from agents.triggers import Trigger
from tests.scripted import plan
from tests.unit.test_sequence import Played

STATE = EntityState(
    appearance="A grey dress.",
    environment="The attic.",
    goals={1: GoalValue(text="Put the letters in order", priority=0.4)},
    desires={5: DesireValue(text="A pot of marmalade", intensity=0.3), 6: DesireValue(text="Rest", status="satisfied")},
    memories={7: MemoryValue(content="Noor likes tea."), 8: MemoryValue(content="The boat is late.")},
)


def context(state: EntityState = STATE, why: str = "") -> ActionContext:
    trigger = Trigger(kind="user_input", content="Look at you.", at=timezone.now(), message="m-1")
    return ActionContext(Scene(state=state, person="Noor", trigger=trigger), state, why)


async def act(name: str, *, state: EntityState = STATE, why: str = "", **args: Any) -> Outcome:
    action = registry.get(name)
    assert action is not None
    return await action.execute(context(state, why), registry.check(registry.parse({"action": name, **args})))


def after(outcome: Outcome, state: EntityState = STATE) -> EntityState:
    """The state once the outcome is committed; what is new gets ids from 100."""
    changes = [c.model_copy(update={"id": 100 + n}) if getattr(c, "id", 0) is None else c
               for n, c in enumerate(outcome.changes)]  # fmt: skip
    return fold(state, changes)


async def test_a4_think_emits_a_thought_that_is_never_speech() -> None:
    played = Played(plan({"action": "THINK", "text": "Whose hand is it?"}, {"action": "DONE"}))
    await played()
    (text,) = played.ledger.of("text.finished")
    assert text.is_thought and text.text == "Whose hand is it?"


async def test_a5_update_mood_moves_by_a_bounded_step() -> None:
    now = after(await act("UPDATE_MOOD", mood="Furious", intensity=1, emotions={"anger": 1}))
    assert (now.mood.label, now.mood.intensity, now.mood.emotions["anger"]) == ("furious", 0.9, 0.5)


async def test_a6_add_memory_keeps_importance_and_source_and_never_a_duplicate() -> None:
    outcome = await act("ADD_MEMORY", content="Noor has a sister.", importance=0.8)
    kept = after(outcome).memories[100]
    assert (kept.importance, kept.source, kept.message) == (0.8, "Noor, in a talk", "m-1")
    assert (await act("ADD_MEMORY", content="noor LIKES tea")).changes == ()


async def test_a7_remove_memory_forgets_the_named_one() -> None:
    assert list(after(await act("REMOVE_MEMORY", memory=7)).known()) == [8]
    with pytest.raises(ActionFailed, match="no memory with the id 99"):
        await act("REMOVE_MEMORY", memory=99)


async def test_a8_update_appearance_replaces_the_whole_description() -> None:
    outcome = await act("UPDATE_APPEARANCE", appearance="A grey dress and a red coat.")
    now = after(outcome)
    assert now.appearance == "A grey dress and a red coat." and now.environment == STATE.environment
    assert (await act("UPDATE_APPEARANCE", appearance="A grey dress.")).changes == ()


async def test_a9_update_environment_replaces_the_whole_description() -> None:
    now = after(await act("UPDATE_ENVIRONMENT", environment="The beach, with Noor."))
    assert now.environment == "The beach, with Noor." and now.appearance == STATE.appearance
    assert (await act("UPDATE_ENVIRONMENT", environment="The attic.")).changes == ()


@pytest.mark.parametrize(
    ("name", "field"), [("UPDATE_APPEARANCE", "appearance"), ("UPDATE_ENVIRONMENT", "environment")]
)
@pytest.mark.parametrize("text", ["", "   ", "x" * 4_001, None, 7])
def test_a_description_that_is_none_is_refused_at_planning(name: str, field: str, text: Any) -> None:
    with pytest.raises(ValueError, match=field):
        registry.parse({"action": name, field: text})


async def test_a10_add_goal_has_a_priority() -> None:
    assert after(await act("ADD_GOAL", goal="Mend the roof", priority=0.9)).goals[100].priority == 0.9


async def test_a11_remove_goal_says_how_it_ended_and_why() -> None:
    gone = after(await act("REMOVE_GOAL", goal=1, outcome="abandoned", reason="They burned.")).goals[1]
    assert (gone.status, gone.reason) == ("abandoned", "They burned.")


async def test_a12_add_desire_is_wanted_once() -> None:
    now = after(await act("ADD_DESIRE", desire="A bicycle", intensity=0.6))
    assert now.desires[100] == DesireValue(text="A bicycle", intensity=0.6)
    again = await act("ADD_DESIRE", desire="a pot of MARMALADE!")
    assert again.changes == () and "id 5" in again.result
    assert (await act("ADD_DESIRE", desire="rest")).changes, "one that is over can be felt again"


async def test_a13_remove_desire_is_satisfied_or_abandoned_with_the_reason() -> None:
    gone = after(await act("REMOVE_DESIRE", desire=5, outcome="satisfied", reason="Noor brought one.")).desires[5]
    assert (gone.status, gone.reason) == ("satisfied", "Noor brought one.")
    gone = after(await act("REMOVE_DESIRE", desire=5, outcome="abandoned", why="No matter.")).desires[5]
    assert (gone.status, gone.reason) == ("abandoned", "No matter.")
    for missing in (6, 99):
        with pytest.raises(ActionFailed, match=f"no active desire with the id {missing}"):
            await act("REMOVE_DESIRE", desire=missing)


async def test_a14_a_turn_without_speech_is_valid() -> None:
    played = Played(plan({"action": "ADD_DESIRE", "desire": "Quiet"}, {"action": "DONE"}))
    assert (await played()).status == "finished" and played.ledger.of("text.finished") == []


async def test_a15_done_ends_the_sequence_whatever_comes_after() -> None:
    late = {"action": "ADD_GOAL", "goal": "Too late"}
    for strategy in ("inline", "deliberate"):
        played = Played(plan({"action": "ADD_GOAL", "goal": "In time"}, {"action": "DONE"}, late), strategy=strategy)
        await played()
        assert [event.result for event in played.ledger.of("action.finished")] == ["took up: In time"]


async def test_update_goal_moves_progress_and_priority_and_ends_nothing() -> None:
    now = after(await act("UPDATE_GOAL", goal=1, progress=0.5)).goals[1]
    assert (now.progress, now.priority, now.status) == (0.5, 0.4, "active")
    outcome = await act("UPDATE_GOAL", goal=1, progress=1, priority=0.9)
    assert after(outcome).goals[1].priority == 0.9 and outcome.result.endswith("100% done, priority 0.90")
    assert (await act("UPDATE_GOAL", goal=1, priority=0.4)).changes == ()
    with pytest.raises(ActionFailed, match="no active goal"):
        await act("UPDATE_GOAL", goal=2, progress=0.5)
    with pytest.raises(ValueError, match="progress, priority or both"):
        registry.parse({"action": "UPDATE_GOAL", "goal": 1})
    with pytest.raises(ValueError, match="progress"):
        registry.parse({"action": "UPDATE_GOAL", "goal": 1, "progress": 1.2})


def test_a_goal_written_before_there_was_progress_parses() -> None:
    assert GoalValue.model_validate({"text": "Old", "priority": 0.5, "status": "active", "reason": ""}).progress == 0


async def test_recall_finds_what_shares_the_words_and_says_so_in_the_log() -> None:
    outcome = await act("RECALL", query="tea for Noor")
    assert outcome.recalled is not None and [memory.id for memory in outcome.recalled.memories] == [7]
    assert (outcome.recalled.query, outcome.recalled.considered, outcome.changes) == ("tea for Noor", 2, ())
    nothing = await act("RECALL", query="bicycles")
    assert nothing.recalled is not None and nothing.recalled.memories == ()


async def test_what_was_recalled_in_mid_run_is_in_the_prompts_after_it() -> None:
    first = plan({"action": "RECALL", "query": "tea"}, can_extend=True)
    for strategy in ("inline", "deliberate"):
        played = Played(first, plan({"action": "SPEAK", "text": "Tea?"}, {"action": "DONE"}), strategy=strategy)
        await played()
        assert "7: Noor likes tea." not in played.model.requests[0].messages[0].content
        assert "7: Noor likes tea." in played.model.requests[1].messages[0].content
        assert played.ledger.kinds().index("memory.recalled") < played.ledger.kinds().index("action.finished")


async def test_reflect_keeps_each_insight_with_where_it_comes_from() -> None:
    outcome = await act("REFLECT", text="- Noor is careful with old things.\n\n2. noor likes tea\n* Noor misses home.")
    kept = [change.memory for change in outcome.changes if isinstance(change, PutMemory)]
    assert [memory.content for memory in kept] == ["Noor is careful with old things.", "Noor misses home."]
    assert {(memory.source, memory.message, memory.importance) for memory in kept} == {
        ("reflection on a talk with Noor", "m-1", 0.7)
    }
    assert (await act("REFLECT", text="Noor likes tea!")).changes == ()
    with pytest.raises(ActionFailed, match="no insight"):
        await act("REFLECT", text="- ...")


async def test_deliberate_has_the_model_write_a_reflection_that_is_not_shown_as_text() -> None:
    planned = plan({"action": "REFLECT", "context": "what the letters mean"}, {"action": "DONE"})
    played = Played(planned, "Noor is careful with old things.", strategy="deliberate")
    assert (await played()).status == "finished"
    assert [request.purpose for request in played.model.requests] == ["plan", "reflect"]
    assert "insights" in played.model.requests[1].messages[0].content
    assert played.ledger.deltas == []
    assert "Noor is careful with old things." in {memory.content for memory in played.ledger.now.known().values()}


async def test_a20_the_prompt_of_action_2_shows_the_change_that_action_1_made() -> None:
    planned = plan(
        {"action": "UPDATE_APPEARANCE", "appearance": "A red coat."}, {"action": "SPEAK"}, {"action": "DONE"}
    )
    played = Played(planned, "How do I look?", strategy="deliberate")
    await played()
    before, then = (request.messages[0].content for request in played.model.requests)
    assert "A red coat." not in before and "You look like this: A red coat." in then


def test_a3_every_new_action_is_in_the_guidance() -> None:
    guidance = prompts._guidance()
    for name in (
        "UPDATE_APPEARANCE",
        "UPDATE_ENVIRONMENT",
        "ADD_DESIRE",
        "REMOVE_DESIRE",
        "UPDATE_GOAL",
        "RECALL",
        "REFLECT",
    ):
        assert f"- {name}: " in guidance


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("UPDATE_APPEARANCE", {"appearance": "A hat."}),
        ("UPDATE_ENVIRONMENT", {"environment": "The sea."}),
        ("REMOVE_DESIRE", {"desire": 5}),
        ("UPDATE_GOAL", {"goal": 1, "progress": 0.3}),
    ],
)
async def test_what_an_action_changed_can_be_taken_back(name: str, args: dict[str, Any]) -> None:
    outcome = await act(name, **args)
    now = after(outcome)
    before = {"appearance": STATE.appearance, "environment": STATE.environment}
    rows = {"desire": STATE.desires.get(5), "goal": STATE.goals.get(1)}
    (change,) = outcome.changes
    section = change.op.split(".")[0]
    committed = change.model_copy(update={"before": before.get(section, rows.get(section))})
    assert fold(now, [inverse(committed)]) == STATE


async def test_a18_an_action_is_started_and_finished_with_one_id() -> None:
    played = Played(plan({"action": "ADD_DESIRE", "desire": "Quiet"}, {"action": "DONE"}))
    await played()
    started, finished = (event for event in played.ledger.events if isinstance(event, ActionStarted | ActionFinished))
    assert started.name == finished.name == "ADD_DESIRE"
