"""A talk played again: the page, what stood there at an event, and the windows of frames that follow it."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from interactions import replay as player
from interactions import timeline
from interactions.density import density
from interactions.web.lookup import by_htmx, conversation_of, whole_number

SPEEDS = (1, 2, 5, 10, 20, 50)
FIRST = 0  # where its scrubber begins: before the first event


@require_GET
def replay(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The talk as it stood at event `?from=` (0: before the first one), ready to be played on; for a script that seeks
    the turns alone."""
    conversation = conversation_of(request, pk)
    at = whole_number(request.GET.get("from", "0"))
    if at is None or at > conversation.last_seq:
        return HttpResponseBadRequest("There is no such event to begin at.", content_type="text/plain")
    context: dict[str, Any] = {"conversation": conversation, "entity": conversation.entity, "at": at, "speeds": SPEEDS}
    if at:
        row = timeline.find(conversation, at)
        if row is None:
            raise Http404
        context["entity"], context["turns"] = player.standing(conversation, row.line)
    if by_htmx(request):
        return render(request, "replay/turns.html", context)
    context |= {"first": FIRST, "density": density(conversation, FIRST)}
    return render(request, "replay/replay.html", context)


@require_GET
def frames(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The frames after event `?after=`, a window of them, and where the next window begins."""
    conversation = conversation_of(request, pk)
    after = whole_number(request.GET.get("after", "0"))
    if after is None:
        return HttpResponseBadRequest("There is no such event to go on from.", content_type="text/plain")
    found, rest = player.window(conversation, conversation.entity, after)
    return JsonResponse({"frames": [frame.wire() for frame in found], "next": rest})
