"""Entities: who there is, how they are, and edits of their state."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from agents import state
from agents.changes import Change, SetAppearance, SetEnvironment, SetMood, SetPersona, SetTemperament
from agents.models import Entity
from interactions.api.conversations import Cursor, Limit, find, user_of
from interactions.api.paging import page
from interactions.api.schemas import (
    DesireOut,
    EntityOut,
    EntityPage,
    EntityPatch,
    EntitySummary,
    GoalOut,
    MemoryOut,
)

router = Router(tags=["Entities"])


@router.get("/entities", response=EntityPage, summary="List entities")
def entities(request: HttpRequest, limit: Limit = 100, after: Cursor = "") -> EntityPage:
    """Your entities, the oldest first, archived ones left out."""
    rows = Entity.objects.for_user(user_of(request)).filter(archived_at=None)
    found, rest = page(rows, "created_at", after=after, limit=limit)
    return EntityPage(items=[EntitySummary(**_summary(row)) for row in found], next=rest)


@router.get("/entities/{slug:slug}", response=EntityOut, summary="Read an entity")
def entity(request: HttpRequest, slug: str) -> EntityOut:
    """One entity with its whole state and the version to name in an edit."""
    return whole(find(Entity, request, slug=slug))


@router.patch("/entities/{slug:slug}", response=EntityOut, summary="Edit an entity")
def edit(request: HttpRequest, slug: str, data: EntityPatch) -> EntityOut:
    """Changes the state as its next version and answers with the new state; open chats show it at once.

    The edit names the `version` it was made on. When that is not the latest any more, nothing is written and the
    answer is 409 with the latest `version` in the error."""
    row = find(Entity, request, slug=slug)
    state.apply(
        row.pk,
        _changes(data, row),
        cause="edited through the API",
        author=user_of(request).get_username(),
        expected_version=data.version,
    )
    row.refresh_from_db()
    return whole(row)


def _changes(data: EntityPatch, row: Entity) -> list[Change]:
    """Return what `data` asks for, as changes of the state."""
    given = data.model_fields_set
    changes: list[Change] = []
    persona = {name: getattr(data, name) for name in ("name", "tagline", "persona") if name in given}
    if persona:
        changes.append(SetPersona(**persona))
    if "mood" in given:
        changes.append(SetMood(mood=data.mood.onto(state.mood_at(row, timezone.now()))))
    if "temperament" in given:
        changes.append(SetTemperament(temperament=data.temperament.onto(state.temperament_of(row))))
    if "appearance" in given:
        changes.append(SetAppearance(text=data.appearance))
    if "environment" in given:
        changes.append(SetEnvironment(text=data.environment))
    return changes


def _summary(row: Entity) -> dict[str, Any]:
    return {
        "slug": row.slug,
        "name": row.name,
        "tagline": row.tagline,
        "version": row.version,
        "mood": state.mood_at(row, timezone.now()),
        "archived": row.archived_at is not None,
    }


def whole(row: Entity) -> EntityOut:
    """Return an entity with its whole state, as clients get it."""
    now = state.read(row)
    desires = {key: desire for key, desire in now.desires.items() if desire.status == "active"}
    return EntityOut(
        **_summary(row),
        persona=row.persona,
        voice=row.voice,
        temperament=now.temperament,
        appearance=row.appearance,
        environment=row.environment,
        goals=[GoalOut(id=key, **goal.model_dump()) for key, goal in now.active_goals().items()],
        desires=[DesireOut(id=key, **desire.model_dump()) for key, desire in desires.items()],
        memories=[MemoryOut(id=key, **memory.model_dump()) for key, memory in now.known().items()],
    )
