"""What an address names: somebody's own conversation, or a cursor; and whether a part of the page is asked for."""

import uuid

from django.http import Http404, HttpRequest

from interactions.models import Conversation
from interactions.web.request import person


def conversation_of(request: HttpRequest, pk: uuid.UUID) -> Conversation:
    """Return the signed-in person's conversation with its entity. Raises `Http404` for anybody else's."""
    conversations = Conversation.objects.for_user(person(request)).select_related("entity")
    found: Conversation | None = conversations.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def whole_number(text: str | None) -> int | None:
    """Return a cursor as a number from 0, or None for what is none."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 18:
        return None
    return int(text)


def by_htmx(request: HttpRequest) -> bool:
    """Whether a part of the page is asked for, not a page (nor a page of the browser's history)."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers
