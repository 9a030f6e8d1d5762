"""The forms that edit one part of a state, by the part's name."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from django import forms

from agents.changes import Change, SetAppearance, SetEnvironment, SetPersona
from agents.llm.offline import voice
from agents.mind import EntityState
from interactions.web.entity.feeling_forms import MoodForm, TemperamentForm
from interactions.web.entity.part_form import PartForm, text_field
from interactions.web.entity.row_forms import DesireForm, GoalForm, MemoryForm


class PersonaForm(PartForm):
    title = "Who they are"

    name = forms.CharField(max_length=80)
    tagline = forms.CharField(max_length=160, required=False, label="In one line")
    persona = text_field(10, 20_000, required=False, help_text="What they know, want and fear, and how they talk.")
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


class AppearanceForm(PartForm):
    title = "Appearance"

    appearance = text_field(5, 4_000, required=False, help_text="What one sees of them.")

    def shown(self, state: EntityState) -> dict[str, Any]:
        return {"appearance": state.appearance}

    def change(self) -> Change:
        return SetAppearance(text=self.cleaned_data["appearance"])


class EnvironmentForm(PartForm):
    title = "Environment"

    environment = text_field(5, 4_000, required=False, help_text="Where they are, and what is around them.")

    def shown(self, state: EntityState) -> dict[str, Any]:
        return {"environment": state.environment}

    def change(self) -> Change:
        return SetEnvironment(text=self.cleaned_data["environment"])


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
