"""The forms that edit how an entity feels, and what its feelings return to."""

from typing import Any

from django import forms
from django.utils import timezone

from agents.changes import EMOTIONS, Change, Feeling, Mood, SetMood, SetTemperament, Temperament
from agents.emotion import settled
from agents.mind import EntityState
from interactions.web.entity.part_form import PartForm, level_field


class MoodForm(PartForm):
    title = "Mood"

    label = forms.CharField(max_length=40, label="In a word")
    held = forms.TypedChoiceField(
        required=False,
        label="The word",
        choices=[("", "follows what they feel"), ("held", "stays until you release it")],
        coerce=bool,
        empty_value=None,
    )
    intensity = level_field()
    valence = level_field(-1, help_text="-1 unpleasant, 1 pleasant")
    arousal = level_field(-1, help_text="-1 calm, 1 excited")
    joy, trust, fear, surprise = level_field(), level_field(), level_field(), level_field()
    sadness, disgust, anger, anticipation = level_field(), level_field(), level_field(), level_field()

    def shown(self, state: EntityState) -> dict[str, Any]:
        felt = settled(state.mood, state.temperament, timezone.now())
        return {**_shown(felt), "held": "held" if felt.held else ""}

    def change(self) -> Change:
        values = self.values()
        values["held"] = bool(values["held"])
        felt = {name: values.pop(name) for name in EMOTIONS}
        emotions = {name: value for name, value in {**self.now.mood.emotions, **felt}.items() if value}
        return SetMood(mood=Mood(**{**self.now.mood.model_dump(), **values, "emotions": emotions}))


class TemperamentForm(PartForm):
    title = "Temperament"

    stability = level_field(help_text="0: easily moved, and for long; 1: hardly moved, and soon themselves again.")
    label = forms.CharField(max_length=40, label="Usually, in a word")
    intensity = level_field()
    valence = level_field(-1, help_text="-1 unpleasant, 1 pleasant")
    arousal = level_field(-1, help_text="-1 calm, 1 excited")
    joy, trust, fear, surprise = level_field(), level_field(), level_field(), level_field()
    sadness, disgust, anger, anticipation = level_field(), level_field(), level_field(), level_field()

    def shown(self, state: EntityState) -> dict[str, Any]:
        return {**_shown(state.temperament.baseline), "stability": state.temperament.stability}

    def change(self) -> Change:
        values = self.values()
        stability, felt = values.pop("stability"), {name: values.pop(name) for name in EMOTIONS}
        old = self.now.temperament.baseline
        is_same = felt == {name: _shown(old)[name] for name in EMOTIONS}
        emotions = old.emotions if is_same else {name: value for name, value in felt.items() if value}
        baseline = Feeling(**values, emotions=emotions)
        return SetTemperament(temperament=Temperament(baseline=baseline, stability=stability))


def _shown(feeling: Feeling) -> dict[str, Any]:
    """What the fields of a feeling show; two digits, of which it has more while it fades."""
    numbers = {name: round(getattr(feeling, name), 2) for name in ("intensity", "valence", "arousal")}
    emotions = {name: round(feeling.emotions.get(name, 0.0), 2) for name in EMOTIONS}
    return {"label": feeling.label, **numbers, **emotions}
