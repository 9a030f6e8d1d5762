"""The three entities that a new owner finds: an archivist, a keeper of a light, and a bench robot."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from agents import state
from agents.changes import (
    Change,
    DesireValue,
    Feeling,
    Frozen,
    GoalValue,
    MemoryValue,
    Mood,
    PutDesire,
    PutGoal,
    PutMemory,
    Temperament,
    Unit,
)
from agents.mind import EntityState, Persona
from agents.models import Entity

DIRECTORY = Path(__file__).parent / "fixtures" / "samples"
SOURCE = "Their life before you came"


class Sample(Frozen):
    """One file of fixtures/samples: who an entity is, and what it has in mind on its first day."""

    slug: str
    name: str
    tagline: str
    persona: str
    voice: str
    openers: tuple[str, ...]
    appearance: str
    environment: str
    mood: Mood
    stability: Unit = 0.5
    goals: tuple[GoalValue, ...] = ()
    desires: tuple[DesireValue, ...] = ()
    memories: tuple[MemoryValue, ...] = ()

    def state(self) -> EntityState:
        """Return the state it begins with, its lists numbered from 1."""
        return EntityState(
            persona=Persona(name=self.name, tagline=self.tagline, persona=self.persona, voice=self.voice),
            mood=self.mood,
            temperament=Temperament(
                baseline=Feeling(**self.mood.model_dump(exclude={"at", "held"})), stability=self.stability
            ),
            appearance=self.appearance,
            environment=self.environment,
            goals=dict(enumerate(self.goals, 1)),
            desires=dict(enumerate(self.desires, 1)),
            memories=dict(enumerate(self.memories, 1)),
        )


@lru_cache
def samples() -> tuple[Sample, ...]:
    """Return the sample entities in the order in which they are shown."""
    paths = sorted(DIRECTORY.glob("*.toml"))
    return tuple(Sample.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))) for path in paths)


def seed(owner: User) -> list[Entity]:
    """Make the samples for `owner` and return them; none for an owner who has an entity, archived ones counted.

    Who put the samples away does not want them back.
    """
    with transaction.atomic():
        if Entity.objects.filter(owner=owner).exists():
            return []
        return [_create(sample, owner) for sample in samples()]


def _create(sample: Sample, owner: User) -> Entity:
    fields: dict[str, Any] = sample.model_dump(exclude={"mood", "goals", "desires", "memories", "openers"})
    mood = sample.mood.model_dump(exclude={"label", "at", "held"})
    entity = Entity(owner=owner, openers=list(sample.openers), mood=sample.mood.label, **fields, **mood)
    changes: list[Change] = [
        *(PutGoal(goal=goal) for goal in sample.goals),
        *(PutDesire(desire=desire) for desire in sample.desires),
        *(PutMemory(memory=memory.model_copy(update={"source": SOURCE})) for memory in sample.memories),
    ]
    return state.create(entity, changes, cause="came with the installation")
