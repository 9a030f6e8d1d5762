"""Runs that wait: for the person's answer to a question, or for a moment. A waiting run is a row and nothing else, so
it outlives every process; the sweeper wakes it in time, or ends it when nobody has answered.

The queue of its conversation goes on meanwhile. At most one question is open in a conversation: whatever the person
writes next is its answer.
"""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from agents import failpoints, statements
from agents.errors import ActionFailed
from agents.events import (
    ActionFailedEvent,
    ActionFinished,
    Draft,
    Event,
    LoggedEvent,
    QuestionAsked,
    RunFinished,
    RunStarted,
    WaitStarted,
)
from agents.pause import Pause, Paused
from agents.timers import in_words
from interactions import leases, log
from interactions.due import each
from interactions.leases import Lease
from interactions.models import Conversation, Initiative, Message, Run
from interactions.record import record

# A run that has waited so often does not wait again: it would never end.
MOST_PAUSES = 12
# Runs woken in one sweep; the next sweep comes soon.
MOST = 200


def pause(lease: Lease, conversation: Conversation, action: str, name: str, pause: Pause) -> Event:
    """Let the run of `lease` wait, in the transaction that commits its action, and return the event that says so.

    From then on the lease is worth nothing. Raises `ActionFailed` when it may not wait.
    """
    run = lease.run
    if run.pauses >= MOST_PAUSES:
        raise ActionFailed(f"You have waited {MOST_PAUSES} times in this turn: go on without.")
    if pause.kind == "question" and conversation.asking is not None:
        raise ActionFailed("A question of yours is still open in this talk: wait for its answer.")
    now = statements.clock()
    seconds = pause.seconds or Initiative.of(conversation.entity_id).answer_hours * 3600
    held = Paused(kind=pause.kind, action=action, name=name, began=now, text=pause.text, choices=pause.choices)
    run.status, run.lease_until, run.wake_at = Run.Status.WAITING, None, now + timedelta(seconds=seconds)
    run.pause, run.pauses = held.model_dump(mode="json"), run.pauses + 1
    # Neither a crash nor its long sleep counts against a run that waited well.
    run.attempts, run.started_at, run.fence = 0, None, run.fence + 1
    leases.save(run, "status", "lease_until", "wake_at", "pause", "pauses", "attempts", "started_at", "fence")
    if pause.kind == "question":
        conversation.asking = run.pk
        statements.update(Conversation, {"id": conversation.pk}, asking=run.pk)
    leases.ring_next(conversation)
    if pause.kind == "moment":
        return WaitStarted(until=run.wake_at, what=pause.text, name=name)
    return QuestionAsked(question=pause.text, choices=pause.choices, until=run.wake_at, name=name)


def asker(conversation: Conversation) -> tuple[Run, Paused]:
    """Return the run whose question is open in the locked `conversation`, and the question."""
    run = statements.get(Run, id=conversation.asking)
    assert run is not None and run.status == Run.Status.WAITING, "`asking` names a run that waits"
    return run, Paused.model_validate(run.pause)


def is_open(conversation: Conversation, run: UUID, action: str) -> bool:
    """Whether the question that `run` asked in `action` is the open one of the locked `conversation`."""
    return conversation.asking == run and asker(conversation)[1].action == action


def worked(lines: Iterable[LoggedEvent]) -> timedelta:
    """Return how long a run has worked before its last pause, as its events say; what it waited does not count."""
    total, began = timedelta(), None
    for line in lines:
        if isinstance(line.event, RunStarted):
            began = began or line.at
        elif began is not None and isinstance(line.event, QuestionAsked | WaitStarted):
            total, began = total + (line.at - began), None
    return total


def answer(conversation: Conversation, run: Run, held: Paused, message: Message, received: Event) -> None:
    """Let the run go on with the person's stored `message`, in the caller's transaction."""
    said = f"they answered: {message.text}"[:500]
    _go_on(conversation, run, held, [Draft(event=received)], said)


def wake_due() -> int:
    """Wake the runs whose moment has come, end those whose question nobody has answered; return how many those were."""
    due = Run.objects.filter(status=Run.Status.WAITING, wake_at__lte=Now()).order_by("wake_at")
    return each(_wake, due.values_list("pk", "conversation_id")[:MOST])


def _wake(key: tuple[UUID, UUID]) -> bool:
    """Wake one run, if it is still due; False when somebody else was quicker."""
    run_id, conversation_id = key
    with transaction.atomic():
        conversation = log.lock(conversation_id)
        run = statements.get(Run, id=run_id)
        now = statements.clock()
        if run is None or run.status != Run.Status.WAITING or run.wake_at is None or run.wake_at > now:
            return False
        held = Paused.model_validate(run.pause)
        failpoints.hit("wake.before")
        if held.kind == "moment":
            _go_on(conversation, run, held, [], f"waited {in_words(round((now - held.began).total_seconds()))}")
        else:
            _give_up(conversation, run, held, f"Nobody answered within {_span(run, held)}.")
    failpoints.hit("wake.after")
    return True


def _go_on(conversation: Conversation, run: Run, held: Paused, before: list[Draft], result: str) -> None:
    """Put the run back into the queue, with the action done that it waited in."""
    run.status = Run.Status.QUEUED
    leases.save(run, "status")
    leases.settle(conversation, run)
    ms = round((statements.clock() - held.began).total_seconds() * 1000, 1)
    finished = ActionFinished(name=held.name, result=result, ms=ms)
    record(conversation, run, [*before, Draft(event=finished, action=held.action)])
    leases.ring_after_commit(run)


def _give_up(conversation: Conversation, run: Run, held: Paused, reason: str) -> None:
    failed = ActionFailedEvent(name=held.name, error=reason, code="unanswered")
    finished = RunFinished(status="cancelled", reason=reason, code="unanswered")
    leases.end(conversation, run, finished, [Draft(event=failed, action=held.action)])


def _span(run: Run, held: Paused) -> str:
    assert run.wake_at is not None, "a waiting run is woken at some time"
    return in_words(round((run.wake_at - held.began).total_seconds()))
