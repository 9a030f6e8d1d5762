"""What all pages of an entity share: whose it is, its head, and the word about what was just saved."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from agents import state
from agents.errors import StateError
from agents.models import Entity, StateVersion
from interactions.headlines import headline
from interactions.web.lookup import whole_number
from interactions.web.request import person

TABS = (
    ("entity", "Overview"),
    ("entity_state", "State"),
    ("entity_memories", "Memories"),
    ("entity_triggers", "Triggers"),
    ("entity_versions", "Versions"),
    ("entity_settings", "Settings"),
)
HIGHEST = 2**31 - 1  # the most that a column of ours holds


def entity_of(request: HttpRequest, slug: str) -> Entity:
    """Return the signed-in person's entity. Raises `Http404` for anybody else's, and for a deleted one."""
    found: Entity | None = Entity.objects.for_user(person(request)).filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def frame(request: HttpRequest, entity: Entity, tab: str) -> dict[str, Any]:
    """Return what the head of each page shows. `?saved=N` is the version that was just made, with its undo."""
    return {
        "entity": entity,
        "tabs": [(name, words, name == tab) for name, words in TABS],
        "saved": _saved(request, entity),
    }


def back(request: HttpRequest, entity: Entity, tab: str, version: StateVersion | None, place: str = "") -> HttpResponse:
    """Go to a tab that says what was saved, or that there was nothing to save."""
    if version is None:
        messages.info(request, "Nothing was changed: it is like that already.")
    tail = f"?saved={version.number}" if version else ""
    return redirect(reverse(tab, args=[entity.slug]) + tail + (f"#{place}" if place else ""))


def refused(request: HttpRequest, entity: Entity, tab: str, error: StateError) -> HttpResponse:
    """Go to a tab that says why something was not done."""
    messages.error(request, str(error))
    return redirect(tab, entity.slug)


def _saved(request: HttpRequest, entity: Entity) -> dict[str, Any] | None:
    number = whole_number(request.GET.get("saved"))
    if number is None or not 1 < number <= min(entity.version, HIGHEST):
        return None
    version = StateVersion.objects.filter(entity=entity, number=number).first()
    if version is None:
        return None
    return {"number": number, "words": headline(version), "undone": state.undone_by(version)}
