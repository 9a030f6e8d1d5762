"""Finding: everything that was said, and the palette over whatever a person may want to go to or do."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from agents.models import Entity, Memory
from interactions import commands, search
from interactions.models import Conversation
from interactions.web.request import person

WORDS = 200
HITS = 60
# Rows of each kind in the palette.
EACH = 6


@dataclass(slots=True)
class Group:
    """The hits of one conversation, newest first."""

    conversation: Conversation
    hits: list[search.Hit] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the palette: where it leads, or the command that it puts into the composer."""

    icon: str
    title: str
    note: str = ""
    url: str = ""
    command: str = ""


@require_GET
def search_page(request: HttpRequest) -> HttpResponse:
    """Messages with the words of `?q=`, by conversation; for htmx the results alone."""
    words = asked(request)
    hits = search.find(person(request), words, HITS + 1)
    context = {
        "words": words,
        "groups": grouped(hits[:HITS]),
        "count": min(len(hits), HITS),
        "is_cut": len(hits) > HITS,
    }
    is_part = request.headers.get("HX-Target") == "hits"
    return render(request, "search/hits.html" if is_part else "search/search.html", context)


@require_GET
def palette(request: HttpRequest) -> HttpResponse:
    """What the words of `?q=` may mean: entities, conversations, memories, commands. `?talk=` is where one is."""
    user, words = person(request), asked(request)
    talk = _talk(user, request.GET.get("talk", ""))
    groups = [
        ("Entities", _entities(user, words)),
        ("Conversations", _conversations(user, words)),
        ("Memories", _memories(user, words)),
        ("Commands", _commands(words, talk)),
        ("Pages", _pages(request, words)),
    ]
    return render(request, "search/palette.html", {"groups": [group for group in groups if group[1]], "words": words})


def asked(request: HttpRequest) -> str:
    """Return what is searched for."""
    return request.GET.get("q", "").replace("\x00", "").strip()[:WORDS]


def grouped(hits: Iterable[search.Hit]) -> list[Group]:
    """Return the hits by conversation, in the order of their first ones."""
    groups: dict[uuid.UUID, Group] = {}
    for hit in hits:
        talk = hit.message.conversation
        groups.setdefault(talk.pk, Group(talk)).hits.append(hit)
    return list(groups.values())


def is_like(words: str, *texts: str) -> bool:
    """Whether the letters of each of `words` stand in one of `texts` in this order: "otl" is like "Ottilie"."""
    return all(any(_is_within(word, text.casefold()) for text in texts) for word in words.casefold().split())


def _is_within(word: str, text: str) -> bool:
    signs = iter(text)
    return all(sign in signs for sign in word)


def _loose(field_name: str, words: str) -> Q:
    """Rows whose field has the letters of each word in this order: the database's part of `is_like`."""
    found = Q()
    for word in words.split():
        letters = ".*".join(f"[{sign}]" if sign.isalnum() else f"[{sign}]" if sign in "-_'" else "." for sign in word)
        found &= Q(**{f"{field_name}__iregex": letters})
    return found


def _talk(user: User, pk: str) -> Conversation | None:
    try:
        found: Conversation | None = (
            Conversation.objects.for_user(user).filter(pk=uuid.UUID(pk), deleted_at=None).first()
        )
    except ValueError:
        return None
    return found


def _entities(user: User, words: str) -> list[Row]:
    rows = Entity.objects.for_user(user).filter(_loose("name", words), archived_at=None)[:EACH]
    return [Row("flower", row.name, row.tagline, url=reverse("entity", args=[row.slug])) for row in rows]


def _conversations(user: User, words: str) -> list[Row]:
    named = _loose("title", words) | _loose("entity__name", words) if words else Q()
    rows = Conversation.objects.for_user(user).filter(named, deleted_at=None).select_related("entity")[:EACH]
    return [Row("chats", str(row), row.entity.name, url=row.get_absolute_url()) for row in rows]


def _memories(user: User, words: str) -> list[Row]:
    if not words:
        return []
    named = Q()
    for word in words.split():
        named &= Q(content__icontains=word)
    rows = Memory.objects.filter(named, entity__owner=user, entity__deleted_at=None, forgotten_at=None)
    found = rows.select_related("entity")[:EACH]
    return [Row("memory-add", row.content, row.entity.name, url=_origin(row)) for row in found]


def _origin(memory: Memory) -> str:
    page = reverse("entity_memories", args=[memory.entity.slug])
    return reverse("message", args=[memory.message]) if memory.message else f"{page}?q={quote(memory.content[:60])}"


def _commands(words: str, talk: Conversation | None) -> list[Row]:
    if talk is None:
        return []
    found = [each for each in commands.ALL.values() if is_like(words.removeprefix("/"), each.name, each.summary)]
    return [Row("slash", f"/{each.name}", each.summary, command=f"/{each.name} ") for each in found]


def _pages(request: HttpRequest, words: str) -> list[Row]:
    pages: list[tuple[str, str, str]] = [
        ("home", "Home", reverse("home")),
        ("search", "Search all conversations", reverse("search")),
        ("plus", "New entity", reverse("new_entity")),
        ("forget", "Deleted conversations", reverse("deleted")),
        ("settings", "Settings", reverse("settings")),
    ]
    found = [Row(icon, title, url=url) for icon, title, url in pages if is_like(words, title)]
    if words:
        found.append(Row("search", f"Search all messages for “{words}”", url=f"{reverse('search')}?q={quote(words)}"))
    return found
