"""The forms that edit one part of a state. Each names the version it was shown at, and says what it would change."""

from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from pydantic import ValidationError as BadValue

from agents.changes import (
    EMOTIONS,
    Change,
    DesireValue,
    Feeling,
    GoalValue,
    MemoryValue,
    Mood,
    PutDesire,
    PutGoal,
    PutMemory,
    SetAppearance,
    SetEnvironment,
    SetMood,
    SetPersona,
    SetTemperament,
    Temperament,
)
from agents.emotion import settled
from agents.llm.offline import voice
from agents.mind import EntityState
from interactions.web.entity.frame import HIGHEST


def _text(rows: int, most: int, *, required: bool = True, **options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(max_length=most, required=required, widget=widget, **options)


def _level(low: float = 0, **options: Any) -> forms.FloatField:
    widget = forms.NumberInput(attrs={"step": "0.05"})
    return forms.FloatField(min_value=low, max_value=1, widget=widget, **options)


def _shown(feeling: Feeling) -> dict[str, Any]:
    """What the fields of a feeling show; two digits, of which it has more while it fades."""
    numbers = {name: round(getattr(feeling, name), 2) for name in ("intensity", "valence", "arousal")}
    emotions = {name: round(feeling.emotions.get(name, 0.0), 2) for name in EMOTIONS}
    return {"label": feeling.label, **numbers, **emotions}


class PartForm(forms.Form):
    """One part of a state. `tab` is the page on which it is shown, `title` its name for people."""

    title: ClassVar[str]
    tab: ClassVar[str] = "entity_state"

    version = forms.IntegerField(min_value=0, max_value=HIGHEST, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, now: EntityState, key: int | None = None) -> None:
        """`now` is the state that is edited, `key` the id of a row in one of its lists (None: a new one).

        Raises `KeyError` when there is no such row.
        """
        self.now, self.key = now, key
        super().__init__(data, initial={"version": now.version, **self.shown(now)}, label_suffix="")

    def shown(self, state: EntityState) -> dict[str, Any]:
        """Return what the fields show of `state`. Raises `KeyError` for a row that is not in it."""
        raise NotImplementedError

    def change(self) -> Change:
        """Return what the cleaned form asks for."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """Give texts the product's line ends, and let the state's own types check the values."""
        cleaned = super().clean() or self.cleaned_data
        for name, value in cleaned.items():
            if isinstance(value, str):
                cleaned[name] = value.replace("\r\n", "\n")
        if not self.errors:
            try:
                self.asked = self.change()
            except BadValue as error:
                raise forms.ValidationError(error.errors()[0]["msg"]) from error
        return cleaned

    def values(self) -> dict[str, Any]:
        """Return the cleaned values of the part itself."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class PersonaForm(PartForm):
    title = "Who they are"

    name = forms.CharField(max_length=80)
    tagline = forms.CharField(max_length=160, required=False, label="In one line")
    persona = _text(10, 20_000, required=False, help_text="What they know, want and fear, and how they talk.")
    voice = forms.ChoiceField(help_text="How the offline responder makes them sound.")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        own = self.now.persona.voice
        self.fields["voice"] = forms.ChoiceField(
            choices=[(name, name.capitalize()) for name in sorted({*voices(), own})],
            help_text="How the offline responder makes them sound.",
        )

    def shown(self, state: EntityState) -> dict[str, Any]:
        return dict(state.persona)

    def change(self) -> Change:
        edited = {name: value for name, value in self.values().items() if value != getattr(self.now.persona, name)}
        return SetPersona(**edited)


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
    intensity = _level()
    valence = _level(-1, help_text="-1 unpleasant, 1 pleasant")
    arousal = _level(-1, help_text="-1 calm, 1 excited")
    joy, trust, fear, surprise = _level(), _level(), _level(), _level()
    sadness, disgust, anger, anticipation = _level(), _level(), _level(), _level()

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

    stability = _level(help_text="0: easily moved, and for long; 1: hardly moved, and soon themselves again.")
    label = forms.CharField(max_length=40, label="Usually, in a word")
    intensity = _level()
    valence = _level(-1, help_text="-1 unpleasant, 1 pleasant")
    arousal = _level(-1, help_text="-1 calm, 1 excited")
    joy, trust, fear, surprise = _level(), _level(), _level(), _level()
    sadness, disgust, anger, anticipation = _level(), _level(), _level(), _level()

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


class AppearanceForm(PartForm):
    title = "Appearance"

    appearance = _text(5, 4_000, required=False, help_text="What one sees of them.")

    def shown(self, state: EntityState) -> dict[str, Any]:
        return {"appearance": state.appearance}

    def change(self) -> Change:
        return SetAppearance(text=self.cleaned_data["appearance"])


class EnvironmentForm(PartForm):
    title = "Environment"

    environment = _text(5, 4_000, required=False, help_text="Where they are, and what is around them.")

    def shown(self, state: EntityState) -> dict[str, Any]:
        return {"environment": state.environment}

    def change(self) -> Change:
        return SetEnvironment(text=self.cleaned_data["environment"])


class RowForm(PartForm):
    """A row of one of the lists."""

    part: ClassVar[str]
    names: ClassVar[tuple[str, ...]]

    def value_in(self, state: EntityState) -> Any:
        """Return the row's value in `state`, the value of a new one for no key. Raises `KeyError`."""
        return getattr(state, self.part)[self.key]

    def shown(self, state: EntityState) -> dict[str, Any]:
        if self.key is None:
            return {}
        value = self.value_in(state)
        return {name: getattr(value, name) for name in self.names}


class GoalForm(RowForm):
    title, part, names = "Goal", "goals", ("text", "priority", "status", "reason")

    text = forms.CharField(max_length=500, label="What they have set out to do")
    priority = _level(initial=0.5)
    status = forms.ChoiceField(choices=[(name, name.capitalize()) for name in ("active", "completed", "abandoned")])
    reason = forms.CharField(max_length=500, required=False, help_text="Why it ended.")

    def change(self) -> Change:
        old = self.now.goals[self.key].model_dump() if self.key else {}
        return PutGoal(id=self.key, goal=GoalValue(**{**old, **self.values()}))


class DesireForm(RowForm):
    title, part, names = "Desire", "desires", ("text", "intensity", "status", "reason")

    text = forms.CharField(max_length=500, label="What they would like")
    intensity = _level(initial=0.5)
    status = forms.ChoiceField(choices=[(name, name.capitalize()) for name in ("active", "satisfied", "abandoned")])
    reason = forms.CharField(max_length=500, required=False, help_text="Why it ended.")

    def change(self) -> Change:
        old = self.now.desires[self.key].model_dump() if self.key else {}
        return PutDesire(id=self.key, desire=DesireValue(**{**old, **self.values()}))


class MemoryForm(RowForm):
    title, tab, part, names = "Memory", "entity_memories", "memories", ("content", "importance", "source")

    content = _text(4, 2_000, label="What they know")
    importance = _level(initial=0.5)
    source = forms.CharField(max_length=200, required=False, help_text="Where it was learned, in words.")

    def change(self) -> Change:
        old = self.now.memories[self.key].model_dump() if self.key else {}
        return PutMemory(id=self.key, memory=MemoryValue(**{**old, **self.values()}))


FORMS: dict[str, type[PartForm]] = {
    "persona": PersonaForm,
    "mood": MoodForm,
    "temperament": TemperamentForm,
    "appearance": AppearanceForm,
    "environment": EnvironmentForm,
    "goal": GoalForm,
    "desire": DesireForm,
    "memory": MemoryForm,
}


@lru_cache
def voices() -> tuple[str, ...]:
    """Return the names of the offline responder's voices."""
    return tuple(path.stem for path in sorted(Path(voice.DIRECTORY).glob("*.toml")))
