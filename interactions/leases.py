"""A run in a worker's hands: claimed, held, given back, ended. Each function is one transaction, or part of one.

The run's row is the job. Whoever claims it holds a lease by the database's clock, and a fence: a number that every
claim raises. A worker with a lower fence commits nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from agents import statements
from agents.events import Draft, Event, RunFinished
from interactions import doorbell, log
from interactions.errors import LeaseLost
from interactions.models import Conversation, Run
from interactions.record import record

MOST_CRASHES = 3
# The one that runs ("running" sorts behind "queued"), else the next in line: one that was woken stands before it.
_FIRST_OPEN = (
    "WHERE conversation_id = %s AND status IN ('queued', 'running') ORDER BY status DESC, position, created_at LIMIT 1"
)

_HELD = "WHERE id = %s AND fence = %s AND status = 'running'"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to commit to a run, until another claim raises the fence. `attempt` counts the claims so far."""

    run: Run
    fence: int
    conversation: Conversation
    attempt: int


def claim(known: Run, strategy: str = "") -> Lease | None:
    """Take the run for this worker; None when it is over, held by another, or not the first of its conversation.

    `strategy` is what a run gets that has none yet. A run whose third worker was lost ends here as failed.
    """
    with transaction.atomic(savepoint=False):
        # The conversation first, then the run: whoever held the lock before may have changed the run.
        conversation = log.lock(known.conversation_id)
        run = next(iter(statements.select(Run, _FIRST_OPEN, conversation.pk)), None)
        now = statements.clock()
        if run is None or run.pk != known.pk or _is_held(run, now):
            return None
        if run.attempts >= MOST_CRASHES:
            reason = "The worker was lost three times while it worked on this. Try again."
            end(conversation, run, RunFinished(status="failed", reason=reason, code="crashed"))
            return None
        run.fence, run.attempts = run.fence + 1, run.attempts + 1
        run.status, run.started_at = Run.Status.RUNNING, run.started_at or now
        run.lease_until = now + _lease()
        run.strategy = run.strategy or strategy
        save(run, "status", "fence", "attempts", "lease_until", "started_at", "strategy")
        return Lease(run, run.fence, conversation, run.attempts)


def begin(lease: Lease, first: Sequence[Event]) -> None:
    """Log that the run has begun, or goes on, in the transaction in which it was claimed."""
    record(lease.conversation, lease.run, [Draft(event=event) for event in first])


def hold(lease: Lease) -> Conversation:
    """Return the run's conversation, locked, when `lease` still stands. Raises `LeaseLost`."""
    return ask(lease)()


def ask(lease: Lease) -> Callable[[], Conversation]:
    """Ask what `hold` does, and return what waits for the answer: see `statements.ask`."""
    # Two queries: what the run's row says must be read after the lock was had.
    locked = log.ask(lease.conversation.pk)
    standing = statements.ask_values(Run, ("id",), _HELD, lease.run.pk, lease.fence)

    def answer() -> Conversation:
        conversation = locked()
        if not standing():
            raise LeaseLost(f"run {lease.run.pk}, fence {lease.fence}")
        return conversation

    return answer


def standing(fences: dict[UUID, int]) -> set[UUID]:
    """Return those of the runs (id to fence) whose lease still stands."""
    rows = Run.objects.filter(pk__in=fences, status=Run.Status.RUNNING).values_list("pk", "fence")
    return {pk for pk, fence in rows if fences[pk] == fence}


def renew(held: Iterable[UUID]) -> None:
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


def finish(
    lease: Lease,
    finished: RunFinished,
    notes: Sequence[Event] = (),
    last: Callable[[], Sequence[Event]] | None = None,
) -> None:
    """End the run and ring for the next one of its conversation. `last` is called while the conversation is held, and
    returns what is to be told before the end. Raises `LeaseLost`."""
    with transaction.atomic(savepoint=False):
        conversation = hold(lease)
        told = [*notes, *(last() if last else ())]
        end(conversation, lease.run, finished, [Draft(event=event) for event in told])


def end(conversation: Conversation, run: Run, finished: RunFinished, before: Sequence[Draft] = ()) -> None:
    """End `run` of the locked `conversation` in the caller's transaction, and ring for the next one after it."""
    run.status, run.code, run.reason = Run.Status(finished.status), finished.code, finished.reason
    run.finished_at, run.lease_until = timezone.now(), None
    run.fence += 1
    save(run, "status", "code", "reason", "finished_at", "lease_until", "fence")
    if run.pause is not None:
        settle(conversation, run)
    record(conversation, run, [*before, Draft(event=finished)])
    ring_next(conversation)


def settle(conversation: Conversation, run: Run) -> None:
    """Note, in the caller's transaction, that `run` waits for nothing any more."""
    run.pause, run.wake_at = None, None
    save(run, "pause", "wake_at")
    if conversation.asking == run.pk:
        conversation.asking = None
        statements.update(Conversation, {"id": conversation.pk}, asking=None)


def ring_next(conversation: Conversation) -> None:
    """Ring, after the commit, for the run whose turn it is in `conversation` now."""
    for following in statements.select(Run, _FIRST_OPEN, conversation.pk):
        if following.status == Run.Status.QUEUED:
            ring_after_commit(following)


def waiting() -> QuerySet[Run]:
    """The runs that a worker could claim now: the first open one of each conversation, held by nobody.

    The sweeper rings for them.
    """
    free = Run.objects.filter(status__in=Run.OPEN).filter(
        Q(status=Run.Status.QUEUED) | Q(lease_until__lt=Now()) | Q(lease_until=None)
    )
    blocked = free.filter(
        status=Run.Status.QUEUED,  # one that was left running comes first, whatever was woken meanwhile
        conversation__runs__status__in=Run.OPEN,
        conversation__runs__position__lt=F("position"),
    ).values("pk")
    return free.exclude(pk__in=blocked).order_by("created_at")


def ring_after_commit(run: Run) -> None:
    """Ring for `run` once the open transaction is committed."""
    transaction.on_commit(lambda: doorbell.ring(run.pk), robust=True)  # what is committed stands


def _is_held(run: Run, now: datetime) -> bool:
    return run.status == Run.Status.RUNNING and run.lease_until is not None and run.lease_until > now


def save(run: Run, *names: str) -> None:
    statements.update(Run, {"id": run.pk}, **{name: getattr(run, name) for name in names})


def _lease() -> timedelta:
    return timedelta(seconds=settings.MEMOS.lease_seconds)
