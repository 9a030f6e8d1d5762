"""Insights: how entities have done, by strategy, action, entity and model; and which strategies are compared."""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from agents.models import Entity, Strategy
from interactions import insights, lessons
from interactions.web.request import person

# Entities in the menu of the page.
LISTED = 200


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The page, over all of the person's entities or over the one that `?entity=` names."""
    own = Entity.objects.for_user(person(request))
    slug = request.GET.get("entity", "")
    entity = get_object_or_404(own, slug=slug) if slug else None
    shown = insights.insights(person(request), entity)
    strategies = [(value, label.split(":")[0]) for value, label in Strategy.choices]
    context = {"shown": shown, "entity": entity, "entities": own[:LISTED], "strategies": strategies}
    return render(request, "insights/insights.html", context | {"latest": insights.LATEST, "days": insights.DAYS})


@require_POST
def learning(request: HttpRequest, slug: str) -> HttpResponse:
    """Switch an entity's learning on or off, learn now, or forget what was learned: `do` is on, off, now or reset."""
    entity = get_object_or_404(Entity.objects.for_user(person(request)), slug=slug)
    do = request.POST.get("do", "")
    if do in ("on", "off"):
        entity.learns = do == "on"
    elif do == "reset":
        entity.learned_since = timezone.now()
    elif do != "now":
        return HttpResponseBadRequest("do must be on, off, now or reset.", content_type="text/plain")
    Entity.objects.filter(pk=entity.pk).update(learns=entity.learns, learned_since=entity.learned_since)
    lessons.learn(entity)
    return redirect(f"{reverse('insights')}?entity={entity.slug}")


@require_POST
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """Set which strategies of an entity are compared: two or more, or none."""
    entity = get_object_or_404(Entity.objects.for_user(person(request)), slug=slug)
    chosen = [value for value in Strategy.values if value in request.POST.getlist("strategy")]
    Entity.objects.filter(pk=entity.pk).update(compared=chosen if len(chosen) > 1 else [])
    return redirect(f"{reverse('insights')}?entity={entity.slug}")
