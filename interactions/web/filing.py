"""Keeping order among conversations: folders, moving, deleting and bringing back; and commands written into a talk."""

import uuid
from typing import Any, NoReturn

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from interactions import commands, filing, forks, removal, talk
from interactions.errors import InteractionError, NotFound, NotPossible
from interactions.models import Conversation, Folder
from interactions.web.lookup import by_htmx, conversation_of
from interactions.web.request import person
from interactions.web.sending import is_script, next_of, refused

SHOWN = 100


@require_POST
def command(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Carry out a command. 202 with its line; an error keeps what was typed."""
    conversation = conversation_of(request, pk)
    try:
        if request.POST.get("text", "").strip() == "/fork":
            return _fork(request, conversation)
        run = commands.give(conversation, person(request), request.POST.get("text", ""))
    except InteractionError as error:
        return refused(request, error)
    if not is_script(request):
        return redirect(conversation)
    conversation.refresh_from_db()
    html = talk.exchange(conversation, conversation.entity, run)
    return JsonResponse({"run": str(run.pk), "html": html, "version": conversation.entity.version}, status=202)


def _fork(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    last = talk.shown_runs(conversation).order_by("-position", "-created_at").first()
    if last is None:
        raise NotPossible("Nothing has been said yet that could be copied.")
    copy = forks.fork(conversation, last.pk, person(request))
    if not is_script(request):
        return redirect(copy)
    return JsonResponse({"redirect": copy.get_absolute_url()}, status=202)


@require_POST
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete a conversation; the next page offers to bring it back."""
    conversation = conversation_of(request, pk)
    removal.delete_conversation(conversation, person(request))
    words = f"“{conversation}” was deleted."
    return _away(request, words, reverse("restore_conversation", args=[pk]), reverse("conversations"))


@require_POST
def restore(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Bring a deleted conversation back."""
    try:
        conversation = removal.restore_conversation(pk, person(request))
    except NotFound as error:
        _missing(error)
    return redirect(conversation)


@require_GET
def deleted(request: HttpRequest) -> HttpResponse:
    """What was deleted and can be brought back: conversations and folders."""
    user = person(request)
    talks = Conversation.objects.for_user(user).exclude(deleted_at=None).select_related("entity")
    context = {
        "talks": talks.order_by("-deleted_at")[:SHOWN],
        "folders": Folder.objects.for_user(user).exclude(deleted_at=None).order_by("-deleted_at")[:SHOWN],
        "days": removal.KEPT.days,
    }
    return render(request, "filing/deleted.html", context)


@require_POST
def move(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Put a conversation into a folder (`folder`), into none, or into a new one (`name`)."""
    conversation, user = conversation_of(request, pk), person(request)
    try:
        to = filing.folder_id(request.POST["folder"]) if "folder" in request.POST else None
        if "folder" not in request.POST:
            to = filing.make(user, request.POST.get("name", "")).pk
        filing.move(conversation, user, to)
    except NotFound as error:
        _missing(error)
    except InteractionError as error:
        return refused(request, error)
    return _back(request, conversation.get_absolute_url())


@require_GET
def menu(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What can be done with a conversation as a whole."""
    conversation = conversation_of(request, pk)
    context: dict[str, Any] = {"conversation": conversation, "folders": filing.folders(person(request))}
    return render(request, "filing/menu.html" if by_htmx(request) else "filing/menu_page.html", context)


@require_POST
def rename_folder(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a folder another name."""
    try:
        filing.rename(pk, person(request), request.POST.get("name", ""))
    except NotFound as error:
        _missing(error)
    except InteractionError as error:
        return refused(request, error)
    return _back(request, reverse("conversations"))


@require_POST
def delete_folder(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a folder away; the next page offers to bring it back."""
    try:
        folder = filing.delete(pk, person(request))
    except NotFound as error:
        _missing(error)
    words = f"The folder “{folder}” was deleted; what was in it is listed without one."
    return _away(request, words, reverse("restore_folder", args=[pk]), reverse("conversations"))


@require_POST
def restore_folder(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring a folder back, with what was in it."""
    try:
        filing.restore(pk, person(request))
    except NotFound as error:
        _missing(error)
    return _back(request, reverse("conversations"))


def _away(request: HttpRequest, words: str, undo: str, to: str) -> HttpResponse:
    request.session["undo"] = {"words": words, "url": undo}
    return _back(request, to)


def _back(request: HttpRequest, to: str) -> HttpResponse:
    to = next_of(request) or to
    if by_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": to})
    return redirect(to)


def _missing(error: NotFound) -> NoReturn:
    raise Http404(str(error)) from error
