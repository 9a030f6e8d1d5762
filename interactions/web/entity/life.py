"""All entities of a person, and what happens to one as a whole: put away, deleted, brought back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from agents.models import Entity
from interactions import lives
from interactions.web.entity.frame import entity_of
from interactions.web.request import person


@require_GET
def entities(request: HttpRequest) -> HttpResponse:
    """Everybody who is here, who is archived, and who was deleted and can still be restored."""
    user = person(request)
    own = Entity.objects.for_user(user).order_by("name", "pk")
    context = {
        "active": own.filter(archived_at=None),
        "archived": own.exclude(archived_at=None),
        "deleted": Entity.objects.deleted_of(user).order_by("-deleted_at"),
        "days": lives.KEPT.days,
        "gone": Entity.objects.deleted_of(user).filter(slug=request.GET.get("deleted", "")[:60]).first(),
    }
    return render(request, "entities/entities.html", context)


@require_POST
def archive(request: HttpRequest, slug: str) -> HttpResponse:
    """Put an entity away: it is not on home any more, and nobody begins a talk with it."""
    entity = entity_of(request, slug)
    Entity.objects.filter(pk=entity.pk, archived_at=None).update(archived_at=timezone.now())
    messages.success(request, f"{entity.name} is archived. Everything is kept; you can take it out again here.")
    return redirect("entity_settings", entity.slug)


@require_POST
def unarchive(request: HttpRequest, slug: str) -> HttpResponse:
    """Take an archived entity out again."""
    entity = entity_of(request, slug)
    Entity.objects.filter(pk=entity.pk).update(archived_at=None)
    messages.success(request, f"{entity.name} is back.")
    return redirect("entity", entity.slug)


@require_POST
def delete(request: HttpRequest, slug: str) -> HttpResponse:
    """Delete an entity with its conversations; the page that follows has the way back."""
    entity = entity_of(request, slug)
    lives.delete(entity, person(request))
    return redirect(f"/entities/?deleted={entity.slug}")


@require_POST
def restore(request: HttpRequest, slug: str) -> HttpResponse:
    """Bring a deleted entity back, as it was."""
    entity = get_object_or_404(Entity, owner=person(request), slug=slug)
    if entity.deleted_at is None:
        return redirect("entity", entity.slug)
    lives.restore(entity)
    messages.success(request, f"{entity.name} is back, with all that was said.")
    return redirect("entity", entity.slug)
