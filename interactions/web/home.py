"""Home: who is there, how they are, what they are doing, what was said last, and what it took."""

import hashlib
import re
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from agents.models import Entity
from interactions import runs
from interactions.errors import InteractionError
from interactions.models import Conversation
from interactions.web import overview
from interactions.web.request import person

CARDS_PER_PAGE = 12
NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The first page: on a first start with sentences to send, later with what is going on."""
    return render(request, "home.html", _context(request))


@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """The part of home that changes by itself; 204 while it looks as the page says it has `seen` it."""
    html = render_to_string("partials/home_live.html", _context(request) | {"is_update": True}, request)
    # The CSRF token is masked anew in every answer.
    fingerprint = hashlib.sha256(re.sub(r' value="[^"]*"', "", html).encode()).hexdigest()[:16]
    if request.GET.get("seen") == fingerprint:
        return HttpResponse(status=204)
    return HttpResponse(html.replace("seen=0", f"seen={fingerprint}", 1))


@require_POST
def talk(request: HttpRequest, slug: str) -> HttpResponse:
    """Start a conversation with an entity, with a first sentence if one was given, and go there."""
    user = person(request)
    entity = get_object_or_404(Entity.objects.for_user(user), slug=slug, archived_at=None)
    text = request.POST.get("text", "")
    try:
        with transaction.atomic():  # an empty conversation is not left behind when its first message is refused
            conversation = runs.start_conversation(user, entity)
            if text:
                runs.send(conversation, user, text)
    except InteractionError as error:
        context = {"entity": entity, "text": text, "error": error}
        return render(request, "errors/unsent.html", context, status=error.status)
    return redirect(conversation)


@require_GET
def conversations(request: HttpRequest) -> HttpResponse:
    """Go to the latest conversation; without one, say how to begin."""
    latest = Conversation.objects.for_user(person(request)).filter(deleted_at=None).order_by("-updated_at").first()
    if latest is None:
        return render(request, "home.html", _context(request))  # which teaches how to begin
    return redirect(latest)


def _context(request: HttpRequest) -> dict[str, Any]:
    user = person(request)
    doing, usage = overview.doing_now(user), overview.usage(user)
    page: Page[Any] = Paginator(overview.cards(user), CARDS_PER_PAGE).get_page(request.GET.get("page"))
    recent = overview.recent(user)
    count = page.paginator.count
    return {
        "page": page,
        "cards": [overview.Card.of(entity, doing, usage) for entity in page],
        "heading": f"{minds(count)}, waiting for a first word" if count else "Nobody is here yet",
        "lead": _lead(count, doing),
        "recent": recent[: overview.ROWS],
        "conversation_count": overview.conversation_count(user) if len(recent) > overview.ROWS else len(recent),
        "running": doing,
        "usage": usage,
        "live_url": f"{reverse('home_live')}?seen=0&page={page.number}",
    }


def minds(count: int) -> str:
    """Return how many entities there are, in words."""
    number = NUMBERS[count] if count < len(NUMBERS) else str(count)
    return f"{number} mind{'' if count == 1 else 's'}"


def _lead(count: int, doing: list[overview.Doing]) -> str:
    verb = "is" if count == 1 else "are"
    busy = list(dict.fromkeys(each.entity.name for each in doing))
    if not busy:
        return f"{minds(count)} {verb} here, at rest."
    names = busy[0] if len(busy) == 1 else f"{', '.join(busy[:-1])} and {busy[-1]}"
    return f"{minds(count)} {verb} here. {names} {'is' if len(busy) == 1 else 'are'} busy."
