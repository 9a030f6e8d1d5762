"""Describing a new entity."""

from typing import Any

from django import forms
from django.conf import settings
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from agents import state
from agents.changes import Mood
from agents.models import Entity, Strategy
from interactions import runs
from interactions.web.request import person


def _mood(label: str, intensity: float, valence: float, arousal: float, **emotions: float) -> Mood:
    return Mood(label=label, intensity=intensity, valence=valence, arousal=arousal, emotions=emotions)


# First moods to choose from, each with its strongest emotions.
MOODS: dict[str, Mood] = {
    mood.label: mood
    for mood in (
        _mood("calm", 0.4, 0.2, -0.2, trust=0.45, joy=0.3),
        _mood("cheerful", 0.6, 0.7, 0.4, joy=0.7, trust=0.4, surprise=0.2),
        _mood("curious", 0.6, 0.4, 0.4, anticipation=0.65, surprise=0.35, joy=0.3),
        _mood("wistful", 0.5, -0.2, -0.4, sadness=0.55, trust=0.25),
        _mood("shy", 0.4, -0.1, 0.2, fear=0.45, anticipation=0.3),
        _mood("grumpy", 0.5, -0.4, 0.2, anger=0.45, disgust=0.35),
    )
}


class EntityForm(forms.ModelForm[Entity]):
    """Who someone new is, and how they begin."""

    first_mood = forms.ChoiceField(choices=[(name, name.capitalize()) for name in MOODS], initial="calm")

    class Meta:
        model = Entity
        fields = ("name", "tagline", "persona", "strategy")
        labels = {"tagline": "In one line", "persona": "Who they are", "strategy": "How they act"}
        widgets = {"persona": forms.Textarea(attrs={"rows": 9})}
        help_texts = {
            "tagline": "For cards and lists: “Keeper of the Skerry Vhor light.”",
            "persona": "What they know, want and fear, and how they talk. A few sentences are enough.",
            "strategy": "You can change it later.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        default = Strategy(settings.MEMOS.strategy)
        self.fields["strategy"] = forms.ChoiceField(
            label="How they act",
            required=False,
            choices=[("", f"As usual here ({default.label.split(':')[0].lower()})"), *Strategy.choices],
            help_text="You can change it later.",
        )


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form for someone new; what was typed stays when something is wrong with it."""
    form = EntityForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        entity: Entity = form.save(commit=False)
        entity.owner = person(request)
        _feel(entity, MOODS[form.cleaned_data["first_mood"]])
        _store(entity)
        return redirect(runs.start_conversation(person(request), entity))
    return render(request, "entities/new.html", {"form": form}, status=400 if form.is_bound else 200)


def _feel(entity: Entity, mood: Mood) -> None:
    entity.mood, entity.intensity, entity.valence = mood.label, mood.intensity, mood.valence
    entity.arousal, entity.emotions = mood.arousal, dict(mood.emotions)


def _store(entity: Entity) -> None:
    """Create the entity under a free slug. Of two that come at once and want the same, the later one tries again."""
    for attempt in range(3):
        entity.slug = Entity.free_slug(entity.owner, entity.name)
        try:
            state.create(entity, cause="described", author=entity.owner.get_username())
        except IntegrityError:
            if attempt == 2:
                raise
        else:
            return
