"""What an address names: somebody's own conversation, or a cursor; and whether a part of the page is asked for."""

import uuid

from django.http import Http404, HttpRequest

from agents import statements
from agents.models import Entity
from interactions.models import Conversation
from interactions.web.request import person


def conversation_of(request: HttpRequest, pk: uuid.UUID) -> Conversation:
    """Return the signed-in person's conversation with its entity. Raises `Http404` for anybody else's, and
    for one that was deleted."""
    found = Conversation.of(person(request), pk)
    entity = statements.get(Entity, id=found.entity_id) if found else None
    if found is None or entity is None:
        raise Http404
    found.entity = entity
    return found


def whole_number(text: str | None) -> int | None:
    """Return a cursor as a number from 0, or None for what is none."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 18:
        return None
    return int(text)


def by_htmx(request: HttpRequest) -> bool:
    """Whether a part of the page is asked for, not a page (nor a page of the browser's history)."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers
