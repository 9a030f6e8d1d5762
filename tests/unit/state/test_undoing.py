"""The ways back: undo, redo, undoing a turn, rollback. Each is a version, and none overwrites what came after."""

from uuid import uuid4

import pytest

from agents import state
from agents.changes import (
    Change,
    DesireValue,
    GoalValue,
    MemoryValue,
    Mood,
    PutDesire,
    PutGoal,
    PutMemory,
    SetAppearance,
    SetEnvironment,
    SetMood,
    SetPersona,
)
from agents.errors import StateError, VersionConflict
from agents.mind import EntityState
from agents.models import Entity, Goal, Memory, StateVersion

pytestmark = pytest.mark.django_db

LIFE: list[Change] = [
    SetMood(mood=Mood(label="curious", intensity=0.7, emotions={"joy": 0.3})),
    SetPersona(tagline="Keeps everything.", persona="Careful, and curious."),
    SetAppearance(text="Sleeves pushed up."),
    SetEnvironment(text="The attic."),
    PutGoal(goal=GoalValue(text="Find whose hand it is", priority=0.8)),
    PutDesire(desire=DesireValue(text="To hold the paper")),
    PutMemory(memory=MemoryValue(content="Noor found a letter.", pinned=True)),
]


def now(entity: Entity) -> EntityState:
    """The state as it is stored, without its number."""
    entity.refresh_from_db()
    return state.read(entity).model_copy(update={"version": 0})


def applied(entity: Entity, *changes: Change, run=None) -> StateVersion:
    version = state.apply(entity.pk, changes, cause="a step", run=run)
    assert version is not None
    return version


def version(entity: Entity, number: int) -> StateVersion:
    found: StateVersion = StateVersion.objects.get(entity=entity, number=number)
    return found


def test_f9_an_undo_takes_back_all_that_a_version_did_and_a_redo_brings_it_again(entity: Entity) -> None:
    before = now(entity)
    made = applied(entity, *LIFE)
    after = now(entity)
    undone = state.undo(entity.pk, made.number, author="noor")
    assert undone is not None and (undone.undoes, undone.author) == (2, "noor")
    assert now(entity) == before
    assert state.undone_by(made) == 3
    redone = state.undo(entity.pk, undone.number, author="noor")
    assert redone is not None and redone.undoes == 3
    assert now(entity) == after
    assert state.undone_by(made) is None
    state.undo(entity.pk, made.number, author="noor")
    assert now(entity) == before
    assert state.undone_by(made) == 5


def test_what_comes_back_is_the_same_row_with_its_time(entity: Entity) -> None:
    applied(entity, *LIFE)
    memory = Memory.objects.get(content="Noor found a letter.")
    state.undo(entity.pk, 2, author="noor")
    assert not Memory.objects.filter(pk=memory.pk).exists()
    assert not entity.memories.filter(pk=memory.pk).exists()
    state.undo(entity.pk, 3, author="noor")
    again = Memory.objects.get(pk=memory.pk)
    assert (again.content, again.created_at, again.pinned) == (memory.content, memory.created_at, True)


def test_an_undo_leaves_later_changes_of_other_things(entity: Entity) -> None:
    applied(entity, SetAppearance(text="tall"), SetPersona(tagline="One"))
    applied(entity, SetEnvironment(text="The attic."), SetPersona(persona="Two"))
    state.undo(entity.pk, 2, author="noor")
    entity.refresh_from_db()
    assert (entity.appearance, entity.environment) == ("", "The attic.")
    assert (entity.tagline, entity.persona) == ("Archivist.", "Two")


def test_what_was_changed_again_is_not_overwritten_and_the_error_names_the_version(entity: Entity) -> None:
    made = applied(entity, SetAppearance(text="tall"))
    applied(entity, SetEnvironment(text="The attic."))
    applied(entity, SetAppearance(text="small"))
    with pytest.raises(state.Overtaken, match=r"Version 4 changed this again \(appearance\)") as caught:
        state.undo(entity.pk, made.number, author="noor")
    assert caught.value.number == 4
    entity.refresh_from_db()
    assert (entity.version, entity.appearance) == (4, "small")
    assert state.overtaken_by(made, state.read(entity)) == 4
    state.undo(entity.pk, 4, author="noor")  # what stood in the way is gone: now it can be undone
    state.undo(entity.pk, made.number, author="noor")
    assert now(entity).appearance == ""


def test_a_goal_that_was_edited_since_is_not_taken_out(entity: Entity) -> None:
    made = applied(entity, PutGoal(goal=GoalValue(text="Row")))
    goal = Goal.objects.get(entity=entity, text="Row")
    applied(entity, PutGoal(id=goal.pk, goal=GoalValue(text="Row well")))
    with pytest.raises(state.Overtaken, match=r"again \(goal “Row”\)"):
        state.undo(entity.pk, made.number, author="noor")
    assert Goal.objects.filter(pk=goal.pk).exists()


def test_an_undo_is_not_done_twice(entity: Entity) -> None:
    made = applied(entity, SetAppearance(text="tall"))
    state.undo(entity.pk, made.number, author="noor")
    with pytest.raises(StateError, match="undone already, by version 3"):
        state.undo(entity.pk, made.number, author="noor")


def test_an_undo_that_names_an_old_version_is_a_conflict(entity: Entity) -> None:
    applied(entity, SetAppearance(text="tall"))
    for way in (state.undo, state.rollback):
        with pytest.raises(VersionConflict):
            way(entity.pk, 2, author="noor", expected_version=1)


def test_a_turn_is_undone_whole_in_one_version_and_can_be_redone(entity: Entity) -> None:
    run = uuid4()
    before = now(entity)
    applied(entity, SetMood(mood=Mood(label="curious")), run=run)
    applied(entity, PutMemory(memory=MemoryValue(content="Noor found a letter.")), run=run)
    applied(entity, SetMood(mood=Mood(label="moved")), run=run)
    after = now(entity)
    undone = state.undo_run(run, author="noor")
    assert undone is not None and (undone.number, undone.undoes_run, undone.run) == (5, run, None)
    assert now(entity) == before
    assert [state.undone_by(version(entity, number)) for number in (2, 3, 4)] == [5, 5, 5]
    assert state.undo_run(run, author="noor") is None  # nothing of it is left
    state.undo(entity.pk, 5, author="noor")
    assert now(entity) == after
    assert state.undone_by(version(entity, 2)) is None


def test_a_turn_of_which_one_action_was_undone_is_undone_for_the_rest(entity: Entity) -> None:
    run = uuid4()
    before = now(entity)
    applied(entity, SetMood(mood=Mood(label="curious")), run=run)
    applied(entity, SetMood(mood=Mood(label="moved")), run=run)
    state.undo(entity.pk, 3, author="noor")
    state.undo_run(run, author="noor")
    assert now(entity) == before


def test_a_turn_that_a_later_edit_stands_on_is_not_undone(entity: Entity) -> None:
    run = uuid4()
    applied(entity, SetMood(mood=Mood(label="curious")), PutGoal(goal=GoalValue(text="Row")), run=run)
    applied(entity, SetMood(mood=Mood(label="sad")))
    with pytest.raises(state.Overtaken, match=r"Version 3 changed this again \(mood\)"):
        state.undo_run(run, author="noor")
    assert now(entity).mood.label == "sad"


def test_a_run_that_changed_nothing_has_nothing_to_undo(entity: Entity) -> None:
    assert state.undo_run(uuid4(), author="noor") is None


def test_b14_a_rollback_is_a_new_version_and_its_undo_restores_byte_equal_state(entity: Entity) -> None:
    start = now(entity)
    applied(entity, *LIFE)
    goal = Goal.objects.get(text="Find whose hand it is")
    applied(entity, PutGoal(id=goal.pk, goal=GoalValue(text=goal.text, status="completed", reason="Mine.")))
    applied(entity, SetMood(mood=Mood(label="proud")))
    late = now(entity)
    back = state.rollback(entity.pk, 1, author="noor")
    assert back is not None and (back.number, back.restores, back.cause) == (5, 1, "rolled back to version 1")
    assert now(entity).model_dump_json() == start.model_dump_json()
    state.undo(entity.pk, 5, author="noor")
    assert now(entity) == late
    assert state.folded_log(entity) == state.read(entity)
    state.rollback(entity.pk, 2, author="noor")
    assert Goal.objects.get(pk=goal.pk).status == "active"
    assert state.rollback(entity.pk, 2, author="noor") is None  # it is that already


def test_a_rollback_to_what_never_was_is_refused(entity: Entity) -> None:
    for number in (0, -1, 2):
        with pytest.raises(StateError, match="has no version"):
            state.rollback(entity.pk, number, author="noor")


def test_what_is_undone_of_many_is_asked_for_at_once(entity: Entity, django_assert_num_queries) -> None:
    for number in range(6):
        applied(entity, SetAppearance(text=f"Coat {number}"))
    state.undo(entity.pk, 7, author="noor")  # version 8
    state.undo(entity.pk, 6, author="noor")  # version 9
    state.undo(entity.pk, 9, author="noor")  # version 10: 6 is in effect again
    versions = list(StateVersion.objects.filter(entity=entity))
    with django_assert_num_queries(3):
        assert state.undone_among(versions) == {7: 8, 9: 10}
