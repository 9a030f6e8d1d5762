"""What a message may be: checked at every entry, before anything is written."""

import re
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from agents import statements
from interactions.errors import InvalidMessage, TooManyMessages
from interactions.models import Message

MAX_TEXT = 20_000
_CLIENT_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def check_text(text: object, what: str = "message") -> str:
    """Return the text of a message (or of `what`), stripped. Raises `InvalidMessage` with what is wrong with it."""
    if not isinstance(text, str):
        raise InvalidMessage(f"The {what} must be text.")
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise InvalidMessage(f"The {what} is empty. Write something first.")
    if len(text) > MAX_TEXT:
        raise InvalidMessage(
            f"The {what} has {len(text):,} characters; {MAX_TEXT:,} are the most. Send it in several parts."
        )
    if "\x00" in text:
        raise InvalidMessage(f"The {what} holds a NUL character, which cannot be stored. Remove it and send again.")
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise InvalidMessage(f"The {what} holds half of a character (a lone surrogate). Remove it and send again.")
    return text


def check_client_id(value: object) -> str:
    """Return the client's id of a message, "" when it gives none. Raises `InvalidMessage`."""
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not _CLIENT_ID.fullmatch(value):
        raise InvalidMessage(
            "The message id must be 1 to 64 letters, digits, dots, colons, dashes or underscores.",
            field="client_message_id",
        )
    return value


def check_rate(user: User) -> None:
    """Raise `TooManyMessages` when the message just stored is one more than the user may send within a minute."""
    most = settings.MEMOS.messages_per_minute
    # One row of an index, however much was ever said: the one that would have to be older than a minute.
    tail = "WHERE user_id = %s ORDER BY created_at DESC LIMIT 1 OFFSET %s"
    oldest = statements.select(Message, tail, user.pk, most)
    if oldest and oldest[0].created_at > timezone.now() - timedelta(minutes=1):
        raise TooManyMessages(f"That were {most} messages within a minute. Wait a little and send it again.")
