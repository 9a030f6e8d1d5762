"""An entity's state as its rows say it is now."""

import hashlib
from datetime import datetime
from typing import TypeVar

from django.db import models
from pydantic import TypeAdapter

from agents import statements
from agents.changes import Change, DesireValue, Feeling, GoalValue, MemoryValue, Mood, Temperament
from agents.emotion import dynamics
from agents.mind import EntityState, Persona, folded
from agents.models import Desire, Entity, Goal, Memory, StateVersion

_Value = TypeVar("_Value", GoalValue, DesireValue)
_GOALS = "WHERE entity_id = %s AND removed_at IS NULL ORDER BY priority DESC, id"
_DESIRES = "WHERE entity_id = %s AND removed_at IS NULL ORDER BY intensity DESC, id"
_MEMORIES = "WHERE entity_id = %s AND removed_at IS NULL ORDER BY created_at DESC, id DESC"
changes_adapter: TypeAdapter[list[Change]] = TypeAdapter(list[Change])


def read(entity: Entity) -> EntityState:
    """Return the stored state of `entity` whole, as its rows say (three queries)."""
    return EntityState(
        version=entity.version,
        persona=Persona(name=entity.name, tagline=entity.tagline, persona=entity.persona, voice=entity.voice),
        mood=mood_of(entity),
        temperament=temperament_of(entity),
        appearance=entity.appearance,
        environment=entity.environment,
        goals=_listed(Goal, GoalValue, _GOALS, entity),
        desires=_listed(Desire, DesireValue, _DESIRES, entity),
        memories=_memories(entity),
    )


def mood_of(entity: Entity) -> Mood:
    """Return how `entity` felt when that was last written."""
    return Mood(
        label=entity.mood,
        intensity=entity.intensity,
        valence=entity.valence,
        arousal=entity.arousal,
        emotions=entity.emotions,
        at=entity.felt_at,
        held=entity.mood_held,
    )


def mood_at(entity: Entity, at: datetime) -> Mood:
    """Return how `entity` feels at the moment `at`: what was last written, faded since."""
    return dynamics.settled(mood_of(entity), temperament_of(entity), at)


def temperament_of(entity: Entity) -> Temperament:
    """Return what the feelings of `entity` return to, and how."""
    return Temperament(baseline=Feeling(**entity.baseline), stability=entity.stability)


def changes_of(version: StateVersion) -> list[Change]:
    """Return the typed changes of a stored version."""
    if version.fresh is not None:
        return list(version.fresh)
    return changes_adapter.validate_python(version.changes)


def digest(content: str) -> str:
    """Return what two equal memories share, whatever their case, spacing and punctuation."""
    return hashlib.sha256(folded(content).encode()).hexdigest()


def _listed(model: type[models.Model], value: type[_Value], tail: str, entity: Entity) -> dict[int, _Value]:
    """Return a list of the state, by id. Nothing is checked: it was on its way in."""
    names: tuple[str, ...] = tuple(value.model_fields)
    rows = statements.values(model, ("id", *names), tail, entity.pk)
    return {row[0]: value.model_construct(**dict(zip(names, row[1:], strict=True))) for row in rows}


def _memories(entity: Entity) -> dict[int, MemoryValue]:
    names = ("id", "content", "importance", "source", "message", "pinned", "forgotten_at")
    return {
        pk: MemoryValue.model_construct(
            content=content,
            importance=importance,
            source=source,
            message=str(message) if message else None,
            pinned=pinned,
            forgotten=forgotten_at is not None,
        )
        for pk, content, importance, source, message, pinned, forgotten_at in statements.values(
            Memory, names, _MEMORIES, entity.pk
        )
    }
