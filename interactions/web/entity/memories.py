"""What an entity remembers: to be searched, edited, pinned, forgotten and brought back."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from agents import state
from agents.changes import MemoryValue, PutMemory
from agents.errors import StateError
from agents.models import Entity, Memory, StateVersion
from interactions.models import Message
from interactions.web.entity.frame import HIGHEST, back, entity_of, frame, refused
from interactions.web.lookup import by_htmx, whole_number
from interactions.web.request import person

PER_PAGE = 50
# What each button makes of a memory, and what the row then says. Where it says nothing, the button is the way back.
ACTS: dict[str, tuple[dict[str, Any], str]] = {
    "pin": ({"pinned": True}, ""),
    "unpin": ({"pinned": False}, ""),
    "forget": ({"forgotten": True}, "forgotten"),
    "recall": ({"forgotten": False}, "remembered again"),
}
SHOWN = (("", "Remembered"), ("pinned", "Pinned"), ("forgotten", "Forgotten"))


@require_GET
def memories(request: HttpRequest, slug: str) -> HttpResponse:
    """The memories, newest first, or those that `?q=` finds; `?show=` picks pinned or forgotten ones."""
    entity = entity_of(request, slug)
    words, show = request.GET.get("q", "")[:200].replace("\0", ""), request.GET.get("show", "")
    rows = _picked(Memory.objects.filter(entity=entity), show)
    for word in words.split():
        rows = rows.filter(Q(content__icontains=word) | Q(source__icontains=word))
    page: Page[Any] = Paginator(rows.order_by("-created_at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    query = urlencode({name: value for name, value in (("q", words), ("show", show)) if value})
    context = frame(request, entity, "entity_memories") | {
        "page": page,
        "rows": page.object_list,
        "talks": _talks(request, page.object_list),
        "q": words,
        "show": show,
        "filters": [(value, title, value == show) for value, title in SHOWN],
        "query": f"{query}&" if query else "",
    }
    template = "entities/memory_list.html" if by_htmx(request) else "entities/memories.html"
    return render(request, template, context)


@require_POST
def act(request: HttpRequest, slug: str, key: int, name: str) -> HttpResponse:
    """Pin, unpin, forget or bring back one memory. The row answers in place, with the way back in it."""
    entity = entity_of(request, slug)
    value = state.read(entity).memories.get(key)
    if value is None or name not in ACTS:
        raise Http404
    update, words = ACTS[name]
    made_on = whole_number(request.POST.get("version"))
    try:
        version = _changed(request, entity, key, value, update, entity.version if made_on is None else made_on)
    except StateError as error:
        if by_htmx(request):
            return HttpResponse(str(error), status=409, content_type="text/plain; charset=utf-8")
        return refused(request, entity, "entity_memories", error)
    if not by_htmx(request):
        return back(request, entity, "entity_memories", version, f"memory-{key}")
    entity.refresh_from_db()
    return _row(request, entity, key, version, words)


def _changed(
    request: HttpRequest, entity: Entity, key: int, value: MemoryValue, update: dict[str, Any], made_on: int
) -> StateVersion | None:
    change = PutMemory(id=key, memory=value.model_copy(update=update))
    author = person(request).get_username()
    return state.edit(entity.pk, [change], made_on=min(made_on, HIGHEST), cause="memory edited", author=author)


def _row(request: HttpRequest, entity: Entity, key: int, version: StateVersion | None, words: str) -> HttpResponse:
    row = Memory.objects.get(pk=key)
    undo = reverse("entity_undo", args=[entity.slug, version.number]) if version and words else ""
    context = {"entity": entity, "row": row, "talks": _talks(request, [row]), "undo": undo, "words": words}
    return render(request, "entities/memory_row.html", context)


def _picked(rows: QuerySet[Memory], show: str) -> QuerySet[Memory]:
    if show == "forgotten":
        return rows.exclude(forgotten_at=None)
    rows = rows.filter(forgotten_at=None)
    return rows.filter(pinned=True) if show == "pinned" else rows


def _talks(request: HttpRequest, rows: Any) -> dict[Any, str]:
    """Return the addresses of the talks in which memories were learned, by message."""
    ids = [row.message for row in rows if row.message]
    found = Message.objects.for_user(person(request)).filter(pk__in=ids).values_list("pk", "conversation_id")
    return {pk: f"/c/{talk}/" for pk, talk in found}
