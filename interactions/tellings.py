"""What one entity tells another of the same owner: a row in the transaction of the action that tells it, then, in a
transaction of its own, a run of the other that begins with it.

Two who tell each other something at once would wait for each other's conversations for ever if one transaction did
both. A bell in the worker that has told it has it heard at once; the sweepers find what nobody rang for, and what
waited for the end of quiet hours or for a new day.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from agents import failpoints, statements
from agents.errors import ActionFailed
from agents.models import Entity
from agents.orders import Tell
from agents.triggers import Trigger
from interactions import initiative, log, runs
from interactions.due import each
from interactions.errors import NotPossible
from interactions.models import Conversation, Initiative, Run, Telling

# What may wait for one entity.
MOST_WAITING = 50
# Names that a refusal lists.
MOST_NAMED = 20
# Begun in one sweep; the next sweep comes soon.
MOST = 200
# Withdrawn and held no more: it waits as when it was told.
_AS_NEW: dict[str, Any] = {"withdrawn_at": None, "undone_with_turn": False, "held_until": None, "held_by": ""}


def tell(order: Tell, conversation: Conversation, run: Run, action: str) -> Telling:
    """Store what the entity of `conversation` tells another one, in the caller's transaction; it is heard after that.

    Raises `ActionFailed` for a name that none of the owner's other entities has, or more than one, and where too much
    waits already.
    """
    receiver = _receiver(order.to, conversation)
    if waiting(receiver).count() >= MOST_WAITING:
        raise ActionFailed(f"{receiver.name} has not heard {MOST_WAITING} things yet. Tell it later.")
    telling = Telling.objects.create(receiver=receiver, text=order.text, run=run, action=action, hops=order.hops)
    transaction.on_commit(partial(hear, telling.pk), robust=True)  # what is committed stands
    return telling


def waiting(receiver: Entity) -> QuerySet[Telling]:
    """Return what was told to `receiver` and has begun nothing yet, the oldest first.

    What somebody told who is deleted by now, or in an exchange that is, rests unseen; it waits again when they are
    restored.
    """
    told = Telling.objects.filter(receiver=receiver, heard=None, withdrawn_at=None, run__deleted_at=None)
    return told.filter(run__conversation__entity__deleted_at=None)


def told_in(run_id: UUID, action: str) -> Telling | None:
    """Return what an action has told, with its sender and its receiver; None for one that told nothing."""
    rows = Telling.objects.select_related("receiver", "run__conversation__entity", "heard")
    found: Telling | None = rows.filter(run=run_id, action=action).first()
    return found


def hear_due() -> int:
    """Start the runs of what was told and may be heard now, and return how many began."""
    return each(hear, _due().values_list("pk", flat=True)[:MOST])


def hear(telling_id: int) -> bool:
    """Start the receiver's run for what it was told, if that still waits and nothing holds it; False if not."""
    known: Telling | None = _due().filter(pk=telling_id).first()
    if known is None:
        return False
    failpoints.hit("hear.before")
    # Not below: it may lock the entity, and an action locks a conversation first and an entity then.
    talk = initiative.talk_of(known.receiver)
    with transaction.atomic():
        conversation = log.lock(talk.pk)
        telling = statements.get(Telling, lock=True, id=telling_id)
        if telling is None or not telling.is_waiting or _rests(telling):
            return False
        now = timezone.now()
        telling.held_until, telling.held_by = _hold(known.receiver, now)
        if telling.held_until is None:
            telling.heard = runs.start(conversation, _trigger(known, now))
        telling.save(update_fields=["held_until", "held_by", "heard"])
        failpoints.hit("hear.commit")
    failpoints.hit("hear.after")
    return telling.heard_id is not None


def take_back(telling: Telling) -> None:
    """Let what was told not be heard. Raises `NotPossible` once it was."""
    if not _now(telling).filter(heard=None).update(withdrawn_at=timezone.now(), undone_with_turn=False):
        raise NotPossible(f"{telling.receiver.name} has heard it already.")


def restore(telling: Telling) -> None:
    """Let what was taken back be heard after all: by the next sweep, when nothing holds it."""
    _now(telling).update(**_AS_NEW)


def take_back_turn(run_id: UUID) -> tuple[list[Telling], list[Telling]]:
    """Let nothing of what a run has told be heard that was not, in the caller's transaction.

    Return what was taken back, and what was heard already. Each with its receiver.
    """
    told = locked([run_id])
    waiting = [telling for telling in told if telling.is_waiting]
    _these(waiting).update(withdrawn_at=timezone.now(), undone_with_turn=True)
    return waiting, [telling for telling in told if telling.heard_id is not None]


def restore_turn(run_id: UUID) -> tuple[list[Telling], list[Telling]]:
    """Let what `take_back_turn` took back be heard after all, in the caller's transaction.

    Return what waits again, and what cannot because its receiver was deleted since.
    """
    taken = [telling for telling in locked([run_id]) if telling.undone_with_turn and telling.heard_id is None]
    there = [telling for telling in taken if telling.receiver.deleted_at is None]
    _these(there).update(**_AS_NEW)
    return there, [telling for telling in taken if telling not in there]


def locked(runs: Iterable[UUID]) -> list[Telling]:
    """Return what `runs` have told, with the receivers; nobody begins to hear it before the transaction ends."""
    rows = Telling.objects.select_for_update(of=("self",)).select_related("receiver")
    return list(rows.filter(run__in=runs).order_by("pk"))


def look_again(receiver: Entity) -> None:
    """See anew whether something holds what waits: how far the initiative of `receiver` goes was changed."""
    Telling.objects.filter(receiver=receiver, heard=None).update(held_until=None, held_by="")


def _now(telling: Telling) -> QuerySet[Telling]:
    return Telling.objects.filter(pk=telling.pk)


def _these(told: Iterable[Telling]) -> QuerySet[Telling]:
    return Telling.objects.filter(pk__in=[telling.pk for telling in told])


def _rests(telling: Telling) -> bool:
    """Whether the exchange that told it was deleted, maybe just now."""
    return Run.objects.filter(pk=telling.run_id).exclude(deleted_at=None).exists()


def _due() -> QuerySet[Telling]:
    rows = Telling.objects.select_related("receiver__owner", "run__conversation__entity")
    held = Q(held_until=None) | Q(held_until__lte=timezone.now())
    there = rows.filter(held, heard=None, withdrawn_at=None).filter(
        receiver__archived_at=None,
        receiver__deleted_at=None,
        run__deleted_at=None,
        run__conversation__entity__deleted_at=None,
    )
    return there.exclude(receiver__initiative__runs_per_day=0).order_by("created_at", "pk")


def _hold(receiver: Entity, now: datetime) -> tuple[datetime | None, str]:
    """Return until when nothing may begin, and for what reason: quiet hours, or a day whose budget is used up."""
    settings = Initiative.of(receiver.pk)
    if quiet_end := settings.quiet_end(now, initiative.zone(receiver)):
        return quiet_end, Telling.HeldBy.QUIET
    start, end = initiative.day(receiver, now)
    if initiative.own_runs(receiver, start) >= settings.runs_per_day:
        return end, Telling.HeldBy.BUDGET
    return None, ""


def _trigger(telling: Telling, now: datetime) -> Trigger:
    late = now - telling.created_at
    return Trigger(
        kind="agent_message",
        content=telling.text
        if late < initiative.LATE
        else f"{telling.text} (This was told {initiative.span(late)} ago.)",
        at=now,
        sender=telling.sender.name,
        hops=telling.hops,
        told_in=str(telling.run_id),
        telling=telling.pk,
    )


def _receiver(to: str, conversation: Conversation) -> Entity:
    """Return whom `to` names: a slug, or a name that one of the owner's other entities has."""
    own = Entity.objects.filter(owner=conversation.owner_id, archived_at=None, deleted_at=None)
    others = own.exclude(pk=conversation.entity_id)
    found: list[Entity] = list(others.filter(Q(slug=to.casefold()) | Q(name__iexact=to))[:MOST_NAMED])
    exact = [each for each in found if each.slug == to.casefold()]
    if len(found) == 1 or len(exact) == 1:
        return (exact or found)[0]
    if found:
        raise ActionFailed(f"More than one is called {to}. Say which: {', '.join(each.slug for each in found)}.")
    names = list(others.order_by("-pk").values_list("name", flat=True)[:MOST_NAMED])
    if not names:
        raise ActionFailed("There is nobody else to tell anything.")
    raise ActionFailed(f"There is nobody called {to}. There are: {', '.join(names)}.")
