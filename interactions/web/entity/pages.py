"""The pages of an entity that show how it is: overview, state, settings."""

from math import log
from typing import Any

from django import forms
from django.conf import settings as site
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from agents.emotion.dynamics import tau
from agents.models import Desire, Entity, Goal, Memory, StateVersion, Strategy
from agents.state import temperament_of
from interactions.models import Conversation
from interactions.web.entity.frame import entity_of, frame
from interactions.web.entity.plots import plots_of
from interactions.web.entity.versions import lines_of
from interactions.web.panel import VERSIONS, mood_panel
from interactions.web.request import person

# Ended goals and desires, latest versions, talks that a page shows.
ENDED, LATEST, TALKS = 12, 5, 6


@require_GET
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    """Who it is and how it is, in one look."""
    entity = entity_of(request, slug)
    latest = list(StateVersion.objects.filter(entity=entity).order_by("-number")[:VERSIONS])
    known = Memory.objects.filter(entity=entity, forgotten_at=None).order_by("-created_at", "-pk")
    context = {
        "panel": mood_panel(entity, latest),
        "changed_at": latest[0].at,
        "plots": plots_of(entity, request.GET.get("window")),
        "board": _board(Goal, entity, "-priority"),
        "desires": Desire.objects.filter(entity=entity, status="active").order_by("-intensity", "pk")[:ENDED],
        "versions": lines_of(request, latest[:LATEST]),
        "memories": known[:LATEST],
        "talks": Conversation.objects.for_user(person(request)).filter(entity=entity).order_by("-updated_at")[:TALKS],
    }
    return render(request, "entities/overview.html", frame(request, entity, "entity") | context)


@require_GET
def state(request: HttpRequest, slug: str) -> HttpResponse:
    """All of its state but the memories, to be edited in place."""
    entity = entity_of(request, slug)
    context = {
        "board": _board(Goal, entity, "-priority"),
        "desires": _board(Desire, entity, "-intensity"),
        "temperament": temperament_of(entity),
        "half_life": _in_words(tau(entity.stability) * log(2)),
    }
    return render(request, "entities/state.html", frame(request, entity, "entity_state") | context)


_MOST = {"max_actions": 1_000, "max_seconds": 86_400, "max_tokens": 1_000_000_000}


class SettingsForm(forms.ModelForm[Entity]):
    """How an entity acts. None of it is state: it is not versioned, and a fork takes it along."""

    first_lines = forms.CharField(
        required=False,
        max_length=4_000,
        label="First sentences",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Offered to whoever talks to them for the first time, one per line.",
    )

    class Meta:
        model = Entity
        fields = ("strategy", "max_actions", "max_seconds", "max_tokens", "max_money")
        labels = {
            "max_actions": "Actions per turn",
            "max_seconds": "Seconds per turn",
            "max_tokens": "Tokens per turn",
            "max_money": "Dollars per turn",
        }
        help_texts = {
            "max_actions": "At most so many; empty: as usual here.",
            "max_seconds": "A turn that takes longer is ended; empty: as usual here.",
            "max_tokens": "Of all its requests to a model; empty: as usual here.",
            "max_money": "By the model’s prices; empty: as usual here.",
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        entity: Entity = options["instance"]
        options["initial"] = {"first_lines": "\n".join(entity.openers)}
        super().__init__(*args, **options)
        default = Strategy(site.MEMOS.strategy).label.split(":")[0].lower()
        choices = [("", f"As usual here ({default})"), *Strategy.choices]
        self.fields["strategy"] = forms.ChoiceField(label="How they act", required=False, choices=choices)
        for name, most in _MOST.items():
            self.fields[name] = forms.IntegerField(
                label=self.fields[name].label, help_text=self.fields[name].help_text, required=False,
                min_value=1, max_value=most,
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Refuse what is no such form: all of its fields may be empty, and an empty body would clear them."""
        if not set(self.fields) <= set(self.data):
            raise forms.ValidationError("The form did not arrive whole. Reload the page, and save it again.")
        return super().clean() or self.cleaned_data

    def columns(self) -> dict[str, Any]:
        """Return the columns to write."""
        values = dict(self.cleaned_data)
        lines = values.pop("first_lines").splitlines()
        return {**values, "openers": [line.strip() for line in lines if line.strip()]}


@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    """How it acts, and where it is put away."""
    entity = entity_of(request, slug)
    form = SettingsForm(request.POST if request.method == "POST" else None, instance=entity_of(request, slug))
    if form.is_bound and form.is_valid():
        Entity.objects.filter(pk=entity.pk).update(**form.columns())
        messages.success(request, "The settings are saved. They hold from the next turn on.")
        return redirect("entity_settings", entity.slug)
    context = frame(request, entity, "entity_settings") | {"form": form}
    return render(request, "entities/settings.html", context, status=400 if form.is_bound else 200)


def _in_words(seconds: float) -> str:
    """Return a time in minutes, or from two hours on in hours."""
    return f"{seconds / 3600:.1f} h" if seconds >= 7_200 else f"{seconds / 60:.0f} min"


def _board(model: type[Goal] | type[Desire], entity: Entity, order: str) -> list[dict[str, Any]]:
    """Return the columns of a board: what is active first, then the ways to end, the latest first (two queries)."""
    rows: QuerySet[Any] = model.objects.filter(entity=entity)
    active = list(rows.filter(status="active").order_by(order, "pk"))
    ended = list(rows.exclude(status="active").order_by("-ended_at", "-pk")[: 2 * ENDED])
    columns = [{"title": "Active", "rows": active}]
    for status in [value for value in model.Status.values if value != "active"]:
        columns.append({"title": status.capitalize(), "rows": [row for row in ended if row.status == status]})
    return columns
