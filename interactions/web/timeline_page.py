"""The timeline of a conversation: a list of its events that can be filtered, searched and opened."""

import uuid
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from agents import state
from agents.actions import registry
from agents.models import ModelCall
from interactions import timeline as events
from interactions.density import density
from interactions.download import events_file
from interactions.models import Conversation
from interactions.steps import in_dollars
from interactions.timeline import KINDS, SIEVES, Sieve
from interactions.waterfall import Waterfall, waterfall
from interactions.web.lookup import by_htmx, conversation_of, whole_number
from interactions.web.request import person

CHIPS = (
    ("speech", "Speech", "speak"),
    ("thought", "Thought", "think"),
    ("change", "Change", "memory-add"),
    ("calls", "Calls", "tool"),
    ("trouble", "Only trouble", "alert"),
)
# How many turns the lanes show, if nobody says otherwise, and what there is to choose from.
ZOOM = 4
ZOOMS = ((1, "1 turn"), (4, "4 turns"), (12, "12 turns"), (20, "20 turns"))
# Runs are counted up to here: a longer talk says that it has more.
COUNTED = 1_000


class SieveForm(forms.Form):
    """The filters, as they stand in the address."""

    show = forms.MultipleChoiceField(choices=[(name, name) for name in SIEVES], required=False)
    kind = forms.ChoiceField(choices=[("", "Every kind"), *((kind, kind) for kind in KINDS)], required=False)
    action = forms.CharField(max_length=40, required=False)
    run = forms.UUIDField(required=False)
    q = forms.CharField(max_length=200, required=False)
    zoom = forms.TypedChoiceField(choices=ZOOMS, coerce=int, required=False, empty_value=None)
    order = forms.ChoiceField(choices=[("", "Newest first"), ("oldest", "Oldest first")], required=False)

    def sieve(self) -> Sieve:
        """Return what the valid form asks for."""
        data = self.cleaned_data
        return Sieve(
            show=frozenset(data["show"]),
            kind=data["kind"],
            action=data["action"],
            run=data["run"],
            text=data["q"],
            oldest_first=data["order"] == "oldest",
        )


@require_GET
def timeline(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The page, or for htmx the list alone, from the cursor `from` on."""
    conversation = conversation_of(request, pk)
    form = SieveForm(request.GET)
    cursor, at = (whole_number(request.GET.get(name)) for name in ("from", "at"))
    wrong = [name for name, value in (("from", cursor), ("at", at)) if value is None and name in request.GET]
    if not form.is_valid() or wrong:
        fields = ", ".join([*form.errors, *wrong])
        return HttpResponseBadRequest(f"This filter makes no sense: {fields}.", content_type="text/plain")
    sieve, is_more = form.sieve(), cursor is not None
    zoom = form.cleaned_data["zoom"] or ZOOM
    if at is not None and not is_more:
        cursor = events.cursor_for(conversation, sieve, at)
    head = min(at or conversation.last_seq, conversation.last_seq)
    shown = events.page(conversation, sieve, cursor)
    context: dict[str, Any] = {
        "head": head,
        "is_later": cursor is not None and not is_more,
        "zoom": zoom,
        "zooms": ZOOMS,
        "keep_query": _query(request, "at"),
        "conversation": conversation,
        "entity": conversation.entity,
        "form": form,
        "sieve": sieve,
        "page": shown,
        "next_query": f"{_query(request, 'from', 'at')}from={shown.next}" if shown.next is not None else "",
        "chips": [(name, words, icon, name in sieve.show) for name, words, icon in CHIPS],
        "kinds": KINDS,
        "actions": list(registry.all_actions()),
    }
    if is_more and by_htmx(request):
        return render(request, "timeline/more.html", context)
    context["lanes"] = _lanes(conversation, shown, head, zoom)
    if by_htmx(request):
        return render(request, "timeline/window.html", context)
    context["run_count"] = conversation.runs.order_by()[: COUNTED + 1].count()
    context["counted"] = COUNTED
    context["density"] = density(conversation)
    return render(request, "timeline/timeline.html", context)


@require_GET
def cost(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What the talk has cost so far, in words. Asked for by itself: it is summed over every request of the talk."""
    conversation = conversation_of(request, pk)
    calls = ModelCall.objects.for_user(person(request)).filter(run__in=conversation.runs.values("pk"))
    sums = calls.aggregate(asked=Sum("input_tokens"), answered=Sum("output_tokens"), money=Sum("cost"))
    tokens, money = (sums["asked"] or 0) + (sums["answered"] or 0), in_dollars(float(sums["money"] or 0))
    return render(request, "timeline/cost.html", {"tokens": tokens, "money": money})


@require_GET
def event_fields(request: HttpRequest, pk: uuid.UUID, seq: int) -> HttpResponse:
    """All that is stored of one event."""
    conversation = conversation_of(request, pk)
    row = events.find(conversation, seq)
    if row is None:
        raise Http404
    context = {"conversation": conversation, "row": row, "event": row.line.event, "json": events.as_json(row.line)}
    return render(request, "timeline/fields.html", context)


@require_GET
def export(request: HttpRequest, pk: uuid.UUID) -> StreamingHttpResponse:
    """The whole log as a file of JSON Lines."""
    return events_file(request, conversation_of(request, pk))


def _lanes(conversation: Conversation, shown: events.Page, head: int, zoom: int) -> Waterfall | None:
    """Return the waterfall of the `zoom` turns about event `head`, of those that the page shows."""
    groups = sorted(shown.groups, key=lambda group: group.first)
    if not groups:
        return None
    place = max((number for number, group in enumerate(groups) if group.first <= head), default=0)
    begin = max(0, min(place - zoom // 2, len(groups) - zoom))
    rows = sorted((row for group in groups[begin : begin + zoom] for row in group.rows), key=lambda row: row.line.seq)
    trouble = [row.line.seq for row in rows if row.is_trouble]
    return waterfall([row.line for row in rows], trouble, state.mood_of(conversation.entity))


def _query(request: HttpRequest, *without: str) -> str:
    """Return the address's filters without some, ready to be followed by another."""
    given = [(name, value) for name, values in request.GET.lists() if name not in without for value in values if value]
    return f"{urlencode(given)}&" if given else ""
