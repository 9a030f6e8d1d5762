"""What a person does to a reply: another one, other words, back and forth between them, a fork, a thumb, away with it.

Scripts get `HX-Refresh`: the talk has other turns now, and its page is read anew.
"""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from agents import state
from agents.errors import StateError
from agents.models import StateVersion
from interactions import branches, forks, ratings, removal, talk, ways_back
from interactions.errors import InteractionError
from interactions.models import Conversation, Run, Telling
from interactions.tree import Tree
from interactions.ways_back import WayBack
from interactions.web.lookup import by_htmx, conversation_of
from interactions.web.request import person
from interactions.web.sending import is_script, refused


@require_POST
def regenerate(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Answer the message of a run again, beside it. Whatever runs or waits in the talk is stopped."""
    run = _own(request, pk)
    try:
        new = branches.regenerate(pk, person(request))
    except InteractionError as error:
        return refused(request, error)
    return _anew(request, run.conversation, new)


@require_POST
def edit(request: HttpRequest, pk: uuid.UUID, message: uuid.UUID) -> HttpResponse:
    """Say something else instead of a message. Whatever runs or waits in the talk is stopped."""
    conversation = conversation_of(request, pk)
    get_object_or_404(conversation.messages, pk=message)
    text, client_message_id = request.POST.get("text", ""), request.POST.get("client_message_id", "")
    try:
        run = branches.edit(message, person(request), text, client_message_id)
    except InteractionError as error:
        return refused(request, error)
    if is_script(request):
        return JsonResponse({"run": str(run.pk), "message": str(run.message_id)}, status=202)
    return redirect(f"{conversation.get_absolute_url()}#run-{run.pk}")


@require_POST
def switch(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let the talk go on where this run stands."""
    run = _own(request, pk)
    try:
        conversation = branches.switch(pk, person(request))
    except InteractionError as error:
        return refused(request, error)
    return _anew(request, conversation, run)


@require_GET
def alternatives(request: HttpRequest, pk: uuid.UUID, run: uuid.UUID) -> HttpResponse:
    """The answers to one message, side by side."""
    conversation = conversation_of(request, pk)
    found = get_object_or_404(conversation.runs, pk=run)
    beside = Tree.of(conversation).beside(found.pk) or [found]
    answers = [(each, talk.turn_of(each)) for each in beside]
    context = {
        "conversation": conversation,
        "entity": conversation.entity,
        "answers": answers,
        "run": found,
        "taught": standing([each.pk for each in beside]),
    }
    return render(request, "chat/alternatives.html" if by_htmx(request) else "chat/alternatives_page.html", context)


@require_POST
def fork(request: HttpRequest, pk: uuid.UUID, run: uuid.UUID) -> HttpResponse:
    """Begin a new talk with a copy of this one, up to a turn."""
    conversation = conversation_of(request, pk)
    try:
        copy = forks.fork(conversation, run, person(request))
    except InteractionError as error:
        return refused(request, error)
    if by_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": copy.get_absolute_url()})
    return redirect(copy)


@require_POST
def rate(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Rate a reply: 1, -1, or 0 to take it back."""
    run = _own(request, pk)
    try:
        ratings.rate(run, person(request), request.POST.get("value", ""), request.POST.get("note", ""))
    except InteractionError as error:
        return refused(request, error)
    if not by_htmx(request):
        return redirect(f"{run.conversation.get_absolute_url()}#run-{pk}")
    return render(request, "chat/rate.html", {"turn": talk.turn_of(run), "conversation": run.conversation})


@require_POST
def undo_turn(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take back all that a run changed of the entity's state, and what it told and nobody has heard; what it said
    stays."""
    return _way(request, pk, ways_back.undo_turn, "Undone", "There is nothing left of it to undo.")


@require_POST
def redo_turn(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take the undo of a turn back."""
    return _way(request, pk, ways_back.redo_turn, "Brought back", "There is nothing of it to bring back.")


def _way(request: HttpRequest, pk: uuid.UUID, way: Callable[..., WayBack], done: str, nothing: str) -> HttpResponse:
    run = _own(request, pk)
    try:
        made = way(run.pk, author=person(request).get_username())
    except StateError as error:
        return HttpResponse(str(error), status=409, content_type="text/plain; charset=utf-8")
    first = f"{done}, in version {made.version.number}." if made.version else f"{done}." if made.moved else nothing
    words = " ".join([first, *made.said])
    if not by_htmx(request):
        messages.info(request, words)
        return redirect("why", run.conversation_id, pk)
    return render(request, "why/undone.html", ways_of(pk) | {"run": run, "words": words})


def ways_of(run: uuid.UUID) -> dict[str, Any]:
    """Return what a turn has told, and whether there is something of it to undo, or an undo to take back."""
    told = Telling.objects.filter(run=run).select_related("receiver")
    return {"told": told, "can_undo": bool(standing([run])), "can_redo": ways_back.can_redo(run)}


@require_POST
def delete_turn(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take an exchange out of the talk."""
    try:
        run, heard = removal.delete_turn(_own(request, pk).pk, person(request))
    except InteractionError as error:
        return refused(request, error)
    words = " ".join(["The exchange was deleted.", ways_back.sentence(heard, "had already been told.")]).strip()
    request.session["undo"] = {"words": words, "url": reverse("restore_turn", args=[pk])}
    return _anew(request, run.conversation, run)


@require_POST
def restore_turn(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Put an exchange back."""
    run = removal.restore_turn(_own(request, pk).pk, person(request))
    return redirect(f"{run.conversation.get_absolute_url()}?at={pk}#run-{pk}")


def standing(runs: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of one entity's runs of which there is something to undo: changes, or what they told and nobody has
    heard."""
    versions = list(StateVersion.objects.filter(run__in=runs))
    undone = state.undone_among(versions)
    waits = Telling.objects.filter(run__in=runs, heard=None, withdrawn_at=None).values_list("run", flat=True)
    changed = (version.run for version in versions if version.number not in undone)
    return {*waits, *(run for run in changed if run is not None)}


def _own(request: HttpRequest, pk: uuid.UUID) -> Run:
    runs = Run.objects.for_user(person(request)).filter(conversation__deleted_at=None)
    run: Run = get_object_or_404(runs.select_related("conversation", "message"), pk=pk)
    return run


def _anew(request: HttpRequest, conversation: Conversation, run: Run) -> HttpResponse:
    place = conversation.get_absolute_url()
    if not by_htmx(request):
        return redirect(f"{place}#run-{run.pk}")
    if "/alternatives/" in request.headers.get("HX-Current-URL", ""):  # chosen there, shown in the talk
        return HttpResponse(status=204, headers={"HX-Redirect": place})
    return HttpResponse(status=204, headers={"HX-Refresh": "true"})
