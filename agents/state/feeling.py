"""What an event does to an entity, written as the next version of its state."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from agents.changes import SetMood
from agents.emotion import Appraisal, moved
from agents.models import StateVersion
from agents.state.reading import mood_at, temperament_of
from agents.state.writing import commit, locked


def feel(entity_id: int, appraisal: Appraisal, *, run: UUID | None = None) -> StateVersion | None:
    """Commit what the event that was appraised does to the entity, with its cause; None when nobody would notice.

    It is moved from how it feels now, not from how it felt when the event came: others talk with it, too. Raises
    `StateError` for a deleted one, and `EmotionError` for an appraisal that is no set of pushes.
    """
    with transaction.atomic():
        entity = locked(entity_id)
        mood = moved(mood_at(entity, timezone.now()), temperament_of(entity), appraisal.deltas)
        if mood is None:
            return None
        return commit(entity, [SetMood(mood=mood)], cause=appraisal.cause, run=run)
