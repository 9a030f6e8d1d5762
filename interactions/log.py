"""The only writer and reader of the log: append-only, numbered 1..n in each conversation without a gap."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from agents.events import Draft, LoggedEvent, parse
from interactions.models import Conversation, EventRecord


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
    EventRecord.objects.bulk_create(_record(conversation, line, run) for line in lines)
    conversation.last_seq += len(lines)
    conversation.updated_at = now
    conversation.save(update_fields=["last_seq", "updated_at"])
    return lines


def lock(conversation_id: UUID) -> Conversation:
    """Return the conversation with its row locked until the transaction ends. Raises `Conversation.DoesNotExist`."""
    locked: Conversation = Conversation.objects.select_for_update().get(pk=conversation_id)
    return locked


def read(
    conversation_id: UUID, *, after: int = 0, before: int | None = None, limit: int | None = None, newest: bool = False
) -> list[LoggedEvent]:
    """Return the events with `after` < seq (< `before`), in order; with `limit` the first, or the `newest` ones."""
    rows = EventRecord.objects.filter(conversation_id=conversation_id, seq__gt=after)
    if before is not None:
        rows = rows.filter(seq__lt=before)
    rows = rows.order_by("-seq" if newest else "seq")
    events = [_logged(row) for row in (rows if limit is None else rows[:limit])]
    return events[::-1] if newest else events


def read_runs(runs: Iterable[UUID]) -> dict[str, list[LoggedEvent]]:
    """Return the events of each of `runs`, in order, by the run's id."""
    found: dict[str, list[LoggedEvent]] = {str(run): [] for run in runs}
    for row in EventRecord.objects.filter(run__in=list(found)).order_by("conversation_id", "seq"):
        found[str(row.run_id)].append(_logged(row))
    return found


def _record(conversation: Conversation, line: LoggedEvent, run: UUID | None) -> EventRecord:
    return EventRecord(
        conversation=conversation,
        seq=line.seq,
        kind=line.event.kind,
        run_id=run,
        action=line.action,
        at=line.at,
        payload=line.event.model_dump(mode="json", exclude={"kind"}),
    )


def _logged(row: EventRecord) -> LoggedEvent:
    return LoggedEvent(
        seq=row.seq,
        run=str(row.run_id) if row.run_id else None,
        action=row.action,
        at=row.at,
        event=parse(row.kind, row.payload),
    )
