"""Timers of an entity: what lets it begin by itself."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja import Router
from pydantic import ValidationError as BadValue

from agents.models import Entity
from agents.timers import MINUTE, SetTimer
from interactions import timers
from interactions.api.conversations import find, not_found, user_of
from interactions.api.errors import ApiError
from interactions.api.schemas import NewTimer, TimerList, TimerOut
from interactions.models import PersonZone, Schedule

router = Router(tags=["Timers"])


@router.get("/entities/{slug:slug}/timers", response=TimerList, summary="List timers")
def listed(request: HttpRequest, slug: str) -> TimerList:
    """The timers that are not over, the next one first."""
    entity = find(Entity, request, slug=slug)
    rows = timers.open_timers(entity).order_by("next_at", "pk")
    return TimerList(items=[_out(row) for row in rows], next=None)


@router.post("/entities/{slug:slug}/timers", response={201: TimerOut}, summary="Set a timer")
def new(request: HttpRequest, slug: str, data: NewTimer) -> TimerOut:
    """When it is due the entity begins a run in its latest talk. Give one of `in_minutes`, `at`, `every_minutes`."""
    entity = find(Entity, request, slug=slug)
    fields: dict[str, Any] = {"what": data.what, "at": data.at, "daily": data.daily}
    for name, key in (("in_minutes", "in_seconds"), ("every_minutes", "every")):
        minutes = getattr(data, name)
        fields[key] = None if minutes is None else minutes * MINUTE
    try:
        order = SetTimer(**fields)
    except BadValue as error:
        problem = error.errors()[0]
        field = {"in_seconds": "in_minutes", "every": "every_minutes"}.get(*[str(problem["loc"][0])] * 2)
        raise ApiError(400, "invalid_timer", f"{problem['msg']}.", field) from error
    zone = PersonZone.of(user_of(request).pk)
    return _out(timers.set_timer(entity, order, by=Schedule.SetBy.PERSON, zone=zone))


@router.post("/timers/{int:timer_id}/stop", response=TimerOut, summary="Stop a timer")
def stop(request: HttpRequest, timer_id: int) -> TimerOut:
    """It is not due any more, until it is started again."""
    return _act(request, timer_id, timers.stop)


@router.post("/timers/{int:timer_id}/start", response=TimerOut, summary="Start a timer again")
def start(request: HttpRequest, timer_id: int) -> TimerOut:
    """One that was stopped goes on; 409 when its time is past."""
    return _act(request, timer_id, timers.restart)


def _act(request: HttpRequest, timer_id: int, act: Callable[[Schedule], None]) -> TimerOut:
    if timer_id > 2**63 - 1:
        raise not_found()
    timer = find(Schedule, request, pk=timer_id)
    act(timer)
    timer.refresh_from_db()
    return _out(timer)


def _out(row: Schedule) -> TimerOut:
    return TimerOut(
        id=row.pk,
        what=row.what,
        next_at=row.next_at,
        every_seconds=row.every,
        daily_at=row.daily_at,
        zone=row.zone,
        set_by=row.set_by,
        is_stopped=row.stopped_at is not None or row.paused_at is not None,
        fired=row.fired,
        last_at=row.last_at,
    )
