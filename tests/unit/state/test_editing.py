"""Edits that name the version they were made on: what somebody else changed meanwhile is never overwritten."""

import pytest

from agents import state
from agents.changes import GoalValue, PutGoal, SetAppearance, SetMood, SetPersona
from agents.changes import Mood as Feeling
from agents.errors import VersionConflict
from agents.models import Entity, Goal
from tests.unit.state.test_undoing import applied

pytestmark = pytest.mark.django_db


def test_an_edit_goes_through_when_something_else_has_changed_since(entity: Entity) -> None:
    applied(entity, SetMood(mood=Feeling(label="sad")), SetPersona(tagline="New"))
    version = state.edit(entity.pk, [SetPersona(persona="Mine")], made_on=1, cause="edited", author="noor")
    assert version is not None and version.number == 3
    entity.refresh_from_db()
    assert (entity.mood, entity.tagline, entity.persona) == ("sad", "New", "Mine")


def test_an_edit_of_what_was_changed_since_is_a_conflict(entity: Entity) -> None:
    goal = Goal.objects.get(entity=entity)
    applied(entity, SetAppearance(text="theirs"))
    applied(entity, PutGoal(id=goal.pk, goal=GoalValue(text="Theirs")))
    for change in (SetAppearance(text="mine"), PutGoal(id=goal.pk, goal=GoalValue(text="Mine"))):
        with pytest.raises(VersionConflict):
            state.edit(entity.pk, [SetMood(mood=Feeling(label="glad")), change], made_on=1, cause="x", author="noor")
    entity.refresh_from_db()
    assert (entity.version, entity.appearance, entity.mood) == (3, "theirs", "calm")


@pytest.mark.parametrize("number", [-1, 0, 2, 10**9])
def test_an_edit_of_a_version_that_never_was_is_a_conflict(entity: Entity, number: int) -> None:
    with pytest.raises(VersionConflict):
        state.edit(entity.pk, [SetAppearance(text="mine")], made_on=number, cause="x", author="noor")
