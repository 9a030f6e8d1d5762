"""Editing one part of a state in place; what somebody else changed meanwhile is shown beside what was typed."""

from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from agents import state
from agents.errors import StateError, VersionConflict
from agents.mind import EntityState
from agents.models import Entity, StateVersion
from interactions.headlines import headline
from interactions.web.entity.forms import FORMS
from interactions.web.entity.frame import back, entity_of, frame
from interactions.web.entity.part_form import PartForm
from interactions.web.lookup import by_htmx, whole_number
from interactions.web.request import person

# Versions since an edit began that its merge page lists.
SINCE = 8


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that is not what it was when the edit began, or that the edit would change."""

    label: str
    then: Any
    now: Any
    mine: Any


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, slug: str, part: str) -> HttpResponse:
    """The form for one part (`?key=` names a row of a list), in place where a script asks for it; and its saving."""
    entity = entity_of(request, slug)
    kind = FORMS.get(part)
    if kind is None:
        raise Http404
    key, now = _key(request), state.read(entity)
    try:
        form = kind(request.POST if request.method == "POST" else None, now=now, key=key)
    except KeyError:
        if request.method == "POST":
            return _vanished(request, entity, kind)
        raise Http404 from None
    if not form.is_bound:
        return _show(request, entity, part, form)
    if not form.is_valid():
        return _show(request, entity, part, form, status=400)
    return _save(request, entity, part, form)


def _save(request: HttpRequest, entity: Entity, part: str, form: PartForm) -> HttpResponse:
    made_on, author = form.cleaned_data["version"], person(request).get_username()
    try:
        version = state.edit(entity.pk, [form.asked], made_on=made_on, cause=f"{part} edited", author=author)
    except VersionConflict:
        return _merge(request, entity, part, form, made_on)
    except StateError as error:
        form.add_error(None, str(error))
        return _show(request, entity, part, form, status=400)
    key = form.key or (version.changes[0].get("id") if version else None)
    return back(request, entity, form.tab, version, f"{part}-{key}" if key else part)


def _merge(request: HttpRequest, entity: Entity, part: str, form: PartForm, made_on: int) -> HttpResponse:
    """Show what was there, what is there now, and what was typed; saved from here, it was made on what is now."""
    entity.refresh_from_db()
    now = state.read(entity)
    again = _bound_to(form, now)
    since = StateVersion.objects.filter(entity=entity, number__gt=made_on).order_by("-number")[:SINCE]
    context = {
        "part": part,
        "form": again,
        "made_on": made_on,
        "clashes": _clashes(form, _state_at(entity, made_on), now),
        "since": [(version, headline(version)) for version in since],
    }
    return render(request, "entities/merge.html", frame(request, entity, form.tab) | context, status=409)


def _bound_to(form: PartForm, now: EntityState) -> PartForm:
    data = cast(QueryDict, form.data).copy()
    data["version"] = str(now.version)
    return type(form)(data, now=now, key=form.key)


def _state_at(entity: Entity, number: int) -> EntityState | None:
    try:
        return state.state_at(entity.pk, number)
    except StateError:
        return None


def _clashes(form: PartForm, then: EntityState | None, now: EntityState) -> list[Clash]:
    before = _shown(form, then) if then else {}
    present, found = _shown(form, now), []
    for name, mine in form.values().items():
        label = form.fields[name].label or name.replace("_", " ").capitalize()
        if present.get(name) != mine or present.get(name) != before.get(name):
            found.append(Clash(str(label), before.get(name), present.get(name), mine))
    return found


def _shown(form: PartForm, of: EntityState) -> dict[str, Any]:
    try:
        return form.shown(of)
    except KeyError:
        return {}


def _vanished(request: HttpRequest, entity: Entity, kind: type[PartForm]) -> HttpResponse:
    """Say that what was edited is not there any more; what was typed is shown, to be taken along."""
    typed = [(name, value) for name, value in request.POST.items() if name in kind.base_fields and name != "version"]
    context = {"typed": typed, "title": kind.title, "back_tab": kind.tab}
    return render(request, "entities/vanished.html", frame(request, entity, kind.tab) | context, status=409)


def _show(request: HttpRequest, entity: Entity, part: str, form: PartForm, status: int = 200) -> HttpResponse:
    context = frame(request, entity, form.tab) | {"part": part, "form": form, "fields": _fields(form)}
    template = "entities/part_form.html" if by_htmx(request) and status == 200 else "entities/edit.html"
    return render(request, template, context, status=status)


def _fields(form: PartForm) -> list[tuple[forms.BoundField, bool]]:
    """Return the visible fields, and whether each spans the form."""
    narrow = (forms.FloatField, forms.ChoiceField)
    return [(field, not isinstance(field.field, narrow)) for field in form.visible_fields()]


def _key(request: HttpRequest) -> int | None:
    given = (request.POST if request.method == "POST" else request.GET).get("key")
    if not given:
        return None
    key = whole_number(given)
    if not key:
        raise Http404
    return key
