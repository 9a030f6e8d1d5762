"""The only writer and reader of the log: append-only, numbered 1..n in each conversation without a gap."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from agents import statements
from agents.events import Draft, LoggedEvent, parse
from interactions.models import Conversation, EventRecord

# What a line of the log is made of: as values, a third of the cost of rows.
_LINE = ("run_id", "seq", "action", "at", "kind", "payload")
# By the numbers, not by the index of runs: of events without one there are many in all talks together.
_BARE = """WHERE conversation_id = %s AND seq >= %s AND seq <= %s AND COALESCE(run_id, NULL) IS NULL
ORDER BY seq DESC LIMIT %s"""


def append(conversation: Conversation, drafts: Sequence[Draft], run: UUID | None = None) -> list[LoggedEvent]:
    """Write `drafts` as the next events of `conversation` and return them.

    The caller holds the conversation's row lock (`lock`) in an open transaction; its `last_seq` is moved and saved.
    """
    assert transaction.get_connection().in_atomic_block, "the log is written in one transaction with what it tells"
    now = timezone.now()
    lines = [
        LoggedEvent(
            seq=conversation.last_seq + number,
            run=str(run) if run else None,
            action=draft.action,
            at=now,
            event=draft.event,
        )
        for number, draft in enumerate(drafts, start=1)
    ]
    records = [_record(conversation, line, run) for line in lines]
    conversation.last_seq += len(lines)
    conversation.updated_at = now
    told = {"last_seq": conversation.last_seq, "updated_at": now}
    statements.insert_with(EventRecord, records, Conversation, {"id": conversation.pk}, **told)
    return lines


def copy(conversation: Conversation, lines: Sequence[LoggedEvent], runs: Mapping[str, UUID]) -> None:
    """Write `lines` of another talk as the next events of this one, with their times; `runs` names the runs anew.

    As for `append`, the caller holds the conversation's row lock.
    """
    for number, line in enumerate(lines, start=1):
        run = runs[line.run] if line.run else None
        same = line.model_copy(update={"seq": conversation.last_seq + number})
        statements.insert_as(EventRecord, [_record(conversation, same, run)])
    conversation.last_seq += len(lines)
    statements.update(Conversation, {"id": conversation.pk}, last_seq=conversation.last_seq)


def lock(conversation_id: UUID) -> Conversation:
    """Return the conversation with its row locked until the transaction ends. Raises `Conversation.DoesNotExist`."""
    return ask(conversation_id)()


def ask(conversation_id: UUID) -> Callable[[], Conversation]:
    """Ask what `lock` does, and return what waits for the answer: see `statements.ask`."""
    answer = statements.ask(Conversation, lock=True, id=conversation_id)

    def locked() -> Conversation:
        conversation = answer()
        if conversation is None:
            raise Conversation.DoesNotExist(conversation_id)
        return conversation

    return locked


def read(
    conversation_id: UUID, *, after: int = 0, before: int | None = None, limit: int | None = None, newest: bool = False
) -> list[LoggedEvent]:
    """Return the events with `after` < seq (< `before`), in order; with `limit` the first, or the `newest` ones."""
    rows = EventRecord.objects.filter(conversation_id=conversation_id, seq__gt=after)
    if before is not None:
        rows = rows.filter(seq__lt=before)
    rows = rows.order_by("-seq" if newest else "seq")
    chosen = rows.values_list(*_LINE)
    events = [_line(*values) for values in (chosen if limit is None else chosen[:limit])]
    return events[::-1] if newest else events


def read_runs(runs: Iterable[UUID]) -> dict[str, list[LoggedEvent]]:
    """Return the events of each of `runs`, in order, by the run's id."""
    wanted = list(runs)
    found: dict[str, list[LoggedEvent]] = {str(run): [] for run in wanted}
    if wanted:
        places = ", ".join(["%s"] * len(wanted))
        tail = f"WHERE run_id IN ({places}) ORDER BY conversation_id, seq"
        for line in (_line(*values) for values in statements.values(EventRecord, _LINE, tail, *wanted)):
            found[str(line.run)].append(line)
    return found


def read_bare(conversation_id: UUID, lowest: int, highest: int | None, limit: int) -> list[LoggedEvent]:
    """Return the events from number `lowest` to `highest` that belong to no run, in order; the newest ones of many."""
    upper = statements.LARGEST if highest is None else highest
    rows = statements.values(EventRecord, _LINE, _BARE, conversation_id, lowest, upper, limit)
    return [_line(*values) for values in reversed(rows)]


def moments(conversation_id: UUID, seqs: Sequence[int]) -> dict[int, datetime]:
    """Return when the events with these numbers were written, by number."""
    places = ", ".join(["%s"] * len(seqs))
    tail = f"WHERE conversation_id = %s AND seq IN ({places})"
    return dict(statements.values(EventRecord, ("seq", "at"), tail, conversation_id, *seqs))


def outcomes(runs: Iterable[UUID]) -> list[tuple[str, str, int]]:
    """Return how often actions of `runs` finished or failed: kind of event, name of the action, how often."""
    rows = _ended_actions(runs).values_list("kind", "payload__name").annotate(count=Count("pk")).order_by()
    return [(kind, name or "SPEAK", count) for kind, name, count in rows]


def ended_actions(runs: Iterable[UUID]) -> list[tuple[UUID, str, str]]:
    """Return the actions of `runs` that finished or failed: run, kind of event, name of the action."""
    rows = _ended_actions(runs).values_list("run_id", "kind", "payload__name")
    return [(run, kind, name or "SPEAK") for run, kind, name in rows.order_by("conversation", "seq")]


def _ended_actions(runs: Iterable[UUID]) -> QuerySet[EventRecord]:
    texts = Q(kind="text.finished", payload__is_partial=False)
    ended = Q(kind__in=("action.finished", "action.failed")) | texts
    return EventRecord.objects.filter(ended, run__in=list(runs))


def has(conversation_id: UUID, kinds: Iterable[str], *, after: int) -> bool:
    """Return whether an event of one of `kinds` was written after `after`."""
    return EventRecord.objects.filter(conversation_id=conversation_id, seq__gt=after, kind__in=list(kinds)).exists()


@dataclass(frozen=True, slots=True)
class _Record:
    """What the row of an event holds, without what an `EventRecord` costs to make."""

    conversation_id: UUID
    seq: int
    kind: str
    run_id: UUID | None
    action: str
    at: datetime
    payload: dict[str, Any]


def _record(conversation: Conversation, line: LoggedEvent, run: UUID | None) -> _Record:
    return _Record(conversation.pk, line.seq, line.event.kind, run, line.action, line.at, line.payload)


def _line(run: UUID | None, seq: int, action: str, at: datetime, kind: str, payload: dict[str, Any]) -> LoggedEvent:
    return LoggedEvent(seq=seq, run=str(run) if run else None, action=action, at=at, event=parse(kind, payload))
