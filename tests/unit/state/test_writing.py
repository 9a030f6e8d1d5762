"""The only writer of an entity's state, and the proof that its log is whole."""

import pytest
from django.contrib.auth.models import User

from agents import state
from agents.changes import (
    GoalValue,
    MemoryValue,
    Mood,
    PutGoal,
    PutMemory,
    SetAppearance,
    SetMood,
)
from agents.errors import StateError, VersionConflict
from agents.models import Entity, Goal, Memory, StateVersion
from agents.signals import state_changed

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


def test_d13_what_has_ended_cannot_end_in_another_way(entity: Entity) -> None:
    goal = Goal.objects.get(entity=entity)
    done, given_up = (GoalValue(text=goal.text, status=status) for status in ("completed", "abandoned"))
    state.apply(entity.pk, [PutGoal(id=goal.pk, goal=done)], cause="done")
    with pytest.raises(StateError, match="is completed and cannot become abandoned"):
        state.apply(entity.pk, [SetAppearance(text="tired"), PutGoal(id=goal.pk, goal=given_up)], cause="no")
    entity.refresh_from_db()
    assert (entity.version, entity.appearance) == (2, "")
    state.apply(entity.pk, [PutGoal(id=goal.pk, goal=GoalValue(text=goal.text))], cause="taken up again")
    state.apply(entity.pk, [PutGoal(id=goal.pk, goal=given_up)], cause="given up")
    assert Goal.objects.get(pk=goal.pk).status == "abandoned"


def test_d13_a_forgotten_memory_cannot_be_pinned_and_a_pinned_one_can_be_forgotten(entity: Entity) -> None:
    memory = Memory.objects.get(entity=entity)
    value = state.read(entity).memories[memory.pk]
    gone = value.model_copy(update={"forgotten": True})
    state.apply(entity.pk, [PutMemory(id=memory.pk, memory=gone)], cause="gone")
    with pytest.raises(StateError, match="cannot be pinned"):
        state.apply(entity.pk, [PutMemory(id=memory.pk, memory=gone.model_copy(update={"pinned": True}))], cause="no")
    pinned = value.model_copy(update={"pinned": True})
    state.apply(entity.pk, [PutMemory(id=memory.pk, memory=pinned)], cause="back, and pinned")
    both = pinned.model_copy(update={"forgotten": True})
    assert state.apply(entity.pk, [PutMemory(id=memory.pk, memory=both)], cause="gone") is not None


def test_d14_d15_the_signal_carries_old_new_and_cause_after_the_commit(
    entity: Entity, django_capture_on_commit_callbacks
) -> None:
    heard = []

    def hear(version: StateVersion, **_: object) -> None:
        (change,) = state.changes_of(version)
        assert isinstance(change, SetAppearance)
        stored = Entity.objects.get(pk=version.entity_id)
        heard.append((change.before, change.text, version.cause, stored.appearance, stored.version))

    state_changed.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            state.apply(entity.pk, [SetAppearance(text="tall")], cause="grew")
            assert heard == []
    finally:
        state_changed.disconnect(hear)
    assert heard == [("", "tall", "grew", "tall", 2)]


def test_two_memories_can_swap_their_contents(entity: Entity) -> None:
    first = Memory.objects.get(entity=entity)
    made = state.apply(entity.pk, [PutMemory(memory=MemoryValue(content="Tea at four."))], cause="x")
    assert made is not None
    second = Memory.objects.exclude(pk=first.pk).get(entity=entity)
    swapped = [
        PutMemory(id=first.pk, memory=MemoryValue(content=second.content)),
        PutMemory(id=second.pk, memory=MemoryValue(content=first.content)),
    ]
    state.apply(entity.pk, swapped, cause="the other way round")
    contents = dict(Memory.objects.filter(entity=entity).values_list("pk", "content"))
    assert contents == {first.pk: second.content, second.pk: first.content}
    with pytest.raises(StateError, match="remembers this already"):
        state.apply(entity.pk, [PutMemory(memory=MemoryValue(content="tea at FOUR"))], cause="again")


def test_nothing_is_written_to_a_deleted_entity(entity: Entity) -> None:
    Entity.objects.filter(pk=entity.pk).update(deleted_at=entity.created_at)
    with pytest.raises(StateError, match="was deleted"):
        state.apply(entity.pk, [SetAppearance(text="tall")], cause="no")
