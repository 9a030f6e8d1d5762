"""The timeline of a conversation: a list of its events that can be filtered, searched and opened."""

import uuid
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.views.decorators.http import require_GET

from agents.actions import registry
from interactions import timeline as events
from interactions.timeline import KINDS, SIEVES, Sieve
from interactions.web.lookup import by_htmx, conversation_of, whole_number

CHIPS = (
    ("speech", "Speech", "speak"),
    ("thought", "Thought", "think"),
    ("change", "Change", "memory-add"),
    ("calls", "Calls", "tool"),
    ("trouble", "Only trouble", "alert"),
)


class SieveForm(forms.Form):
    """The filters, as they stand in the address."""

    show = forms.MultipleChoiceField(choices=[(name, name) for name in SIEVES], required=False)
    kind = forms.ChoiceField(choices=[("", "Every kind"), *((kind, kind) for kind in KINDS)], required=False)
    action = forms.CharField(max_length=40, required=False)
    run = forms.UUIDField(required=False)
    q = forms.CharField(max_length=200, required=False)
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
    cursor = whole_number(request.GET.get("from"))
    if not form.is_valid() or ("from" in request.GET and cursor is None):
        fields = ", ".join(form.errors) or "from"
        return HttpResponseBadRequest(f"This filter makes no sense: {fields}.", content_type="text/plain")
    sieve = form.sieve()
    shown = events.page(conversation, sieve, cursor)
    context: dict[str, Any] = {
        "conversation": conversation,
        "entity": conversation.entity,
        "form": form,
        "sieve": sieve,
        "page": shown,
        "next_query": _query(request, shown.next) if shown.next is not None else "",
        "chips": [(name, words, icon, name in sieve.show) for name, words, icon in CHIPS],
        "kinds": KINDS,
        "actions": list(registry.all_actions()),
    }
    if by_htmx(request):
        return render(request, "timeline/more.html" if cursor is not None else "timeline/events.html", context)
    context["run_count"] = conversation.runs.count()
    return render(request, "timeline/timeline.html", context)


@require_GET
def event_fields(request: HttpRequest, pk: uuid.UUID, seq: int) -> HttpResponse:
    """All that is stored of one event."""
    conversation = conversation_of(request, pk)
    row = events.find(conversation, seq)
    if row is None:
        raise Http404
    context = {"row": row, "event": row.line.event, "json": events.as_json(row.line)}
    return render(request, "timeline/fields.html", context)


def _query(request: HttpRequest, cursor: int) -> str:
    given = [(name, value) for name, values in request.GET.lists() if name != "from" for value in values if value]
    return urlencode([*given, ("from", cursor)])
