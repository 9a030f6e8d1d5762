"""Writing to a conversation: the log, the messages that speech makes, and the live stream after the commit."""

from collections.abc import Sequence

from django.db import transaction

from agents import statements
from agents.events import Draft, Event, QuestionAsked, TextFinished
from interactions import live, log
from interactions.models import Conversation, Message, Run


def record(conversation: Conversation, run: Run, drafts: Sequence[Draft]) -> None:
    """Append `drafts` of `run` to the log of the locked `conversation`, in the caller's transaction.

    Each speech and each question among them becomes a message. After the commit the events are published live.
    """
    lines = log.append(conversation, _with_messages(conversation, run, drafts), run.pk)
    transaction.on_commit(lambda: live.publish(conversation.pk, *lines))


def _with_messages(conversation: Conversation, run: Run, drafts: Sequence[Draft]) -> list[Draft]:
    done: list[Draft] = []
    for place, draft in enumerate(drafts, start=1):
        event = draft.event
        if (words := _said(event)) is not None:
            message = Message(
                conversation=conversation,
                author=Message.Author.ENTITY,
                text=words,
                run=run,
                seq=conversation.last_seq + place,
            )
            statements.insert(message)
            draft = draft.model_copy(update={"event": event.model_copy(update={"message": str(message.pk)})})
        done.append(draft)
    return done


def _said(event: Event) -> str | None:
    """What the person hears; None for all that is not said."""
    if isinstance(event, TextFinished):
        return None if event.is_thought else event.text
    return event.question if isinstance(event, QuestionAsked) else None
