"""The history of an entity's state: its versions, the state at any of them, and the ways back."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from agents import state
from agents.errors import StateError
from agents.mind import EntityState
from agents.models import Entity, StateVersion
from interactions import ways_back
from interactions.api.conversations import Limit, not_found, user_of
from interactions.api.entities import whole
from interactions.api.errors import ApiError
from interactions.api.schemas import (
    DesireOut,
    EntityOut,
    ForkIn,
    GoalOut,
    MemoryOut,
    RollbackIn,
    StateOut,
    UndoIn,
    VersionOut,
    VersionPage,
    VersionWithState,
)
from interactions.entity_forks import fork_entity
from interactions.headlines import headline
from interactions.models import Telling

router = Router(tags=["Versions"])

Before = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="Only versions with a lower number.")]


@router.get("/entities/{slug:slug}/versions", response=VersionPage, summary="List versions")
def versions(request: HttpRequest, slug: str, limit: Limit = 100, before: Before = None) -> VersionPage:
    """The versions of an entity's state, the latest first, each with its changes."""
    rows = StateVersion.objects.filter(entity=_own(request, slug)).order_by("-number")
    if before is not None:
        rows = rows.filter(number__lt=before)
    found = list(rows[: limit + 1])
    rest = found[limit - 1].number if len(found) > limit else None
    return VersionPage(items=[VersionOut(**each) for each in _told(found[:limit])], next=rest)


@router.get("/entities/{slug:slug}/versions/{int:number}", response=VersionWithState, summary="Read a version")
def version(request: HttpRequest, slug: str, number: int) -> VersionWithState:
    """One version with the whole state as it was then."""
    entity = _own(request, slug)
    try:
        then = state.state_at(entity.pk, number)
    except StateError:
        raise not_found() from None
    row = StateVersion.objects.get(entity=entity, number=number)
    return VersionWithState(**_told([row])[0], state=_state(then))


@router.post("/entities/{slug:slug}/rollback", response=EntityOut, summary="Roll back")
def rollback(request: HttpRequest, slug: str, data: RollbackIn) -> EntityOut:
    """Makes the state what it was at the version `to`, as a new version, which can itself be undone."""
    entity = _own(request, slug)
    author = user_of(request).get_username()
    state.rollback(entity.pk, data.to, author=author, expected_version=data.version)
    return _fresh(entity)


@router.post("/entities/{slug:slug}/undo", response=EntityOut, summary="Undo a version or a run")
def undo(request: HttpRequest, slug: str, data: UndoIn) -> EntityOut:
    """Takes one version back, or all that a run changed, as a new version. What was changed again since is not
    overwritten: the answer is 400, and names the version that stands in the way. What the run has told another entity
    and that has not heard yet is taken back with it, and told after all when this undo is undone."""
    entity = _own(request, slug)
    author, seen = user_of(request).get_username(), data.version
    if (data.number is None) == (data.run is None):
        raise ApiError(400, "invalid_field", "number: name either a version or a run.", "number")
    if data.number is not None:
        ways_back.undo_version(entity, data.number, author=author, expected_version=seen)
    else:
        ways_back.undo_turn(_run(entity, data.run or ""), author=author, expected_version=seen)
    return _fresh(entity)


@router.post("/entities/{slug:slug}/fork", response={201: EntityOut}, summary="Fork an entity")
def fork(request: HttpRequest, slug: str, data: ForkIn) -> EntityOut:
    """Begins a new entity with the state at a version. Its history begins there; conversations are not copied, timers
    are, and rest until they are started."""
    new = fork_entity(_own(request, slug), data.at, owner=user_of(request), name=data.name)
    return whole(new)


def _own(request: HttpRequest, slug: str) -> Entity:
    entity: Entity | None = Entity.objects.for_user(user_of(request)).filter(slug=slug).first()
    if entity is None:
        raise not_found()
    return entity


def _run(entity: Entity, text: str) -> UUID:
    """Return the id of a run that changed `entity`, or in which it told something. Raises `ApiError` for others."""
    try:
        run = UUID(text)
    except ValueError:
        run = None
    has_told = Telling.objects.filter(run=run, run__conversation__entity=entity)
    if run is None or not (StateVersion.objects.filter(entity=entity, run=run).exists() or has_told.exists()):
        raise ApiError(400, "invalid_field", "run: no run of this id has changed this entity.", "run")
    return run


def _fresh(entity: Entity) -> EntityOut:
    entity.refresh_from_db()
    return whole(entity)


def _told(rows: Sequence[StateVersion]) -> list[dict[str, Any]]:
    undone = state.undone_among(rows)
    names = ("number", "at", "cause", "author", "run", "action", "undoes", "undoes_run", "restores")
    return [
        {name: getattr(row, name) for name in names}
        | {"summary": headline(row), "changes": state.changes_of(row), "undone_by": undone.get(row.number)}
        for row in rows
    ]


def _state(then: EntityState) -> StateOut:
    return StateOut(
        **dict(then.persona),
        mood=then.mood,
        temperament=then.temperament,
        appearance=then.appearance,
        environment=then.environment,
        goals=[GoalOut(id=key, **goal.model_dump()) for key, goal in then.goals.items()],
        desires=[DesireOut(id=key, **desire.model_dump()) for key, desire in then.desires.items()],
        memories=[MemoryOut(id=key, **memory.model_dump()) for key, memory in then.memories.items()],
    )
