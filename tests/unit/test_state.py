"""The only writer of an entity's state, and the proof that its log is whole."""

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents import state
from agents.changes import (
    Change,
    GoalValue,
    MemoryValue,
    Mood,
    PutGoal,
    PutMemory,
    SetAppearance,
    SetEnvironment,
    SetMood,
    SetPersona,
)
from agents.errors import StateError, VersionConflict
from agents.models import Entity, Goal, Memory, StateVersion

pytestmark = pytest.mark.django_db


def test_a_new_entity_has_version_1_and_folds_to_itself(entity: Entity) -> None:
    assert entity.version == 1
    assert state.folded_log(entity) == state.read(entity)


def test_every_change_is_a_version_with_cause_author_and_value_before(entity: Entity) -> None:
    mood = Mood(label="curious", intensity=0.7)
    version = state.apply(entity.pk, [SetMood(mood=mood)], cause="a letter", author="noor")
    assert version is not None and (version.number, version.cause, version.author) == (2, "a letter", "noor")
    (change,) = state.changes_of(version)
    assert isinstance(change, SetMood) and change.before is not None and change.before.label == "calm"
    entity.refresh_from_db()
    assert (entity.mood, entity.intensity, entity.version) == ("curious", 0.7, 2)


def test_a_change_of_nothing_is_no_version(entity: Entity) -> None:
    now = state.mood_of(entity)
    assert state.apply(entity.pk, [SetMood(mood=now), SetAppearance(text="")], cause="nothing") is None
    assert StateVersion.objects.filter(entity=entity).count() == 1


def test_a_memory_is_never_there_twice(entity: Entity) -> None:
    again = PutMemory(memory=MemoryValue(content="noor FOUND a box  of letters!"))
    with pytest.raises(StateError, match="remembers this already"):
        state.apply(entity.pk, [SetAppearance(text="new"), again], cause="twice")
    entity.refresh_from_db()
    assert (entity.version, entity.appearance) == (1, "")


def test_a_goal_is_never_there_twice(entity: Entity) -> None:
    with pytest.raises(StateError, match="has this goal already"):
        state.apply(entity.pk, [PutGoal(goal=GoalValue(text="put the letters in order."))], cause="twice")


def test_what_is_not_there_cannot_be_changed(entity: Entity, owner: User) -> None:
    other = state.create(Entity(owner=owner, slug="shim", name="Shim"), [PutGoal(goal=GoalValue(text="Fix it"))])
    foreign = Goal.objects.get(entity=other)
    with pytest.raises(StateError, match="has no goal"):
        state.apply(entity.pk, [PutGoal(id=foreign.pk, goal=GoalValue(text="Mine"))], cause="foreign")


def test_an_edit_of_an_old_version_is_a_conflict(entity: Entity) -> None:
    state.apply(entity.pk, [SetAppearance(text="tall")], cause="one", expected_version=1)
    with pytest.raises(VersionConflict) as caught:
        state.apply(entity.pk, [SetAppearance(text="small")], cause="two", expected_version=1)
    assert (caught.value.expected, caught.value.actual) == (1, 2)


def test_a_forgotten_memory_comes_back_by_undo(entity: Entity) -> None:
    memory = Memory.objects.get(entity=entity)
    before = state.read(entity)
    value = before.memories[memory.pk].model_copy(update={"forgotten": True})
    gone = state.apply(entity.pk, [PutMemory(id=memory.pk, memory=value)], cause="asked to")
    assert gone is not None
    entity.refresh_from_db()
    assert state.read(entity).known() == {}
    state.undo(entity.pk, gone.number, author="noor")
    entity.refresh_from_db()
    assert state.read(entity).known() == before.known()
    assert entity.version == 3


def test_the_first_version_cannot_be_undone(entity: Entity) -> None:
    for number in (1, 9):
        with pytest.raises(StateError):
            state.undo(entity.pk, number, author="noor")


_texts = st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=12)
_units = st.floats(0, 1).map(lambda value: round(value, 3))
_changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(lambda label, value: SetMood(mood=Mood(label=label, intensity=value)), _texts, _units),
    st.builds(SetAppearance, text=_texts),
    st.builds(SetEnvironment, text=_texts),
    st.builds(SetPersona, tagline=_texts),
    st.builds(lambda text, value: PutGoal(goal=GoalValue(text=text, priority=value)), _texts, _units),
    st.builds(lambda text, value: PutMemory(memory=MemoryValue(content=text, importance=value)), _texts, _units),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.one_of(_changes, st.integers(2, 8)), max_size=10))
def test_any_history_of_changes_and_undos_folds_to_the_stored_state(steps: list[Change | int], owner: User) -> None:
    new = state.create(Entity(owner=owner, slug=f"e-{Entity.objects.count()}", name="Ada"))
    for step in steps:
        try:
            if isinstance(step, int):
                state.undo(new.pk, step, author="noor")
            else:
                state.apply(new.pk, [step], cause="a step")
        except StateError:
            continue
    new.refresh_from_db()
    assert state.folded_log(new) == state.read(new)
