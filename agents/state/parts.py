"""Goals, desires and memories: how a change is written to their rows.

A row that a change removes stays in its table, marked by `removed_at`: putting it back restores the same row, with its
id and the time it was made.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import models

from agents import statements
from agents.changes import (
    Change,
    DesireValue,
    GoalValue,
    MemoryValue,
    Put,
    PutDesire,
    PutGoal,
    PutMemory,
    Remove,
    RemoveDesire,
    RemoveGoal,
)
from agents.errors import StateError
from agents.mind import folded
from agents.models import Desire, Entity, Goal, Memory
from agents.state import transitions
from agents.state.reading import digest

_PURSUED = "WHERE entity_id = %s AND status = 'active' AND removed_at IS NULL"
_KNOWN = "WHERE entity_id = %s AND digest = %s AND forgotten_at IS NULL AND removed_at IS NULL"
_Row = TypeVar("_Row", Goal, Desire, Memory)


@dataclass(frozen=True, slots=True)
class Commit:
    """What the changes of one commit share. With `is_free` any value may follow any other: a way back leads to what
    was there, however the state came from there to here."""

    entity: Entity
    now: datetime
    is_free: bool = False


def put(commit: Commit, change: Put) -> Change | None:
    """Write a goal, desire or memory; return the change with id and value before, None when it changes nothing.

    Raises `StateError` for an id that is not there, a duplicate, and a value that may not follow the one before.
    """
    match change:
        case PutGoal():
            return _put_goal(commit, change)
        case PutDesire():
            return _put_desire(commit, change)
        case PutMemory():
            return _put_memory(commit, change)


def remove(commit: Commit, change: Remove) -> Change | None:
    """Take a row out of the state; return the change with the value before, None when it is out already."""
    row: Goal | Desire | Memory
    match change:
        case RemoveGoal():
            row = _there(Goal, commit.entity, change.id)
        case RemoveDesire():
            row = _there(Desire, commit.entity, change.id)
        case _:
            row = _there(Memory, commit.entity, change.id)
    if row.removed_at is not None:
        return None
    row.removed_at = commit.now
    statements.update(type(row), {"id": row.pk}, removed_at=commit.now)
    return change.model_copy(update={"before": value_of(row)})


def step_aside(commit: Commit, changes: Sequence[Change]) -> None:
    """Let memories that change places do so: two that swap their contents are never twice in the end, and would be on
    the way. Until it is written, each keeps a digest that no other has."""
    ids = [change.id for change in changes if isinstance(change, PutMemory) and change.id is not None]
    if len(ids) > 1:
        for row in Memory.everything.filter(entity=commit.entity, pk__in=ids):
            Memory.everything.filter(pk=row.pk).update(digest=f"aside {row.pk}")


def value_of(row: Goal | Desire | Memory) -> Any:
    """Return the value that `row` holds. Nothing is checked: it was on its way in."""
    match row:
        case Goal():
            return GoalValue.model_construct(**{name: getattr(row, name) for name in GoalValue.model_fields})
        case Desire():
            return DesireValue.model_construct(**{name: getattr(row, name) for name in DesireValue.model_fields})
        case Memory():
            return MemoryValue.model_construct(
                content=row.content,
                importance=row.importance,
                source=row.source,
                message=str(row.message) if row.message else None,
                pinned=row.pinned,
                forgotten=row.forgotten_at is not None,
            )


def fill(row: Any, value: GoalValue | DesireValue | MemoryValue, now: datetime) -> None:
    """Give `row` (not saved) the value. The time at which something ended stays while it is ended."""
    row.removed_at = None
    match value:
        case MemoryValue():
            row.content, row.digest, row.importance = value.content, digest(value.content), value.importance
            row.source, row.pinned = value.source, value.pinned
            row.message = UUID(value.message) if value.message else None
            row.forgotten_at = (row.forgotten_at or now) if value.forgotten else None
        case _:
            for name in type(value).model_fields:
                setattr(row, name, getattr(value, name))
            row.ended_at = None if value.status == "active" else row.ended_at or now


def _put_goal(commit: Commit, change: PutGoal) -> Change | None:
    entity, value = commit.entity, change.goal
    row = _there(Goal, entity, change.id) if change.id else Goal(entity=entity, created_at=commit.now)
    if not row.pk:
        for (text,) in statements.values(Goal, ("text",), _PURSUED, entity.pk):
            if folded(text) == folded(value.text):
                raise StateError(f"{entity.name} has this goal already: “{text}”.")
    return _write(commit, row, change, value, transitions.check_goal)


def _put_desire(commit: Commit, change: PutDesire) -> Change | None:
    entity, value = commit.entity, change.desire
    row = _there(Desire, entity, change.id) if change.id else Desire(entity=entity, created_at=commit.now)
    return _write(commit, row, change, value, transitions.check_desire)


def _put_memory(commit: Commit, change: PutMemory) -> Change | None:
    entity, value = commit.entity, change.memory
    row = _there(Memory, entity, change.id) if change.id else Memory(entity=entity, created_at=commit.now)
    known = statements.values(Memory, ("id",), _KNOWN, entity.pk, digest(value.content))
    if not value.forgotten and any(pk != row.pk for (pk,) in known):
        raise StateError(f"{entity.name} remembers this already: “{value.content}”.")
    return _write(commit, row, change, value, transitions.check_memory)


def _write(commit: Commit, row: Any, change: Any, value: Any, check: Callable[[Any, Any], None]) -> Change | None:
    before = value_of(row) if row.pk and row.removed_at is None else None
    if not commit.is_free:
        check(before, value)
    if value == before:
        if isinstance(row, Memory) and row.digest.startswith("aside"):
            statements.update(Memory, {"id": row.pk}, digest=digest(row.content))
        return None
    was = {**vars(row)}
    fill(row, value, commit.now)
    if row.pk:
        new = {name: now for name, now in vars(row).items() if name in was and now != was[name]}
        statements.update(type(row), {"id": row.pk}, **new)
    else:
        statements.add(row)
    done: Change = change.model_copy(update={"id": row.pk, "before": before})
    return done


def _there(model: type[_Row], entity: Entity, pk: int) -> _Row:
    row: _Row | None = statements.get(model, id=pk, entity_id=entity.pk)
    if row is None:
        raise StateError(f"{entity.name} has no {_name(model)} with the id {pk}.")
    return row


def _name(model: type[models.Model]) -> str:
    return str(model._meta.verbose_name)
