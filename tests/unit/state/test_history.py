"""Any version of the state, and what differs between two."""

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents import state
from agents.changes import (
    Change,
    GoalValue,
    MemoryValue,
    Mood,
    PutGoal,
    PutMemory,
    RemoveMemory,
    SetAppearance,
    SetMood,
)
from agents.errors import StateError
from agents.mind import EntityState, fold
from agents.models import Entity, Memory, Snapshot
from agents.state import snapshots
from tests.unit.state.test_undoing import LIFE, applied

pytestmark = pytest.mark.django_db


def lived(entity: Entity, versions: int) -> dict[int, EntityState]:
    """Let an entity live up to so many versions; return its state at each."""
    states = {}
    while entity.version < versions:
        number = entity.version + 1
        step: Change = SetAppearance(text=f"Coat {number}")
        if number % 3 == 0:
            step = PutMemory(memory=MemoryValue(content=f"Fact number {number}."))
        if number % 7 == 0:
            step = SetMood(mood=Mood(label=f"mood {number}", emotions={"joy": 0.5}))
        applied(entity, step)
        entity.refresh_from_db()
        states[number] = state.read(entity)
    return states


def test_b14_the_state_at_any_version_is_what_it_was(entity: Entity) -> None:
    states = lived(entity, 230)
    for number, was in states.items():
        assert state.state_at(entity.pk, number) == was, number
    assert list(entity.snapshots.filter(section="core").order_by("number").values_list("number", flat=True)) == [
        100,
        200,
    ]
    assert list(state.broken_snapshots(entity)) == []


def test_there_is_no_state_before_the_first_version_and_after_the_last(entity: Entity) -> None:
    for number in (-1, 0, 2, 10**9):
        with pytest.raises(StateError, match="has no version"):
            state.state_at(entity.pk, number)


def test_b16_a_section_is_loaded_when_it_is_read(entity: Entity) -> None:
    states = lived(entity, 120)
    view = state.view_at(entity.pk, 110)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert view.mood == states[110].mood
        assert view.appearance == states[110].appearance
    assert not any("memories" in str(query["sql"]) for query in asked)
    assert all("'goals'" not in query["sql"] for query in asked)
    with CaptureQueriesContext(connection) as asked:
        assert view.memories == states[110].memories
        assert view.memories is view.memories
    assert len(asked) == 1


def test_b17_a_snapshot_is_compressed_and_restores_every_field(entity: Entity) -> None:
    applied(entity, *LIFE)
    for number in range(30):
        applied(entity, PutMemory(memory=MemoryValue(content=f"The tide turned {number} times.", source="The log")))
    entity.refresh_from_db()
    was = state.read(entity).model_copy(update={"version": 99})
    snapshots.keep(entity.pk, was)
    row = Snapshot.objects.get(entity=entity, section="memories")
    assert row.codec == "zstd" and bytes(row.data[:4]) == b"\x28\xb5\x2f\xfd"  # zstd's magic number
    raw = sum(len(memory.model_dump_json()) for memory in was.memories.values())
    assert len(row.data) < raw / 3
    parts = {name: snapshots.load(entity.pk, name, 99) for name in ("core", *snapshots.LISTS)}
    restored = EntityState(version=99, **dict(parts.pop("core")), **parts)
    assert restored.model_dump_json() == was.model_dump_json()


def test_a_section_that_did_not_change_is_not_stored_again(entity: Entity) -> None:
    for number in range(2, 201):
        applied(entity, SetAppearance(text=f"Coat {number}"))
    stored = sorted(entity.snapshots.values_list("number", "section"))
    assert stored == [(100, "core"), (100, "desires"), (100, "goals"), (100, "memories"), (200, "core")]
    assert state.state_at(entity.pk, 150).appearance == "Coat 150"


def test_b14_the_difference_of_any_two_versions_leads_from_one_to_the_other(entity: Entity) -> None:
    states = lived(entity, 40)
    for one, other in ((2, 40), (40, 2), (7, 8), (13, 13)):
        changes = state.diff(states[one], states[other])
        assert fold(states[one], changes).model_copy(update={"version": other}) == states[other]
        assert (changes == []) == (one == other)
    back = [change for change in state.diff(states[40], states[2]) if isinstance(change, RemoveMemory)]
    assert {change.before.content for change in back if change.before} == {
        f"Fact number {n}." for n in range(3, 41, 3) if n % 7
    }


def test_a_snapshot_that_does_not_fit_is_found(entity: Entity) -> None:
    lived(entity, 100)
    row = Snapshot.objects.get(entity=entity, section="core")
    Snapshot.objects.filter(pk=row.pk).update(data=bytes(row.data).replace(b"Coat", b"Boat"), codec=row.codec)
    assert list(state.broken_snapshots(entity)) == [100]


def test_the_state_at_a_version_costs_the_same_few_queries_however_long_the_history(entity: Entity) -> None:
    lived(entity, 205)
    for number in (3, 199, 201):
        with CaptureQueriesContext(connection) as asked:
            began = time.perf_counter()
            state.state_at(entity.pk, number)
            seconds = time.perf_counter() - began
        assert len(asked) == 3, asked.captured_queries
        assert seconds < 1


def test_a_goal_comes_and_goes_in_the_difference(entity: Entity) -> None:
    applied(entity, PutGoal(goal=GoalValue(text="Row")))
    entity.refresh_from_db()
    memory = Memory.objects.get(entity=entity)
    state.undo(entity.pk, 2, author="noor")
    applied(entity, PutMemory(id=memory.pk, memory=MemoryValue(content=memory.content, forgotten=True)))
    ops = [change.op for change in state.diff(state.state_at(entity.pk, 2), state.state_at(entity.pk, 4))]
    assert ops == ["goal.remove", "memory.put"]
