"""The life of a run, from the message that starts it to its end. Each function is one transaction.

The run's row is the job. Whoever claims it holds a lease by the database's clock, and a fence: a number that every
claim raises. A worker with a lower fence commits nothing.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from agents.events import Draft, Event, MessageReceived, RunFinished, RunStarted
from agents.models import Entity
from agents.triggers import Trigger
from interactions import doorbell, log
from interactions.errors import LeaseLost, MessageConflict, NotFound, NotPossible
from interactions.models import Conversation, Message, Run
from interactions.partial import spoken_so_far
from interactions.record import record
from interactions.validation import check_client_id, check_rate, check_text

MOST_CRASHES = 3


@dataclass(frozen=True, slots=True)
class Sent:
    """A stored message with the run that answers it. `is_new` is false for a resend."""

    message: Message
    run: Run
    seq: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to commit to a run, until another claim raises the fence."""

    run: Run
    fence: int
    conversation: Conversation
    entity: Entity
    attempt: int


def start_conversation(user: User, entity: Entity) -> Conversation:
    """Return a new conversation of `user` with `entity`. Raises `NotFound` when it is not the user's."""
    if entity.owner_id != user.pk or entity.archived_at is not None:
        raise NotFound("There is no such entity.")
    return Conversation.objects.create(owner=user, entity=entity)


def send(conversation: Conversation, user: User, text: str, client_message_id: str = "") -> Sent:
    """Store a message and the run that answers it in one commit; a resend of the same id returns what is stored.

    Raises `InvalidMessage`, `TooManyMessages`, and `MessageConflict` when the id came with another text before.
    """
    text = check_text(text)
    client_message_id = check_client_id(client_message_id) or str(uuid4())
    if conversation.owner_id != user.pk:
        raise NotFound("There is no such conversation.")
    try:
        return _store(conversation, user, text, client_message_id)
    except IntegrityError:  # the same id at the same time for another conversation, which has a lock of its own
        return _resent(Message.objects.get(user=user, client_message_id=client_message_id), conversation, text)


def _store(conversation: Conversation, user: User, text: str, client_message_id: str) -> Sent:
    with transaction.atomic():
        locked = log.lock(conversation.pk)
        known = Message.objects.filter(user=user, client_message_id=client_message_id).first()
        if known is not None:
            return _resent(known, conversation, text)
        check_rate(user)
        message = Message.objects.create(
            conversation=locked,
            author=Message.Author.USER,
            user=user,
            text=text,
            client_message_id=client_message_id,
            seq=locked.last_seq + 1,
        )
        run = _new_run(locked, message)
        if not locked.title:
            locked.title = _title(text)
            locked.save(update_fields=["title"])
        received = MessageReceived(message=str(message.pk), text=text, client_message_id=client_message_id)
        record(locked, run, [Draft(event=received)])
        _ring_after_commit(run)
    return Sent(message, run, message.seq, is_new=True)


def retry(run_id: UUID, user: User) -> Run:
    """Return a new run for the message of a run that failed or was stopped. Raises `NotFound`, `NotPossible`."""
    old = _own(run_id, user)
    with transaction.atomic():
        conversation = log.lock(old.conversation_id)
        old.refresh_from_db()
        if old.status not in (Run.Status.FAILED, Run.Status.CANCELLED) or old.message is None:
            raise NotPossible("Only a failed or stopped answer can be tried again.")
        if old.message.withdrawn_at is not None:
            raise NotPossible("This message was withdrawn. Send it again instead.")
        newest: Run | None = conversation.runs.filter(message=old.message).order_by("-created_at").first()
        if newest is not None and newest.status in Run.OPEN:
            return newest
        run = _new_run(conversation, old.message)
        _ring_after_commit(run)
    return run


def cancel(run_id: UUID, user: User) -> Run:
    """End a run now, whoever works on it; what it has said so far is kept. A run that is over is returned as it is.

    Raises `NotFound`.
    """
    run = _own(run_id, user)
    # Read before the lock is taken: Redis must not hold up the database.
    partial = spoken_so_far(run) if run.status == Run.Status.RUNNING else []
    with transaction.atomic():
        conversation = log.lock(run.conversation_id)
        run.refresh_from_db()
        if run.status not in Run.OPEN:
            return run
        _end(conversation, run, RunFinished(status="cancelled", reason="Stopped.", code="cancelled"), partial)
    return run


def withdraw(message_id: UUID, user: User) -> Message:
    """Take back a message that no run has begun to answer. Raises `NotFound`, `NotPossible`."""
    message: Message | None = Message.objects.for_user(user).filter(pk=message_id, author=Message.Author.USER).first()
    if message is None:
        raise NotFound("There is no such message.")
    with transaction.atomic():
        conversation = log.lock(message.conversation_id)
        message.refresh_from_db()
        if message.withdrawn_at is not None:
            return message
        run = message.runs.filter(status=Run.Status.QUEUED, attempts=0).first()
        if run is None:
            raise NotPossible("The answer to this message has begun. You can stop it instead.")
        message.withdrawn_at = timezone.now()
        message.save(update_fields=["withdrawn_at"])
        _end(conversation, run, RunFinished(status="cancelled", reason="Withdrawn.", code="withdrawn"))
    return message


def claim(run_id: UUID | str) -> Lease | None:
    """Take the run for this worker; None when it is over, held by another, or not the first of its conversation.

    A run whose third worker was lost ends here as failed.
    """
    with transaction.atomic():
        # The conversation first, then the run: whoever held the lock before may have changed the run.
        locked = Conversation.objects.select_for_update(of=("self",)).select_related("entity", "owner")
        conversation = locked.filter(runs=run_id).first()
        if conversation is None:
            return None
        run = _free(conversation).filter(pk=run_id).select_related("message").first()
        if run is None:
            return None
        if run.attempts >= MOST_CRASHES:
            reason = "The worker was lost three times while it worked on this. Try again."
            _end(conversation, run, RunFinished(status="failed", reason=reason, code="crashed"))
            return None
        run.fence, run.attempts = run.fence + 1, run.attempts + 1
        Run.objects.filter(pk=run.pk).update(
            status=Run.Status.RUNNING,
            fence=run.fence,
            attempts=run.attempts,
            lease_until=Now() + _lease(),
            started_at=run.started_at or timezone.now(),
        )
        return Lease(run, run.fence, conversation, conversation.entity, run.attempts)


def _free(conversation: Conversation) -> QuerySet[Run]:
    """The run of the conversation whose turn it is, unless somebody holds it."""
    earlier = Run.objects.filter(
        Q(position__lt=OuterRef("position")) | Q(position=OuterRef("position"), created_at__lt=OuterRef("created_at")),
        conversation=conversation.pk,
        status__in=Run.OPEN,
    )
    held = Q(status=Run.Status.RUNNING, lease_until__gt=Now())
    return Run.objects.filter(~Exists(earlier), conversation=conversation.pk, status__in=Run.OPEN).exclude(held)


def begin(lease: Lease, started: RunStarted, notes: list[Event]) -> None:
    """Log that the run has begun, or goes on. Raises `LeaseLost`."""
    with transaction.atomic():
        conversation = hold(lease)
        if lease.run.strategy != started.strategy:
            Run.objects.filter(pk=lease.run.pk).update(strategy=started.strategy)
        record(conversation, lease.run, [Draft(event=event) for event in (started, *notes)])


def hold(lease: Lease) -> Conversation:
    """Return the run's conversation, locked, when `lease` still stands. Raises `LeaseLost`."""
    # Two queries: what the run's row says must be read after the lock was had.
    conversation = log.lock(lease.conversation.pk)
    if not Run.objects.filter(pk=lease.run.pk, fence=lease.fence, status=Run.Status.RUNNING).exists():
        raise LeaseLost(f"run {lease.run.pk}, fence {lease.fence}")
    return conversation


def standing(fences: dict[UUID, int]) -> set[UUID]:
    """Return those of the runs (id to fence) whose lease still stands."""
    rows = Run.objects.filter(pk__in=fences, status=Run.Status.RUNNING).values_list("pk", "fence")
    return {pk for pk, fence in rows if fences[pk] == fence}


def renew(held: set[UUID]) -> None:
    """Prolong the leases of these runs, which stand."""
    Run.objects.filter(pk__in=held, status=Run.Status.RUNNING).update(lease_until=Now() + _lease())


def release(lease: Lease) -> None:
    """Give the run back as it is, for another worker to go on with; it does not count as a crash."""
    with transaction.atomic():
        log.lock(lease.conversation.pk)
        Run.objects.filter(pk=lease.run.pk, fence=lease.fence, status=Run.Status.RUNNING).update(
            status=Run.Status.QUEUED, lease_until=None, attempts=F("attempts") - 1, fence=F("fence") + 1
        )
    doorbell.ring(lease.run.pk)


def finish(lease: Lease, finished: RunFinished, notes: list[Event]) -> None:
    """End the run and ring for the next one of its conversation. Raises `LeaseLost`."""
    with transaction.atomic():
        conversation = hold(lease)
        _end(conversation, lease.run, finished, [Draft(event=event) for event in notes])


def waiting() -> QuerySet[Run]:
    """The runs that a worker could claim now: the first open one of each conversation, held by nobody.

    The sweeper rings for them.
    """
    free = Run.objects.filter(status__in=Run.OPEN).filter(
        Q(status=Run.Status.QUEUED) | Q(lease_until__lt=Now()) | Q(lease_until=None)
    )
    blocked = free.filter(
        conversation__runs__status__in=Run.OPEN, conversation__runs__position__lt=F("position")
    ).values("pk")
    return free.exclude(pk__in=blocked).order_by("created_at")


def _own(run_id: UUID, user: User) -> Run:
    run: Run | None = Run.objects.for_user(user).filter(pk=run_id).first()
    if run is None:
        raise NotFound("There is no such run.")
    return run


def _resent(known: Message, conversation: Conversation, text: str) -> Sent:
    if known.text != text or known.conversation_id != conversation.pk:
        raise MessageConflict("This message id was used before for another message. Send it with a new id.")
    run = known.runs.order_by("created_at").first()
    assert run is not None, "a message is stored with its run"
    return Sent(known, run, known.seq, is_new=False)


def _new_run(conversation: Conversation, message: Message) -> Run:
    trigger = Trigger(kind="user_input", content=message.text, at=timezone.now(), message=str(message.pk))
    # Behind everything that is in the log; several of one moment keep their order by creation.
    return Run.objects.create(
        conversation=conversation,
        message=message,
        trigger=trigger.model_dump(mode="json"),
        position=conversation.last_seq + 1,
    )


def _end(conversation: Conversation, run: Run, finished: RunFinished, before: list[Draft] | None = None) -> None:
    run.status, run.code, run.reason = finished.status, finished.code, finished.reason
    run.finished_at, run.lease_until = timezone.now(), None
    run.fence += 1
    run.save(update_fields=["status", "code", "reason", "finished_at", "lease_until", "fence"])
    record(conversation, run, [*(before or []), Draft(event=finished)])
    following = conversation.runs.filter(status=Run.Status.QUEUED).order_by("position", "created_at").first()
    if following is not None:
        _ring_after_commit(following)


def _ring_after_commit(run: Run) -> None:
    transaction.on_commit(lambda: doorbell.ring(run.pk))


def _lease() -> timedelta:
    return timedelta(seconds=settings.MEMOS.lease_seconds)


def _title(text: str) -> str:
    line = " ".join(text.split())
    if len(line) <= 60:
        return line
    return line[:60].rsplit(" ", 1)[0].rstrip(",.;:") + "…"
