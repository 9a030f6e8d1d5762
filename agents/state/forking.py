"""A new entity that begins with the state of another, at any of its versions."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from agents.changes import Change, PutDesire, PutGoal, PutMemory
from agents.mind import EntityState
from agents.models import Desire, Entity, Goal, Memory
from agents.state.history import state_at
from agents.state.parts import fill
from agents.state.writing import COLUMNS, begin, first_version, set_mood, settle

# What a fork has of its own. All other columns of an entity are settings, and are copied.
OWN = {
    "id",
    "owner",
    "slug",
    "version",
    "archived_at",
    "deleted_at",
    "forked_from",
    "forked_at",
    "created_at",
    *COLUMNS,
}


def fork(entity_id: int, at_version: int | None = None, *, owner: User, name: str = "", author: str = "") -> Entity:
    """Return a new entity of `owner` that begins, as its own version 1, with the state at `at_version` (the latest).

    Settings are copied, conversations are not. Without a `name` it keeps the one it had. What a memory was learned
    from is kept where the owner stays the same. Raises `Entity.DoesNotExist`, and `StateError` for a version that
    does not exist.
    """
    source = Entity.objects.get(pk=entity_id)
    number = at_version or source.version
    state = state_at(source.pk, number)
    if name:
        state = state.model_copy(update={"persona": state.persona.model_copy(update={"name": name[:80]})})
    for attempt in range(3):
        new = _unsaved(source, state, owner, number)
        try:
            with transaction.atomic():
                begin(new)
                changes = _rows(source, new, state)
                cause = f"forked from {source.name} at version {number}"
                first_version(new, changes, timezone.now(), cause=cause, author=author or owner.get_username())
        except IntegrityError:  # somebody took the slug meanwhile
            if attempt == 2:
                raise
        else:
            return new
    raise AssertionError("the last attempt returns or raises")


def _unsaved(source: Entity, state: EntityState, owner: User, number: int) -> Entity:
    new = Entity(owner=owner, forked_from=source, forked_at=number, **dict(state.persona))
    new.slug = Entity.free_slug(owner, new.name)
    set_mood(new, state.mood)
    settle(new, state.temperament)
    new.appearance, new.environment = state.appearance, state.environment
    for field in Entity._meta.concrete_fields:
        if field.name not in OWN:
            setattr(new, field.attname, getattr(source, field.attname))
    return new


def _rows(source: Entity, new: Entity, state: EntityState) -> list[Change]:
    """Write goals, desires and memories of `new` in bulk; return the changes that tell of them."""
    memories = state.memories
    if source.owner_id != new.owner_id:  # a message of somebody else's says nothing to the new owner
        memories = {key: value.model_copy(update={"message": None}) for key, value in memories.items()}
    goals = _copied(Goal, new, state.goals)
    desires = _copied(Desire, new, state.desires)
    known = _copied(Memory, new, memories)
    return [
        *(PutGoal(id=row.pk, goal=value) for row, value in goals),
        *(PutDesire(id=row.pk, desire=value) for row, value in desires),
        *(PutMemory(id=row.pk, memory=value) for row, value in known),
    ]


def _copied(model: Any, new: Entity, values: dict[int, Any]) -> list[tuple[Any, Any]]:
    made: dict[int, datetime] = dict(model.everything.filter(pk__in=values).values_list("pk", "created_at"))
    rows, now = [], timezone.now()
    for key, value in values.items():
        row = model(entity=new, created_at=made.get(key, now))
        fill(row, value, now)
        rows.append(row)
    return list(zip(model.objects.bulk_create(rows, batch_size=500), values.values(), strict=True))
