"""The history of a state: its versions, what differs between any two, and the ways back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from agents import state
from agents.errors import StateError
from agents.models import Entity, StateVersion
from interactions import ways_back
from interactions.differences import Difference, differences
from interactions.entity_forks import fork_entity
from interactions.headlines import headline
from interactions.ways_back import WayBack
from interactions.web.entity.frame import HIGHEST, back, entity_of, frame, refused
from interactions.web.lookup import by_htmx, whole_number
from interactions.web.request import person

PER_PAGE = 30
# Rows of a list that the page of one version shows.
ROWS = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A version in a list. `undone` is the version that took it back, None when it is in effect."""

    version: StateVersion
    words: str
    who: str
    differences: Sequence[Difference]
    undone: int | None


def lines_of(request: HttpRequest, versions: Sequence[StateVersion]) -> list[Line]:
    """Return the lines of one entity's `versions` (one query, and one more where undos were undone)."""
    undone, me = state.undone_among(versions), person(request).get_username()
    return [
        Line(
            version,
            headline(version),
            "you" if version.author == me else version.author or "itself",
            differences(state.changes_of(version)),
            undone.get(version.number),
        )
        for version in versions
    ]


@require_GET
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    """The versions, the latest first; `?before=` goes on from there."""
    entity = entity_of(request, slug)
    rows = StateVersion.objects.filter(entity=entity).order_by("-number")
    before = whole_number(request.GET.get("before"))
    if before is not None:
        rows = rows.filter(number__lt=min(before, HIGHEST))
    found = list(rows[: PER_PAGE + 1])
    context = {
        "lines": lines_of(request, found[:PER_PAGE]),
        "more": found[PER_PAGE - 1].number if len(found) > PER_PAGE else None,
    }
    template = "entities/version_list.html" if by_htmx(request) else "entities/versions.html"
    return render(request, template, frame(request, entity, "entity_versions") | context)


@require_GET
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The whole state at one version, and what has become different since."""
    entity = entity_of(request, slug)
    then = _view(entity, number).whole()
    row = StateVersion.objects.get(entity=entity, number=number)
    context = {
        "line": lines_of(request, [row])[0],
        "view": then,
        "since": differences(state.diff(then, state.read(entity))),
        "goals": then.active_goals().values(),
        "desires": [desire for desire in then.desires.values() if desire.status == "active"],
    }
    return render(request, "entities/version.html", frame(request, entity, "entity_versions") | context)


@require_GET
def memories_then(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What it remembered at one version: a part of that version's page, loaded when it is opened."""
    entity = entity_of(request, slug)
    known = [memory for memory in _view(entity, number).memories.values() if not memory.forgotten]
    context = frame(request, entity, "entity_versions") | {
        "number": number,
        "memories": known[:ROWS],
        "more": max(0, len(known) - ROWS),
        "is_part": by_htmx(request),
    }
    return render(request, "entities/memories_then.html", context)


@require_GET
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """What differs between the versions `?one=` and `?other=` (empty: the first before the latest, and the latest)."""
    entity = entity_of(request, slug)
    one, other = _numbers(request, entity)
    error, found = "", list[Difference]()
    try:
        before, after = (state.state_at(entity.pk, number) for number in (one, other))
        found = differences(state.diff(before, after))
    except StateError as refusal:
        error = str(refusal)
    context = frame(request, entity, "entity_versions") | {
        "one": one,
        "other": other,
        "differences": found,
        "error": error,
    }
    return render(request, "entities/compare.html", context, status=400 if error else 200)


@require_POST
def undo(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Take one version back, and forth again what the undo of a turn had taken back of what was told."""
    return _go_back(request, slug, number, _undo)


@require_POST
def rollback(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Make the state what it was at one version."""
    return _go_back(request, slug, number, _rollback)


@require_POST
def fork(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Begin somebody new with the state at one version, and go there."""
    entity, user = _with_version(request, slug, number), person(request)
    name = " ".join(request.POST.get("name", "").replace("\0", "").split())[:80]
    new = fork_entity(entity, number, owner=user, name=name or f"{entity.name}, from v {number}"[:80])
    return redirect("entity", new.slug)


def _undo(entity: Entity, number: int, author: str) -> WayBack:
    return ways_back.undo_version(entity, number, author=author)


def _rollback(entity: Entity, number: int, author: str) -> WayBack:
    return WayBack(state.rollback(entity.pk, number, author=author))


def _go_back(request: HttpRequest, slug: str, number: int, way: Callable[[Entity, int, str], WayBack]) -> HttpResponse:
    entity = _with_version(request, slug, number)
    tab = "entity_memories" if request.POST.get("tab") == "memories" else "entity_versions"
    try:
        made = way(entity, number, person(request).get_username())
    except StateError as error:
        return refused(request, entity, tab, error)
    for sentence in made.said:
        messages.info(request, sentence)
    return back(request, entity, tab, made.version)


def _with_version(request: HttpRequest, slug: str, number: int) -> Entity:
    """Return the person's entity. Raises `Http404` also when it has no such version."""
    entity = entity_of(request, slug)
    if not 1 <= number <= entity.version:
        raise Http404
    return entity


def _view(entity: Entity, number: int) -> state.View:
    try:
        return state.view_at(entity.pk, number)
    except StateError as error:
        raise Http404 from error


def _numbers(request: HttpRequest, entity: Entity) -> tuple[int, int]:
    one, other = (whole_number(request.GET.get(name)) for name in ("one", "other"))
    other = entity.version if other is None else other
    return max(1, other - 1) if one is None else one, other
