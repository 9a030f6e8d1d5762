"""What entities tell each other: lists by who told or was told, and the way to let something not be heard."""

from collections.abc import Callable
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router

from agents.models import Entity
from interactions import tellings
from interactions.api.conversations import Cursor, Limit, find, not_found
from interactions.api.paging import page
from interactions.api.schemas import TellingOut, TellingPage, TellingStatus
from interactions.models import Telling

router = Router(tags=["Tellings"])

Which = Annotated[
    Literal["received", "sent"], Query(description="What was told to the entity, or what it has told others.")
]


@router.get("/entities/{slug:slug}/tellings", response=TellingPage, summary="List tellings")
def listed(
    request: HttpRequest, slug: str, which: Which = "received", limit: Limit = 100, after: Cursor = ""
) -> TellingPage:
    """What entities have told each other, the latest first."""
    entity = find(Entity, request, slug=slug)
    side = {"receiver": entity} if which == "received" else {"run__conversation__entity": entity}
    rows = Telling.objects.filter(**side, run__conversation__entity__deleted_at=None)
    rows = rows.select_related("receiver", "run__conversation__entity")
    found, rest = page(rows, "created_at", after=after, limit=limit, newest_first=True)
    return TellingPage(items=[_out(row) for row in found], next=rest)


@router.post("/tellings/{int:telling_id}/drop", response=TellingOut, summary="Drop a telling")
def drop(request: HttpRequest, telling_id: int) -> TellingOut:
    """It is not heard, until it is restored; 409 when it was heard already."""
    return _act(request, telling_id, tellings.take_back)


@router.post("/tellings/{int:telling_id}/restore", response=TellingOut, summary="Restore a telling")
def restore(request: HttpRequest, telling_id: int) -> TellingOut:
    """One that was dropped, or taken back with its turn, is heard after all, when nothing holds it."""
    return _act(request, telling_id, tellings.restore)


def _act(request: HttpRequest, telling_id: int, act: Callable[[Telling], None]) -> TellingOut:
    if telling_id > 2**63 - 1:
        raise not_found()
    telling = find(Telling, request, pk=telling_id)
    act(telling)
    telling.refresh_from_db()
    return _out(telling)


def _out(row: Telling) -> TellingOut:
    return TellingOut(
        id=row.pk,
        sender=row.sender.slug,
        receiver=row.receiver.slug,
        text=row.text,
        status=_status(row),
        held_by=row.held_by if row.is_waiting else "",
        held_until=row.held_until if row.is_waiting else None,
        told_at=row.created_at,
        told_in=row.run_id,
        heard_in=row.heard_id,
    )


def _status(row: Telling) -> TellingStatus:
    if row.heard_id is not None:
        return "heard"
    if row.withdrawn_at is not None:
        return "dropped"
    return "resting" if row.run.deleted_at is not None else "waiting"
