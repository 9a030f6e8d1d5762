"""Commits of an entity's state: each is one transaction, under the entity's row lock, and makes one version."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from agents import statements
from agents.changes import (
    Change,
    Mood,
    PutDesire,
    PutGoal,
    PutMemory,
    SetAppearance,
    SetEnvironment,
    SetMood,
    SetPersona,
    SetTemperament,
    Temperament,
)
from agents.errors import StateError, VersionConflict
from agents.mind import persona_fields
from agents.models import Entity, StateVersion
from agents.signals import state_changed
from agents.state import parts, snapshots
from agents.state.parts import Commit
from agents.state.reading import changes_adapter, mood_of, temperament_of

# The columns of an entity that are part of its state.
COLUMNS = (
    *("name", "tagline", "persona", "voice"),
    *("mood", "intensity", "valence", "arousal", "emotions", "felt_at", "mood_held"),
    *("baseline", "stability"),
    *("appearance", "environment"),
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
    savepoint: bool = True,
    asked: Callable[[], Entity] | None = None,
) -> StateVersion | None:
    """Commit `changes` to the entity as its next version and return it; None when none of them changes anything.

    One transaction under the entity's row lock. Each committed change carries its row's id and the value before.
    Raises `StateError` when a change names what is not there or what is there already, or is not allowed after what is
    there, and `VersionConflict` when `expected_version` is not the latest; then nothing is written. Without a
    `savepoint` that ends the caller's transaction, too. `asked` is what `ask` returned, where it was asked ahead.
    """
    with transaction.atomic(savepoint=savepoint):
        entity = asked() if asked else locked(entity_id, expected_version)
        return commit(entity, changes, cause=cause, author=author, run=run, action=action)


def locked(entity_id: int, expected_version: int | None = None) -> Entity:
    """Return the entity with its row locked until the transaction ends.

    Raises `Entity.DoesNotExist`, `StateError` for a deleted one, and `VersionConflict`.
    """
    return ask(entity_id, expected_version)()


def ask(entity_id: int, expected_version: int | None = None) -> Callable[[], Entity]:
    """Ask what `locked` does, and return what waits for the answer: see `statements.ask`."""
    answer = statements.ask(Entity, lock=True, id=entity_id)

    def there() -> Entity:
        entity = answer()
        if entity is None:
            raise Entity.DoesNotExist(entity_id)
        if entity.deleted_at is not None:
            raise StateError(f"{entity.name} was deleted. Restore it first.")
        if expected_version is not None and expected_version != entity.version:
            raise VersionConflict(expected_version, entity.version)
        return entity

    return there


def commit(
    entity: Entity, changes: Sequence[Change], *, cause: str, is_free: bool = False, **columns: Any
) -> StateVersion | None:
    """Write `changes` to a locked `entity` as its next version; None when there is nothing to write.

    `columns` are further ones of the version's row. With `is_free` any value may follow any other.
    """
    this = Commit(entity, timezone.now(), is_free)
    before = {name: getattr(entity, name) for name in COLUMNS}
    done = _written(this, changes)
    if not done:
        return None
    entity.version += 1
    changed = {name: getattr(entity, name) for name in COLUMNS if getattr(entity, name) != before[name]}
    version = StateVersion(
        entity=entity,
        number=entity.version,
        at=this.now,
        changes=changes_adapter.dump_python(done, mode="json"),
        cause=cause[:500],
        **columns,
    )
    statements.insert_with(StateVersion, [version], Entity, {"id": entity.pk}, version=entity.version, **changed)
    version.fresh = done
    snapshots.keep_now_and_then(entity)
    transaction.on_commit(lambda: state_changed.send_robust(sender=Entity, version=version))
    return version


def set_mood(entity: Entity, mood: Mood) -> None:
    """Set the columns of `entity` (not saved) that say how it feels."""
    entity.mood, entity.felt_at, entity.mood_held = mood.label, mood.at, mood.held
    for name in ("intensity", "valence", "arousal", "emotions"):
        setattr(entity, name, getattr(mood, name))


def settle(entity: Entity, temperament: Temperament) -> None:
    """Set the columns of `entity` (not saved) that say what its feelings return to."""
    entity.baseline, entity.stability = temperament.baseline.model_dump(), temperament.stability


def create(entity: Entity, changes: Sequence[Change] = (), *, cause: str = "created", author: str = "") -> Entity:
    """Store a new `entity` with version 1: its own fields, then `changes`, so that folding starts from nothing."""
    with transaction.atomic():
        if not entity.baseline:
            entity.baseline = mood_of(entity).model_dump(exclude={"at", "held"})
        begin(entity)
        done = _written(Commit(entity, timezone.now()), changes)
        entity.save()
        first_version(entity, done, timezone.now(), cause=cause, author=author)
        return entity


def begin(entity: Entity) -> None:
    """Store the row of a new entity."""
    entity.version = 1
    entity.save(force_insert=True)


def first_version(entity: Entity, changes: Iterable[Change], now: datetime, *, cause: str, author: str) -> None:
    """Write version 1 of a stored `entity`: its own fields and the committed `changes`."""
    persona = SetPersona(name=entity.name, tagline=entity.tagline, persona=entity.persona, voice=entity.voice)
    own: list[Change] = [
        persona.model_copy(update={"before": SetPersona()}),
        SetMood(mood=mood_of(entity), before=Mood()),
        SetTemperament(temperament=temperament_of(entity), before=Temperament()),
        SetAppearance(text=entity.appearance, before=""),
        SetEnvironment(text=entity.environment, before=""),
    ]
    dumped = changes_adapter.dump_python([*own, *changes], mode="json")
    StateVersion.objects.create(entity=entity, number=1, at=now, changes=dumped, cause=cause, author=author)


def _written(this: Commit, changes: Sequence[Change]) -> list[Change]:
    parts.step_aside(this, changes)
    return [done for change in changes if (done := _write(this, change)) is not None]


def _write(this: Commit, change: Change) -> Change | None:
    """Write one change to the entity (not saved) or to its lists; return it with id and value before, None if moot."""
    entity = this.entity
    match change:
        case SetMood():
            return _feel(this, change.mood)
        case SetTemperament():
            before_it = temperament_of(entity)
            settle(entity, change.temperament)
            return change.model_copy(update={"before": before_it}) if change.temperament != before_it else None
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
        case PutGoal() | PutDesire() | PutMemory():
            return parts.put(this, change)
    return parts.remove(this, change)


def _feel(this: Commit, mood: Mood) -> Change | None:
    """Write a mood. It holds from now, except on a way back: there it is as old as it was."""
    before = mood_of(this.entity)
    if not this.is_free:
        if mood.model_copy(update={"at": before.at}) == before:
            return None
        mood = mood.model_copy(update={"at": this.now})
    set_mood(this.entity, mood)
    return SetMood(mood=mood, before=before) if mood != before else None
