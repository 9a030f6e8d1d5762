"""Chains: the list of a person's saved sequences of actions, their editor, and the button that runs one in a talk."""

import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import ValidationError

from agents.actions import registry
from agents.models import Chain, Entity
from interactions import runs
from interactions.errors import InteractionError
from interactions.web.chain_form import ChainForm, Row
from interactions.web.lookup import by_htmx, conversation_of, whole_number
from interactions.web.request import person

# Chains on the page, and in the menu of a talk.
LISTED, OFFERED = 200, 40


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """The person's chains. `?removed=` names one that was removed just now, with the way back."""
    own = Chain.objects.for_user(person(request)).select_related("entity")
    removed = whole_number(request.GET.get("removed"))
    context = {
        "chains": own.filter(removed_at=None)[:LISTED],
        "removed": own.exclude(removed_at=None).filter(pk=removed).first() if removed is not None else None,
    }
    return render(request, "chains/list.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A chain that is not saved yet."""
    return _editor(request, Chain(owner=person(request)))


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The editor of a chain; only its Save button stores anything."""
    return _editor(request, _own(request, pk))


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a chain off the list."""
    Chain.objects.filter(pk=_own(request, pk).pk).update(removed_at=timezone.now())
    return redirect(f"/chains/?removed={pk}")


@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a removed chain back, unless another has its name by now."""
    chain = get_object_or_404(Chain.objects.for_user(person(request)), pk=pk)
    try:
        with transaction.atomic():
            Chain.objects.filter(pk=chain.pk).update(removed_at=None)
    except IntegrityError:
        return redirect(f"/chains/?removed={pk}")
    return redirect("chains")


@require_GET
def offered(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The menu of the chains that can be run in a talk."""
    conversation = conversation_of(request, pk)
    chains = Chain.objects.for_user(person(request)).filter(
        Q(entity=None) | Q(entity=conversation.entity_id), removed_at=None
    )
    return render(request, "chains/menu.html", {"conversation": conversation, "chains": chains[:OFFERED]})


@require_POST
def run(request: HttpRequest, pk: uuid.UUID, chain: int) -> HttpResponse:
    """Run a chain in a talk. A script gets the menu, closed; the page shows the run as it comes."""
    conversation = conversation_of(request, pk)
    client_message_id = request.POST.get("client_message_id", "")
    try:
        runs.run_chain(conversation, person(request), _own(request, chain), client_message_id)
    except InteractionError as error:
        return HttpResponse(str(error), status=error.status, content_type="text/plain; charset=utf-8")
    if not by_htmx(request):
        return redirect(conversation)
    return render(request, "chains/closed.html", {"conversation": conversation})


def _own(request: HttpRequest, pk: int) -> Chain:
    chain: Chain = get_object_or_404(Chain.objects.for_user(person(request)), pk=pk, removed_at=None)
    return chain


def _editor(request: HttpRequest, chain: Chain) -> HttpResponse:
    entities = Entity.objects.for_user(person(request)).filter(archived_at=None)
    if request.method == "GET":
        return _page(request, chain, _stored(chain), entities)
    form = ChainForm.typed(request.POST.dict())
    if request.POST.get("do", "save") != "save":
        return _page(request, chain, form, entities)
    planned = form.check()
    chosen = entities.filter(slug=form.entity).first() if form.entity else None
    if form.entity and chosen is None:
        form.errors.append("There is no such entity.")
    if form.is_sound:
        chain.name, chain.entity = form.name, chosen
        chain.actions = [action.model_dump(mode="json") for action in planned]
        try:
            with transaction.atomic():
                chain.save()
        except IntegrityError:
            form.errors.append("You have a chain of this name already.")
        else:
            return redirect("chains")
    return _page(request, chain, form, entities, status=400)


def _stored(chain: Chain) -> ChainForm:
    form = ChainForm(chain.name, chain.entity.slug if chain.entity else "")
    try:
        form.rows = [Row.of(planned) for planned in chain.planned]
    except ValidationError:
        form.errors.append("Another version has stored these actions; they cannot be shown. Write them anew.")
    return form


def _page(request: HttpRequest, chain: Chain, form: ChainForm, entities: Any, status: int = 200) -> HttpResponse:
    context = {"chain": chain, "form": form, "entities": entities, "kinds": registry.all_actions().values()}
    return render(request, "chains/edit.html", context, status=status)
