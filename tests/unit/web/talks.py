"""Stored talks for tests of the pages."""

from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from agents import state
from agents.changes import Change
from agents.events import (
    ActionFinished,
    ActionStarted,
    Draft,
    Event,
    MessageReceived,
    QuestionAsked,
    RunFinished,
    RunStarted,
    StateChanged,
    TextFinished,
    Usage,
)
from agents.pause import Paused
from agents.triggers import Trigger
from interactions import log
from interactions.models import Conversation, Message, Run
from interactions.record import record


def say(conversation: Conversation, text: str = "Hello.", *, client: str = "") -> Run:
    """Store a message with its queued run, as `runs.send` does, but without its limits and bells."""
    with transaction.atomic():
        locked = log.lock(conversation.pk)
        message = Message.objects.create(
            conversation=locked,
            author="user",
            user=conversation.owner,
            text=text,
            client_message_id=client or str(uuid4()),
            seq=locked.last_seq + 1,
        )
        trigger = Trigger(kind="user_input", content=text, at=timezone.now(), message=str(message.pk))
        run = Run.objects.create(
            conversation=locked,
            message=message,
            trigger=trigger.model_dump(mode="json"),
            position=locked.last_seq + 1,
            branch=locked.branch,
        )
        received = MessageReceived(message=str(message.pk), text=text, client_message_id=message.client_message_id)
        log.append(locked, [Draft(event=received)], run.pk)
    conversation.refresh_from_db()
    return run


def write(run: Run, *lines: tuple[str, Event]) -> None:
    """Append (action, event) pairs to the run."""
    with transaction.atomic():
        locked = log.lock(run.conversation_id)
        log.append(locked, [Draft(event=event, action=action) for action, event in lines], run.pk)
        finished = [event for _, event in lines if isinstance(event, RunFinished)]
        status = finished[-1].status if finished else "running"
        Run.objects.filter(pk=run.pk).update(status=status, started_at=timezone.now() - timedelta(seconds=1))


def ask(run: Run, question: str, choices: tuple[str, ...] = (), action: str = "ask1") -> None:
    """Let the run wait for an answer, as its ledger does."""
    until = timezone.now() + timedelta(hours=1)
    write(run, (action, ActionStarted(name="ASK_USER")))
    with transaction.atomic():
        locked = log.lock(run.conversation_id)
        event = QuestionAsked(question=question, choices=choices, until=until, name="ASK_USER")
        record(locked, run, [Draft(event=event, action=action)])
    held = Paused(kind="question", action=action, name="ASK_USER", began=timezone.now(), text=question, choices=choices)
    Run.objects.filter(pk=run.pk).update(status="waiting", pause=held.model_dump(mode="json"), wake_at=until)
    Conversation.objects.filter(pk=run.conversation_id).update(asking=run.pk)
    run.refresh_from_db()


def begin(run: Run) -> None:
    write(run, ("", RunStarted(trigger="user_input", strategy="inline", model="m")))


def change(run: Run, action: str, name: str, *changes: Change, why: str = "") -> int:
    """Change the entity's state by an action of the run; return the version."""
    entity = run.conversation.entity
    version = state.apply(entity.pk, changes, cause=why or name, run=run.pk, action=action)
    assert version is not None
    changed = StateChanged(entity=entity.slug, version=version.number, changes=tuple(state.changes_of(version)))
    write(
        run,
        (action, ActionStarted(name=name, context=why)),
        (action, changed),
        (action, ActionFinished(name=name, result="done so", ms=120)),
    )
    return int(version.number)


def speak(run: Run, text: str = "I hear you.") -> None:
    pk = uuid4()
    spoken = TextFinished(is_thought=False, text=text, name="SPEAK", ms=900, message=str(pk))
    write(run, (uuid4().hex[:12], spoken))
    seq = Conversation.objects.get(pk=run.conversation_id).last_seq
    Message.objects.create(pk=pk, conversation=run.conversation, author="entity", text=text, run=run, seq=seq)


def end(run: Run, status: str = "finished", **more: object) -> None:
    usage = Usage(input_tokens=10, output_tokens=5, model_calls=1, actions=1, ms=1200)
    write(run, ("", RunFinished.model_validate({"status": status, "usage": usage, **more})))


def turn(conversation: Conversation, text: str = "Hello.", answer: str = "I hear you.") -> Run:
    """A whole turn: said, answered, finished."""
    run = say(conversation, text)
    begin(run)
    speak(run, answer)
    end(run)
    return run
