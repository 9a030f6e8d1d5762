"""What a message may be: checked at every entry, before anything is written."""

import re
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models.functions import Now

from interactions.errors import InvalidMessage, TooManyMessages
from interactions.models import Message

MAX_TEXT = 20_000
_CLIENT_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def check_text(text: object) -> str:
    """Return the message's text, stripped. Raises `InvalidMessage` with what is wrong with it."""
    if not isinstance(text, str):
        raise InvalidMessage("The message must be text.")
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise InvalidMessage("The message is empty. Write something first.")
    if len(text) > MAX_TEXT:
        raise InvalidMessage(
            f"The message has {len(text):,} characters; {MAX_TEXT:,} are the most. Send it in several parts."
        )
    if "\x00" in text:
        raise InvalidMessage("The message holds a NUL character, which cannot be stored. Remove it and send again.")
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise InvalidMessage("The message holds half of a character (a lone surrogate). Remove it and send again.")
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
    """Raise `TooManyMessages` when the user has sent as many messages within a minute as are allowed."""
    most = settings.MEMOS.messages_per_minute
    since = Now() - timedelta(minutes=1)
    if Message.objects.filter(user=user, created_at__gt=since).count() >= most:
        raise TooManyMessages(f"That were {most} messages within a minute. Wait a little and send it again.")
