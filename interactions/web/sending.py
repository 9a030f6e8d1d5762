"""What a person does to a talk: send, withdraw, stop, try again. A script gets a frame, a plain form a redirect."""

import uuid
from collections.abc import Callable

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from interactions import runs, talk
from interactions.errors import InteractionError
from interactions.models import Conversation, Run
from interactions.web.chat import page_context
from interactions.web.lookup import by_htmx, conversation_of
from interactions.web.request import person


@require_POST
def send(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Store a message. 202 with the fragment of its exchange once it is committed; an error keeps what was typed."""
    conversation = conversation_of(request, pk)
    text, client_message_id = request.POST.get("text", ""), request.POST.get("client_message_id", "")
    try:
        sent = runs.send(conversation, person(request), text, client_message_id)
    except InteractionError as error:
        if is_script(request):
            return refused(request, error)
        context = page_context(request, conversation) | {"error": error, "typed": text}
        return render(request, "chat/chat.html", context, status=error.status)
    if not is_script(request):
        return redirect(conversation)
    frame = {
        "run": str(sent.run.pk),
        "seq": sent.seq,
        "html": talk.exchange(conversation, conversation.entity, sent.run),
    }
    return JsonResponse(frame, status=202)


@require_POST
def withdraw(request: HttpRequest, pk: uuid.UUID, message: uuid.UUID) -> HttpResponse:
    """Take back a message that nobody has begun to answer."""
    conversation = conversation_of(request, pk)
    get_object_or_404(conversation.messages, pk=message)
    try:
        taken = runs.withdraw(message, person(request))
    except InteractionError as error:
        return refused(request, error) if is_script(request) else redirect(conversation)
    return JsonResponse({"text": taken.text}) if is_script(request) else redirect(conversation)


@require_POST
def cancel_run(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Stop a run."""
    return _on_run(request, pk, runs.cancel)


@require_POST
def answer_run(request: HttpRequest, pk: uuid.UUID, action: str) -> HttpResponse:
    """Answer the question that a run waits with. 409 with a sentence when it is not open any more."""
    try:
        sent = runs.answer(pk, action, person(request), request.POST.get("text", ""))
    except InteractionError as error:
        return refused(request, error)
    if is_script(request):
        return HttpResponse(status=204, headers={"HX-Trigger": "talk:catchup"})
    return redirect(next_of(request) or sent.run.conversation)


@require_POST
def retry_run(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Answer the message of a failed or stopped run again."""
    return _on_run(request, pk, runs.retry)


def _on_run(request: HttpRequest, pk: uuid.UUID, act: Callable[[uuid.UUID, User], Run]) -> HttpResponse:
    try:
        run = act(pk, person(request))
    except InteractionError as error:
        return refused(request, error)
    if is_script(request):
        return HttpResponse(status=204)
    return redirect(next_of(request) or Conversation.objects.get(pk=run.conversation_id))


def next_of(request: HttpRequest) -> str:
    """The page to go back to, if the form names one of ours."""
    url = request.POST.get("next", "")
    return url if url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure()) else ""


def is_script(request: HttpRequest) -> bool:
    """Whether a script asks, not a form that wants a page."""
    return by_htmx(request) or "application/json" in request.headers.get("Accept", "")


def refused(request: HttpRequest, error: InteractionError) -> HttpResponse:
    """Return what a script is told of an error."""
    if by_htmx(request):  # the page says it as it is
        return HttpResponse(str(error), status=error.status, content_type="text/plain; charset=utf-8")
    body = {"code": error.code, "message": str(error), "field": error.field}
    return JsonResponse({"error": body}, status=error.status)
