"""What tools outside of MemOS report: each result starts a run in a conversation, once, however often it is sent."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from agents.triggers import Trigger
from interactions import log, runs
from interactions.errors import InvalidMessage, InvalidResult, NotFound, ResultConflict, TooManyMessages
from interactions.models import Conversation, Message, Run
from interactions.validation import check_client_id, check_text

MAX_TOOL = 80


def report(conversation: Conversation, user: User, tool: str, content: str, client_id: str = "") -> Run:
    """Store the run that begins with the result of `tool`, in one commit, and return it; the same `client_id` in the
    same conversation returns the run that is there.

    Raises `InvalidResult`, `TooManyMessages`, `NotFound`, and `ResultConflict` when the id came with another result.
    """
    tool, content, client_id = _checked(tool, content, client_id)
    with transaction.atomic():
        locked = log.lock(conversation.pk)  # so that two who send one id come one after the other
        if locked.owner_id != user.pk or locked.deleted_at is not None:
            raise NotFound("There is no such conversation.")
        if client_id and (known := _known(locked, client_id)):
            if (known.trigger["sender"], known.trigger["content"]) != (tool, content):
                raise ResultConflict("This id was used before for another result. Send it with a new id.")
            return known
        _check_rate(user)
        trigger = Trigger(kind="tool_result", content=content, at=timezone.now(), sender=tool, client_id=client_id)
        return runs.start(locked, trigger)


def _checked(tool: str, content: str, client_id: str) -> tuple[str, str, str]:
    field = "tool"
    try:
        tool = " ".join(check_text(tool, "name of the tool").split())
        if len(tool) > MAX_TOOL:
            raise InvalidMessage(f"The name of the tool has {len(tool)} characters; {MAX_TOOL} are the most.")
        field = "content"
        content = check_text(content, "result")
        field = "client_id"
        return tool, content, check_client_id(client_id)
    except InvalidMessage as error:
        raise InvalidResult(str(error), field=field) from error


def _known(conversation: Conversation, client_id: str) -> Run | None:
    runs_of = Run.objects.filter(conversation=conversation, message=None, copied_from=None)
    sent = runs_of.filter(trigger__kind="tool_result", trigger__client_id=client_id)
    first: Run | None = sent.order_by("created_at").first()  # a later one is a second try
    return first


def _check_rate(user: User) -> None:
    """Messages and results have one limit together."""
    most, since = settings.MEMOS.messages_per_minute, timezone.now() - timedelta(minutes=1)
    said = Message.objects.filter(user=user, created_at__gt=since).count()
    reported = Run.objects.filter(conversation__owner=user, message=None, copied_from=None, created_at__gt=since)
    if said + reported.filter(trigger__kind="tool_result").count() >= most:
        raise TooManyMessages(
            f"That were {most} messages and results within a minute. Wait a little and send it again."
        )
