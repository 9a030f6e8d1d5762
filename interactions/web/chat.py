"""The chat page: the talk in the middle, the person's conversations before it, the entity's state after it."""

import uuid
from typing import Any

from django import forms
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agents.models import Entity
from interactions import commands, notices, talk
from interactions.models import Conversation
from interactions.web import overview
from interactions.web.lookup import by_htmx, conversation_of, whole_number
from interactions.web.panel import panel_of
from interactions.web.request import person

# Conversations in the list at first, and added by each “More”; never more of them than MOST, search finds the rest.
LISTED, MOST = 40, 400
# Seconds after which the list is read again: while another talk in it is answered, and else.
WATCHED, IDLE = 5, 60
# Entities in the menu of a new conversation.
OFFERED = 8
WORDS = 100


@require_GET
def chat(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The page. With `?before=N` it shows what came before, for readers without script; with `?at=RUN` the turns
    around one."""
    conversation = conversation_of(request, pk)
    before = whole_number(request.GET.get("before"))
    if "before" in request.GET and before is None:
        return HttpResponseBadRequest("before must be a whole number.", content_type="text/plain")
    if "at" in request.GET and before is None:
        before = _around(conversation, request.GET["at"])
    return render(request, "chat/chat.html", page_context(request, conversation, before))


def _around(conversation: Conversation, at: str) -> int | None:
    """Return where the window ends that holds the run `at`. Raises `Http404` when the talk does not have it."""
    try:
        run = talk.shown_runs(conversation).filter(pk=uuid.UUID(at)).first()
    except ValueError as error:
        raise Http404 from error
    return talk.around(conversation, run) if run is not None else None


def page_context(request: HttpRequest, conversation: Conversation, before: int | None = None) -> dict[str, Any]:
    """Return what the chat page shows."""
    shown = talk.window(conversation, conversation.entity, before=before)
    current = shown.current
    return {
        "conversation": conversation,
        "entity": conversation.entity,
        "window": shown,
        "turn": current,
        "phase": current.phase if current else "",
        "before": before,
        "panel": panel_of(conversation.entity),
        "client_message_id": uuid.uuid4(),
        "commands": commands.ALL.values(),
        **_list_context(request, conversation),
    }


@require_GET
def conversation_list(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The list of conversations as it is now, in which `pk` is the one that is open."""
    conversation = conversation_of(request, pk)
    context = {"conversation": conversation, "is_update": True, **_list_context(request, conversation)}
    return render(request, "chat/rows.html", context)


@require_GET
def new_talk(request: HttpRequest) -> HttpResponse:
    """The entities to begin a new conversation with."""
    words = _words(request)
    named = [Q(name__icontains=word) | Q(tagline__icontains=word) for word in words.split()]
    found = Entity.objects.for_user(person(request)).filter(*named, archived_at=None)
    entities = list(found[: OFFERED + 1])
    context = {"entities": entities[:OFFERED], "words": words, "has_more": len(entities) > OFFERED}
    return render(request, "chat/new_talk.html", context)


@require_GET
def older(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The turns `before` a place in the talk."""
    conversation = conversation_of(request, pk)
    before = whole_number(request.GET.get("before"))
    if before is None:
        return HttpResponseBadRequest("before must be a whole number.", content_type="text/plain")
    shown = talk.window(conversation, conversation.entity, before=before)
    context = {"conversation": conversation, "entity": conversation.entity, "window": shown}
    return render(request, "chat/turns.html", context)


@require_GET
def new(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What came `after` an event, as a frame of the socket: for a page whose socket is down."""
    conversation = conversation_of(request, pk)
    after = whole_number(request.GET.get("after"))
    if after is None:
        return HttpResponseBadRequest("after must be a whole number.", content_type="text/plain")
    if after > conversation.last_seq:
        return JsonResponse({"seq": conversation.last_seq, "notice": "resync"})
    html = talk.news(conversation, conversation.entity, after) if after < conversation.last_seq else ""
    return JsonResponse({"seq": conversation.last_seq, "html": html, "version": conversation.entity.version})


@require_POST
def read(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Remember that the person has seen the events up to `seq`."""
    conversation = conversation_of(request, pk)
    seq = whole_number(request.POST.get("seq"))
    if seq is None:
        return HttpResponseBadRequest("seq must be a whole number.", content_type="text/plain")
    seen = min(seq, conversation.last_seq)
    if Conversation.objects.filter(pk=pk, read_seq__lt=seen).update(read_seq=seen):
        notices.tell_elsewhere(conversation.owner_id, pk)
    return HttpResponse(status=204)


class TitleForm(forms.ModelForm[Conversation]):
    """What the person calls a conversation."""

    title = forms.CharField(max_length=120, error_messages={"required": "Give it a name."})

    class Meta:
        model = Conversation
        fields = ("title",)


@require_http_methods(["GET", "POST"])
def title(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The name of the conversation: as a form by GET (or as it is with `?done`), changed by POST."""
    conversation = conversation_of(request, pk)
    context: dict[str, Any] = {"conversation": conversation}
    if request.method == "GET":
        template = "chat/title.html" if "done" in request.GET else "chat/title_form.html"
        return render(request, template, context)
    form = TitleForm(request.POST, instance=conversation)
    if not form.is_valid():
        context |= {"error": form.errors["title"][0], "typed": request.POST.get("title", "")}
        status = 200 if by_htmx(request) else 400  # htmx shows what succeeded only
        return render(request, "chat/title_form.html", context, status=status)
    Conversation.objects.filter(pk=pk).update(title=form.cleaned_data["title"])
    return render(request, "chat/title.html", context) if by_htmx(request) else redirect(conversation)


def _list_context(request: HttpRequest, conversation: Conversation) -> dict[str, Any]:
    rows = min(max(whole_number(request.GET.get("rows")) or LISTED, LISTED), MOST)
    words = _words(request)
    listed = overview.recent(person(request), rows, words)
    return {
        "conversations": listed[:rows],
        "folders": _by_folder(listed[:rows]),
        "rows": rows,
        "more_rows": rows + LISTED if len(listed) > rows and rows < MOST else None,
        "is_cut": len(listed) > rows,
        "words": words,
        "seconds": WATCHED if overview.is_answered(listed[:rows], conversation) else IDLE,
    }


def _by_folder(talks: list[Conversation]) -> list[tuple[str, list[Conversation]]]:
    """Return the conversations by folder, those without one last. The one heading of those who use none is empty."""
    groups: dict[str, list[Conversation]] = {}
    for talk_ in talks:
        folder = talk_.folder if talk_.folder and talk_.folder.deleted_at is None else None
        groups.setdefault(folder.name if folder else "", []).append(talk_)
    loose = groups.pop("", [])
    named = sorted(groups.items(), key=lambda group: group[0].casefold())
    return [*named, *([("No folder" if named else "", loose)] if loose else [])]


def _words(request: HttpRequest) -> str:
    """Return what is searched for."""
    return request.GET.get("q", "").replace("\x00", "").strip()[:WORDS]
