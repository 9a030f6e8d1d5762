"""Two workers and an editor at one entity at once, a thousand edits in all: none is lost. On both databases."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import OperationalError, connection

from agents import state
from agents.changes import Change, MemoryValue, Mood, PutMemory, SetAppearance, SetMood
from agents.errors import VersionConflict
from agents.models import Entity, Memory, StateVersion
from interactions.invariants import states

EDITS = {"worker 1": 400, "worker 2": 400, "admin": 200}


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(300)
def test_d8_a_thousand_edits_of_one_entity_at_once_lose_nothing(entity: Entity) -> None:
    with ThreadPoolExecutor(len(EDITS)) as pool:
        asked = [pool.submit(_work, entity.pk, who, count) for who, count in EDITS.items()]
        for each in asked:
            each.result()
    versions = StateVersion.objects.filter(entity=entity)
    assert list(versions.order_by("number").values_list("number", flat=True)) == list(range(1, 1_002))
    told = {f"{who} learned {number}" for who, count in EDITS.items() for number in range(count)}
    assert told <= set(Memory.objects.filter(entity=entity).values_list("content", flat=True))
    assert {who: versions.filter(author=who).count() for who in EDITS} == EDITS
    assert list(states()) == []


def _work(entity_id: int, who: str, count: int) -> None:
    """Commit so many versions, each with something of one's own and something that all of them write."""
    try:
        for number in range(count):
            learned: list[Change] = [PutMemory(memory=MemoryValue(content=f"{who} learned {number}"))]
            _again_when_busy(entity_id, who, number, learned)
    finally:
        connection.close()


def _again_when_busy(entity_id: int, who: str, number: int, learned: list[Change]) -> None:
    while True:
        try:
            if who == "admin":
                seen = Entity.objects.get(pk=entity_id).version
                edit = [*learned, SetAppearance(text=f"Edit {number}")]
                state.apply(entity_id, edit, cause="edited", author=who, expected_version=seen)
            else:
                feeling = SetMood(mood=Mood(label=f"{who} {number}", intensity=number % 10 / 10))
                state.apply(entity_id, [*learned, feeling], cause="an action", author=who, run=uuid4())
        except VersionConflict:
            continue  # somebody was faster: look again, as a person would on the merge page
        except OperationalError as error:
            assert "locked" in str(error), error
            continue
        return
