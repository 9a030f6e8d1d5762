"""What lets an entity begin by itself: its timers, what others have told it, and how far its initiative goes."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from agents.models import Entity
from interactions import tellings, timers
from interactions.errors import InteractionError, NotPossible
from interactions.models import Initiative, PersonZone, Schedule, Telling
from interactions.models.initiative import check_zone
from interactions.web.entity.frame import entity_of, frame
from interactions.web.entity.trigger_forms import InitiativeForm, TimerForm
from interactions.web.lookup import whole_number
from interactions.web.request import person

# Timers that are over, on the page.
PAST = 10
ACTS = {"pause": timers.hold, "start": timers.restart, "remove": timers.stop, "restore": timers.restart}
TELLING_ACTS = {"drop": tellings.take_back, "restore": tellings.restore}


@require_http_methods(["GET", "POST"])
def triggers(request: HttpRequest, slug: str) -> HttpResponse:
    """The timers, with the form that sets one, and what was told to the entity and waits. `?removed=` names a timer
    that was removed just now, `?dropped=` something told that was dropped."""
    entity = entity_of(request, slug)
    zone = PersonZone.of(person(request).pk)
    form = TimerForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            timers.set_timer(entity, form.order, by=Schedule.SetBy.PERSON, zone=zone)
        except InteractionError as error:
            form.add_error("what" if error.field == "what" else "when", str(error))
        else:
            messages.success(request, "The timer is set.")
            return redirect("entity_triggers", entity.slug)
    return _page(request, entity, form, InitiativeForm(instance=Initiative.of(entity.pk)))


@require_POST
def initiative(request: HttpRequest, slug: str) -> HttpResponse:
    """Save how far the entity may act of its own accord."""
    entity = entity_of(request, slug)
    form = InitiativeForm(request.POST, instance=Initiative.of(entity.pk))
    if not form.is_valid():
        return _page(request, entity, TimerForm(), form)
    form.keep(entity)
    tellings.look_again(entity)
    messages.success(request, "The settings are saved.")
    return redirect(reverse("entity_triggers", args=[entity.slug]) + "#initiative")


@require_POST
def act(request: HttpRequest, slug: str, pk: int, deed: str) -> HttpResponse:
    """Pause, start, remove or restore a timer."""
    entity = entity_of(request, slug)
    timer = get_object_or_404(Schedule, entity=entity, pk=pk)
    if deed not in ACTS:
        raise Http404
    try:
        ACTS[deed](timer)
    except NotPossible as error:
        messages.error(request, str(error))
    place = reverse("entity_triggers", args=[entity.slug])
    return redirect(f"{place}?removed={pk}" if deed == "remove" else place)


@require_POST
def act_on_telling(request: HttpRequest, slug: str, pk: int, act: str) -> HttpResponse:
    """Drop what another entity has told, so that it is not heard, or restore it."""
    entity = entity_of(request, slug)
    telling = get_object_or_404(Telling, receiver=entity, pk=pk)
    if act not in TELLING_ACTS:
        raise Http404
    try:
        TELLING_ACTS[act](telling)
    except NotPossible as error:
        messages.error(request, str(error))
        act = ""
    place = reverse("entity_triggers", args=[entity.slug])
    return redirect(f"{place}?dropped={pk}" if act == "drop" else place)


@require_POST
def zone(request: HttpRequest) -> HttpResponse:
    """Take note of the time zone that the person's browser is in: daily timers and quiet hours go by it."""
    name = request.POST.get("zone", "")[:64]
    try:
        check_zone(name)
    except ValidationError:
        return HttpResponse("There is no such time zone.", status=400, content_type="text/plain; charset=utf-8")
    PersonZone.objects.update_or_create(owner=person(request), defaults={"zone": name})
    return HttpResponse(status=204)


def _page(request: HttpRequest, entity: Entity, form: TimerForm, settings: InitiativeForm) -> HttpResponse:
    own = Schedule.objects.filter(entity=entity)
    removed, dropped = (whole_number(request.GET.get(name)) for name in ("removed", "dropped"))
    told = Telling.objects.filter(receiver=entity, run__conversation__entity__deleted_at=None, heard=None)
    context = frame(request, entity, "entity_triggers") | {
        "form": form,
        "settings": settings,
        "came_along": timers.open_timers(entity).exclude(copied_from=None).exclude(paused_at=None).count(),
        "rights": settings.instance,
        "timers": timers.open_timers(entity).order_by("paused_at", "next_at"),
        "past": own.filter(stopped_at=None, next_at=None).order_by("-last_at")[:PAST],
        "removed": own.exclude(stopped_at=None).filter(pk=removed).first() if removed is not None else None,
        "tellings": tellings.waiting(entity).select_related("receiver", "run__conversation__entity"),
        "dropped": told.exclude(withdrawn_at=None).filter(pk=dropped).first() if dropped is not None else None,
        "zone": PersonZone.of(person(request).pk),
    }
    is_refused = bool(form.errors or settings.errors)
    return render(request, "entities/triggers.html", context, status=400 if is_refused else 200)
