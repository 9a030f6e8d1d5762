"""How the entity was at one event of a talk, what of it is different now, and the ways to go on from there."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from agents import state
from interactions.differences import differences
from interactions.moments import version_at
from interactions.timeline import find
from interactions.web.lookup import by_htmx, conversation_of

# Lines of a list that are shown; the version's own page has all.
MEMORIES = 8


@require_GET
def moment(request: HttpRequest, pk: uuid.UUID, seq: int) -> HttpResponse:
    """The whole state at event `seq`; for the timeline the panel alone."""
    conversation = conversation_of(request, pk)
    row, entity = find(conversation, seq), conversation.entity
    if row is None:
        raise Http404
    number = version_at(entity, row.line)
    then, now = (state.View(entity.pk, each).whole() for each in (number, entity.version))
    memories = [memory for memory in then.memories.values() if not memory.forgotten]
    context = {
        "conversation": conversation,
        "entity": entity,
        "row": row,
        "event": row.line.event,
        "number": number,
        "then": then,
        "since": differences(state.diff(then, now)),
        "goals": list(then.active_goals().values()),
        "desires": [desire for desire in then.desires.values() if desire.status == "active"],
        "memories": memories[-MEMORIES:][::-1],
        "memory_count": len(memories),
        "earlier": seq - 1,
        "later": seq + 1 if seq < conversation.last_seq else 0,
    }
    return render(request, "timeline/moment.html" if by_htmx(request) else "timeline/moment_page.html", context)
