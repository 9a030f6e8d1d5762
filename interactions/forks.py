"""Forking a talk: a new conversation that begins with a copy of another one's, up to a turn."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model

from agents.events import ConversationForked, Draft, LoggedEvent, MessageReceived, QuestionAsked, TextFinished
from interactions import log
from interactions.errors import NotFound, NotPossible
from interactions.models import Conversation, Message, Run

# Turns that a fork copies: the last ones before the place. A prompt holds far fewer.
MOST = 2_000


def fork(conversation: Conversation, run_id: UUID, user: User) -> Conversation:
    """Return a new talk with the same entity that begins with this one's shown turns, up to the run `run_id`.

    Messages, runs and events are copied with their times and numbered anew; the copies name where they came from.
    Raises `NotFound`, and `NotPossible` while the run is under way, or where it is not shown.
    """
    last: Run | None = conversation.runs.filter(pk=run_id).first()
    if last is None or conversation.owner_id != user.pk:
        raise NotFound("There is no such answer.")
    if last.status in Run.ALIVE:
        raise NotPossible("This reply is under way. Stop it, or wait until it is there.")
    if last.off_branch or last.deleted_at is not None:
        raise NotPossible("This reply is not in the talk as it stands. Bring it back, then fork.")
    with transaction.atomic():
        found = _turns(conversation, last)
        copy = Conversation.objects.create(
            owner=user,
            entity_id=conversation.entity_id,
            title=f"{conversation.title or 'Talk'} (fork)"[:120],
            folder_id=conversation.folder_id,
            forked_from=conversation.pk,
        )
        locked = log.lock(copy.pk)
        lines = _lines(found)
        forked = ConversationForked(
            conversation=str(conversation.pk),
            until=lines[-1].seq if lines else 0,
            title=conversation.title,
        )
        log.append(locked, [Draft(event=forked)])
        _copy(locked, found, lines, user)
        Conversation.objects.filter(pk=copy.pk).update(read_seq=locked.last_seq)
    copy.refresh_from_db()
    return copy


def _turns(conversation: Conversation, last: Run) -> list[Run]:
    shown = conversation.runs.filter(off_branch=False, deleted_at=None, position__lte=last.position)
    found = list(
        shown.exclude(status__in=Run.ALIVE).select_related("message").order_by("-position", "-created_at")[:MOST]
    )
    found.reverse()
    return [run for run in found if (run.position, run.created_at) <= (last.position, last.created_at)]


def _lines(found: Sequence[Run]) -> list[LoggedEvent]:
    by_run = log.read_runs(run.pk for run in found)
    return sorted((line for lines in by_run.values() for line in lines), key=lambda line: line.seq)


def _copy(copy: Conversation, found: Sequence[Run], lines: Sequence[LoggedEvent], user: User) -> None:
    """Write the copies: runs, messages, events. A message answered elsewhere first is copied with its own event."""
    runs = {str(run.pk): uuid4() for run in found}
    said = {str(run.message.pk): run.message for run in found if run.message is not None}
    spoken = {str(each.pk): each for each in Message.objects.filter(run__in=[run.pk for run in found])}
    messages = {name: uuid4() for name in (*said, *spoken)}
    asked = [name for name, each in spoken.items() if each.author == Message.Author.USER]  # answers to questions
    clients = {name: str(uuid4()) for name in (*said, *asked)}
    whole = _with_received(found, lines)
    drafts = [_translated(line, messages, clients) for line in whole]
    first = copy.last_seq + 1
    seqs = {name: first + place for place, line in enumerate(whole) if (name := _message_of(line)) is not None}
    positions = {line.run: first + place for place, line in reversed(list(enumerate(whole)))}
    begun = [_message(copy, said[name], messages[name], seqs[name], clients[name]) for name in said if name in seqs]
    _store(Message, begun)
    copies = [_run(copy, run, runs[str(run.pk)], messages, positions[str(run.pk)]) for run in found]
    _store(Run, copies)
    answers = [
        _message(copy, each, messages[name], seqs[name], clients.get(name, ""), runs[str(each.run_id)])
        for name, each in spoken.items()
        if name in seqs
    ]
    _store(Message, answers)
    log.copy(copy, drafts, {name: pk for name, pk in runs.items()})


def _with_received(found: Sequence[Run], lines: Sequence[LoggedEvent]) -> list[LoggedEvent]:
    """The events, each run's after its message: another answer's message was told by the first one."""
    told = {line.event.message for line in lines if isinstance(line.event, MessageReceived)}
    missing: dict[str, LoggedEvent] = {}
    for run in found:
        if run.message is not None and str(run.message.pk) not in told:
            told.add(str(run.message.pk))
            event = MessageReceived(message=str(run.message.pk), text=run.message.text)
            at = run.message.created_at
            missing[str(run.pk)] = LoggedEvent(seq=run.message.seq, run=str(run.pk), action="", at=at, event=event)
    whole: list[LoggedEvent] = []
    for line in lines:
        if line.run in missing:
            whole.append(missing.pop(line.run))
        whole.append(line)
    return whole


def _message_of(line: LoggedEvent) -> str | None:
    event = line.event
    return event.message if isinstance(event, MessageReceived | QuestionAsked | TextFinished) else None


def _translated(line: LoggedEvent, messages: Mapping[str, UUID], clients: Mapping[str, str]) -> LoggedEvent:
    """Return the event with the copies' ids in the places of the originals'."""
    event = line.event
    name = str(getattr(event, "message", None))
    changed = {"message": str(messages[name])} if name in messages else {}
    if isinstance(event, MessageReceived):
        changed["client_message_id"] = clients[event.message]
    return line.model_copy(update={"event": event.model_copy(update=changed)}) if changed else line


def _message(
    copy: Conversation, original: Message, pk: UUID, seq: int, client: str, run: UUID | None = None
) -> Message:
    return Message(
        pk=pk,
        conversation=copy,
        author=original.author,
        user_id=original.user_id,
        text=original.text,
        client_message_id=client,
        run_id=run,
        seq=seq,
        created_at=original.created_at,
        withdrawn_at=original.withdrawn_at,
    )


def _run(copy: Conversation, original: Run, pk: UUID, messages: Mapping[str, UUID], position: int) -> Run:
    kept = (
        "status",
        "strategy",
        "plan",
        "fence",
        "attempts",
        "code",
        "reason",
        "created_at",
        "started_at",
        "finished_at",
    )
    message = messages[str(original.message_id)] if original.message_id else None
    trigger = {**original.trigger, **({"message": str(message)} if message else {})}
    fields = {name: getattr(original, name) for name in kept}
    return Run(
        pk=pk,
        conversation=copy,
        message_id=message,
        trigger=trigger,
        position=position,
        copied_from=original.pk,
        **fields,
    )


def _store(model: type[Model], rows: Sequence[Any]) -> None:
    """Write rows with the times that they have: what fills in the present would make old messages new ones."""
    times = {row.pk: row.created_at for row in rows}
    model._default_manager.bulk_create(rows, batch_size=200)
    for row in rows:
        row.created_at = times[row.pk]
    model._default_manager.bulk_update(rows, ["created_at"], batch_size=200)
