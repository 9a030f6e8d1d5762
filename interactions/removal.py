"""Taking things out of sight, and back: an exchange of a talk, a whole talk. Nothing leaves the log here.

What was deleted is erased by the sweeper when `KEPT` is over (`interactions.erasure`): talks only; a deleted exchange
stays in the log of its talk.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from agents.events import Draft, Event, TurnDeleted, TurnRestored
from interactions import erasure, live, log, runs, tellings
from interactions.errors import NotFound, NotPossible
from interactions.models import Conversation, Message, Run, Telling
from interactions.settle import settle

KEPT = timedelta(days=30)
# Talks erased in one sweep.
MOST = 20


def delete_turn(run_id: UUID, user: User) -> tuple[Run, list[Telling]]:
    """Take a message with its answers out of the talk: not shown, and in no prompt; what they told rests.

    Return the run, and what was heard already of what the exchange told. Raises `NotFound` and `NotPossible`.
    """
    run = _own(run_id, user)
    with transaction.atomic():
        conversation = log.lock(run.conversation_id)
        found = _exchange(run)
        if any(each.status in Run.ALIVE for each in found):
            raise NotPossible("This reply is under way. Stop it, or wait until it is there.")
        heard = [telling for telling in tellings.locked(each.pk for each in found) if telling.heard_id is not None]
        if run.deleted_at is None:
            _mark(conversation, run, found, is_deleted=True)
    run.refresh_from_db()
    return run, heard


def restore_turn(run_id: UUID, user: User) -> Run:
    """Put a deleted exchange back into the talk. Raises `NotFound`."""
    run = _own(run_id, user)
    with transaction.atomic():
        conversation = log.lock(run.conversation_id)
        if run.deleted_at is not None:
            _mark(conversation, run, _exchange(run), is_deleted=False)
    run.refresh_from_db()
    return run


def delete_conversation(conversation: Conversation, user: User) -> None:
    """Take a talk out of every list, and stop what runs in it. Raises `NotFound` when it is not the user's."""
    if conversation.owner_id != user.pk:
        raise NotFound("There is no such conversation.")
    for pk in Run.objects.filter(conversation=conversation, status__in=Run.ALIVE).values_list("pk", flat=True):
        runs.cancel(pk, user)
    Conversation.objects.filter(pk=conversation.pk, deleted_at=None).update(deleted_at=timezone.now())


def restore_conversation(conversation_id: UUID, user: User) -> Conversation:
    """Put a deleted talk back. Raises `NotFound`."""
    found: Conversation | None = Conversation.objects.for_user(user).filter(pk=conversation_id).first()
    if found is None:
        raise NotFound("There is no such conversation.")
    Conversation.objects.filter(pk=found.pk).update(deleted_at=None)
    found.deleted_at = None
    return found


def erase_old() -> int:
    """Erase talks that were deleted longer than `KEPT` ago, and return how many."""
    old = Conversation.objects.filter(deleted_at__lt=timezone.now() - KEPT).values_list("pk", flat=True)
    found = list(old[:MOST])
    for pk in found:
        erasure.erase_conversation(pk, f"deleted by its owner more than {KEPT.days} days ago")
    return len(found)


def _exchange(run: Run) -> list[Run]:
    """The runs of one message that stand on the branch of `run`; a run without a message stands alone."""
    if run.message_id is None:
        return [run]
    return list(Run.objects.filter(message=run.message_id, branch=run.branch))


def _mark(conversation: Conversation, run: Run, found: Sequence[Run], *, is_deleted: bool) -> None:
    ids = [each.pk for each in found]
    at = timezone.now() if is_deleted else None
    Run.objects.filter(pk__in=ids).update(deleted_at=at)
    Message.objects.filter(run__in=ids).update(deleted_at=at)
    if run.message_id is not None:
        settle([run.message_id])
    names = tuple(str(pk) for pk in ids)
    message = str(run.message_id) if run.message_id else None
    event: Event = TurnDeleted(runs=names, message=message) if is_deleted else TurnRestored(runs=names, message=message)
    lines = log.append(conversation, [Draft(event=event)])
    transaction.on_commit(lambda: live.publish(conversation.pk, *lines))


def _own(run_id: UUID, user: User) -> Run:
    found = Run.objects.for_user(user).filter(pk=run_id, conversation__deleted_at=None)
    run: Run | None = found.select_related("message").first()
    if run is None:
        raise NotFound("There is no such answer.")
    return run
