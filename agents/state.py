"""The only reader and writer of an entity's state. Everything that changes an entity comes through `apply`."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone
from pydantic import TypeAdapter

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
from agents.mind import EntityState, Persona, fold, folded, inverse, persona_fields
from agents.models import Desire, Entity, Goal, Memory, StateVersion
from agents.signals import state_changed

_Row = TypeVar("_Row", bound=models.Model)
_changes: TypeAdapter[list[Change]] = TypeAdapter(list[Change])


def read(entity: Entity) -> EntityState:
    """Return the stored state of `entity` whole, as its rows say (four queries)."""
    return EntityState(
        version=entity.version,
        persona=Persona(name=entity.name, tagline=entity.tagline, persona=entity.persona, voice=entity.voice),
        mood=mood_of(entity),
        appearance=entity.appearance,
        environment=entity.environment,
        goals={row.pk: _goal(row) for row in Goal.objects.filter(entity=entity)},
        desires={row.pk: _desire(row) for row in Desire.objects.filter(entity=entity)},
        memories={row.pk: _memory(row) for row in Memory.objects.filter(entity=entity)},
    )


def mood_of(entity: Entity) -> Mood:
    """Return how `entity` feels."""
    return Mood(
        label=entity.mood,
        intensity=entity.intensity,
        valence=entity.valence,
        arousal=entity.arousal,
        emotions=entity.emotions,
    )


def apply(
    entity_id: int,
    changes: Sequence[Change],
    *,
    cause: str,
    author: str = "",
    run: UUID | None = None,
    action: str = "",
    expected_version: int | None = None,
) -> StateVersion | None:
    """Commit `changes` to the entity as its next version and return it; None when none of them changes anything.

    One transaction under the entity's row lock. Each committed change carries its row's id and the value before.
    Raises `StateError` when a change names what is not there or what is there already, and `VersionConflict` when
    `expected_version` is not the latest; then nothing is written.
    """
    with transaction.atomic():
        entity = Entity.objects.select_for_update().get(pk=entity_id)
        if expected_version is not None and expected_version != entity.version:
            raise VersionConflict(expected_version, entity.version)
        now = timezone.now()
        done = [change for change in (_commit_one(entity, change, now) for change in changes) if change is not None]
        if not done:
            return None
        entity.version += 1
        entity.save()
        version = StateVersion.objects.create(
            entity=entity,
            number=entity.version,
            at=now,
            changes=_changes.dump_python(done, mode="json"),
            cause=cause[:500],
            author=author,
            run=run,
            action=action,
        )
        transaction.on_commit(lambda: state_changed.send_robust(sender=Entity, version=version))
        return version


def create(entity: Entity, changes: Sequence[Change] = (), *, cause: str = "created", author: str = "") -> Entity:
    """Store a new `entity` with version 1: its own fields, then `changes`, so that folding starts from nothing."""
    with transaction.atomic():
        entity.version = 0
        persona = SetPersona(
            name=entity.name, tagline=entity.tagline, persona=entity.persona, voice=entity.voice, before=SetPersona()
        )
        own: list[Change] = [
            persona,
            SetMood(mood=mood_of(entity), before=Mood()),
            SetAppearance(text=entity.appearance, before=""),
            SetEnvironment(text=entity.environment, before=""),
        ]
        entity.version = 1
        entity.save(force_insert=True)
        now = timezone.now()
        done = [change for change in (_commit_one(entity, change, now) for change in changes) if change is not None]
        entity.save()
        StateVersion.objects.create(
            entity=entity,
            number=1,
            at=now,
            changes=_changes.dump_python([*own, *done], mode="json"),
            cause=cause,
            author=author,
        )
        return entity


def changes_of(version: StateVersion) -> list[Change]:
    """Return the typed changes of a stored version."""
    return _changes.validate_python(version.changes)


def undo(entity_id: int, number: int, *, author: str) -> StateVersion | None:
    """Take version `number` back by a new version with the opposite changes; later changes of other things stay.

    Raises `StateError` for a version that does not exist, and for the first one.
    """
    version = StateVersion.objects.filter(entity_id=entity_id, number=number).first()
    if version is None or number <= 1:
        raise StateError(f"There is no version {number} that could be undone.")
    opposite = [inverse(change) for change in reversed(changes_of(version))]
    return apply(entity_id, opposite, cause=f"undid version {number}: {version.cause}", author=author)


def folded_log(entity: Entity) -> EntityState:
    """Return the state that the entity's versions add up to; equal to `read(entity)` when nothing was lost."""
    state = EntityState()
    for version in StateVersion.objects.filter(entity=entity).order_by("number").iterator():
        state = fold(state, changes_of(version)).model_copy(update={"version": version.number})
    return state


def digest(content: str) -> str:
    """Return what two equal memories share, whatever their case, spacing and punctuation."""
    return hashlib.sha256(folded(content).encode()).hexdigest()


def _goal(row: Goal) -> GoalValue:
    fields = {name: getattr(row, name) for name in GoalValue.model_fields}
    return GoalValue.model_construct(**fields)  # as stored: it was checked on its way in


def _desire(row: Desire) -> DesireValue:
    fields = {name: getattr(row, name) for name in DesireValue.model_fields}
    return DesireValue.model_construct(**fields)


def _memory(row: Memory) -> MemoryValue:
    return MemoryValue.model_construct(
        content=row.content,
        importance=row.importance,
        source=row.source,
        message=str(row.message) if row.message else None,
        pinned=row.pinned,
        forgotten=row.forgotten_at is not None,
    )


def _commit_one(entity: Entity, change: Change, now: datetime) -> Change | None:
    """Write one change to `entity` (not saved) or to its lists; return it with id and value before, None if moot."""
    match change:
        case SetMood():
            done = change.model_copy(update={"before": mood_of(entity)})
            entity.mood = change.mood.label
            for name in ("intensity", "valence", "arousal", "emotions"):
                setattr(entity, name, getattr(change.mood, name))
            return done if change.mood != done.before else None
        case SetPersona():
            new = persona_fields(change)
            before = {name: getattr(entity, name) for name in new}
            for name, value in new.items():
                setattr(entity, name, value)
            return change.model_copy(update={"before": SetPersona(**before)}) if new != before else None
        case SetAppearance() | SetEnvironment():
            name = change.op.split(".")[0]
            previous = getattr(entity, name)
            setattr(entity, name, change.text)
            return change.model_copy(update={"before": previous}) if change.text != previous else None
        case PutGoal():
            return _put_goal(entity, change, now)
        case PutDesire():
            return _put_desire(entity, change, now)
        case PutMemory():
            return _put_memory(entity, change, now)


def _put_goal(entity: Entity, change: PutGoal, now: datetime) -> PutGoal | None:
    row, value = _row(Goal, entity, change.id), change.goal
    if row is None:
        row = Goal(entity=entity, created_at=now)
        for other in Goal.objects.filter(entity=entity, status="active").only("text"):
            if folded(other.text) == folded(value.text):
                raise StateError(f"{entity.name} has this goal already: “{other.text}”.")
    before = _goal(row) if row.pk else None
    if value == before:
        return None
    row.text, row.priority, row.status, row.reason = value.text, value.priority, value.status, value.reason
    row.ended_at = None if value.status == "active" else row.ended_at or now
    row.save()
    return change.model_copy(update={"id": row.pk, "before": before})


def _put_desire(entity: Entity, change: PutDesire, now: datetime) -> PutDesire | None:
    row, value = _row(Desire, entity, change.id), change.desire
    row = row or Desire(entity=entity, created_at=now)
    before = _desire(row) if row.pk else None
    if value == before:
        return None
    row.text, row.intensity, row.status, row.reason = value.text, value.intensity, value.status, value.reason
    row.ended_at = None if value.status == "active" else row.ended_at or now
    row.save()
    return change.model_copy(update={"id": row.pk, "before": before})


def _put_memory(entity: Entity, change: PutMemory, now: datetime) -> PutMemory | None:
    row, value = _row(Memory, entity, change.id), change.memory
    row = row or Memory(entity=entity, created_at=now)
    before = _memory(row) if row.pk else None
    if value == before:
        return None
    key = digest(value.content)
    known = Memory.objects.filter(entity=entity, digest=key, forgotten_at=None).exclude(pk=row.pk)
    if not value.forgotten and known.exists():
        raise StateError(f"{entity.name} remembers this already: “{value.content}”.")
    row.content, row.digest, row.importance = value.content, key, value.importance
    row.source, row.pinned = value.source, value.pinned
    row.message = UUID(value.message) if value.message else None
    row.forgotten_at = (row.forgotten_at or now) if value.forgotten else None
    row.save()
    return change.model_copy(update={"id": row.pk, "before": before})


def _row(model: type[_Row], entity: Entity, pk: int | None) -> _Row | None:
    if pk is None:
        return None
    row = model._default_manager.filter(entity=entity, pk=pk).first()
    if row is None:
        raise StateError(f"{entity.name} has no {model._meta.verbose_name} with the id {pk}.")
    return row
