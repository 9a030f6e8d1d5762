"""Which version was in effect at a moment."""

import time
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents import state
from agents.models import Entity, StateVersion
from agents.state import moments

pytestmark = pytest.mark.django_db


def versions(entity: Entity, count: int) -> datetime:
    """Give the entity so many versions, ten seconds apart, and return the time of the first."""
    begin: datetime = StateVersion.objects.get(entity=entity).at
    StateVersion.objects.bulk_create(
        (
            StateVersion(entity=entity, number=number, at=begin + timedelta(seconds=10 * (number - 1)), changes=[])
            for number in range(2, count + 1)
        ),
        batch_size=1_000,
    )
    return begin


@pytest.mark.parametrize("fan", [1, 2, 3, 7, 512])
@pytest.mark.parametrize("count", [1, 2, 3, 8, 50])
def test_the_version_of_every_moment(entity, monkeypatch, fan, count):
    monkeypatch.setattr(moments, "FAN", fan)
    begin = versions(entity, count)
    for number in range(1, count + 1):
        at = begin + timedelta(seconds=10 * (number - 1))
        assert state.number_at(entity.pk, count, at) == number
        assert state.number_at(entity.pk, count, at + timedelta(seconds=9)) == number
    assert state.number_at(entity.pk, count, begin - timedelta(days=1)) == 1
    assert state.number_at(entity.pk, count, begin + timedelta(days=1)) == count


def test_e3_a_moment_is_found_among_many_versions_in_two_queries(entity):
    begin = versions(entity, 20_000)
    began = time.perf_counter()
    with CaptureQueriesContext(connection) as captured:
        assert state.number_at(entity.pk, 20_000, begin + timedelta(seconds=10 * 12_344 + 5)) == 12_345
    assert len(captured) == 2
    assert time.perf_counter() - began < 0.1  # milliseconds, where nothing else runs
