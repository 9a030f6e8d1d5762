"""The form of an entity in the admin: its state beside the settings that are none."""

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from agents import state
from agents.admin.forms import VersionedForm
from agents.changes import (
    EMOTIONS,
    Change,
    Feeling,
    SetAppearance,
    SetEnvironment,
    SetMood,
    SetPersona,
    SetTemperament,
    Temperament,
)
from agents.models import Entity

_PERSONA = ("name", "tagline", "persona", "voice")
_MOOD = ("intensity", "valence", "arousal")
# Far more than any run needs, and less than a column holds.
_MOST = {"max_actions": 1_000, "max_seconds": 86_400, "max_tokens": 1_000_000_000, "max_money": 1_000}
_OWN = ("slug", "strategy", "max_actions", "max_seconds", "max_tokens", "max_money")  # columns that are no state
_USUAL = ("intensity", "valence", "arousal", *EMOTIONS)  # what a baseline has, beside its word


def _emotion(low: float = 0) -> forms.FloatField:
    widget = UnfoldAdminDecimalFieldWidget(attrs={"step": "any"})
    return forms.FloatField(min_value=low, max_value=1, required=False, widget=widget)


class EntityForm(VersionedForm):
    """An entity, its eight emotions as fields of their own."""

    joy, trust, fear, surprise = _emotion(), _emotion(), _emotion(), _emotion()
    sadness, disgust, anger, anticipation = _emotion(), _emotion(), _emotion(), _emotion()
    usual_word = forms.CharField(max_length=40, required=False, widget=UnfoldAdminTextInputWidget)
    usual_intensity, usual_valence, usual_arousal = _emotion(), _emotion(-1), _emotion(-1)
    usual_joy, usual_trust, usual_fear, usual_surprise = _emotion(), _emotion(), _emotion(), _emotion()
    usual_sadness, usual_disgust, usual_anger, usual_anticipation = _emotion(), _emotion(), _emotion(), _emotion()
    first_lines = forms.CharField(
        required=False,
        label="Openers",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="First sentences offered to a newcomer, one per line.",
    )
    archived = forms.BooleanField(
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="Out of sight, with everything kept. Entities are not deleted here, because their history and "
        "conversations would go with them; “manage.py erase_entity” does that for good.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        entity = options.get("instance") or Entity()
        shown = {name: entity.emotions.get(name, 0.0) for name in EMOTIONS}
        shown |= self._usual(entity)
        shown |= {"first_lines": "\n".join(entity.openers), "archived": entity.archived_at is not None}
        options["initial"] = shown | (options.get("initial") or {})
        super().__init__(*args, **options)
        self.fields["stability"].required = False
        for name, most in _MOST.items():
            self.fields[name].validators.append(MaxValueValidator(most))

    @property
    def entity(self) -> Entity | None:
        """The entity; None while it is being added."""
        return self.instance if self.instance.pk else None

    def clean_mood(self) -> str:
        """Write moods small, as the state does."""
        return str(self.cleaned_data["mood"]).strip().lower()

    def clean_stability(self) -> float:
        """Leave it as it is, where nothing was given."""
        given = self.cleaned_data.get("stability")
        return float(self.initial.get("stability", 0.5) if given is None else given)

    def clean_slug(self) -> str:
        """Refuse a slug that its owner uses already. The owner is not in the form of a stored entity."""
        slug = str(self.cleaned_data["slug"])
        if (
            self.instance.pk
            and Entity.objects.filter(owner=self.instance.owner, slug=slug).exclude(pk=self.instance.pk).exists()
        ):
            raise forms.ValidationError("Its owner has another entity with this slug.")
        return slug

    def emotions(self) -> dict[str, float]:
        """Return the eight emotions as they came in, those at rest left out."""
        return {name: self.cleaned_data[name] for name in EMOTIONS if self.cleaned_data.get(name)}

    def own_columns(self) -> dict[str, Any]:
        """Return what was touched of the columns that are no state."""
        touched = self.touched()
        values = {name: touched[name] for name in _OWN if name in touched}
        if "first_lines" in touched:
            values["openers"] = [line.strip() for line in touched["first_lines"].splitlines() if line.strip()]
        if "archived" in touched:
            values["archived_at"] = timezone.now() if touched["archived"] else None
        return values

    def changes(self) -> list[Change]:
        """Return what was touched of the state, upon the state as it is now."""
        touched = self.touched()
        changes: list[Change] = []
        if persona := {name: touched[name] for name in _PERSONA if name in touched}:
            changes.append(SetPersona(**persona))
        if mood := self._mood(touched):
            changes.append(mood)
        if usual := self._temperament(touched):
            changes.append(usual)
        if "appearance" in touched:
            changes.append(SetAppearance(text=touched["appearance"]))
        if "environment" in touched:
            changes.append(SetEnvironment(text=touched["environment"]))
        return changes

    def _mood(self, touched: dict[str, Any]) -> SetMood | None:
        values = {name: touched[name] for name in _MOOD if name in touched}
        if "mood" in touched:
            values["label"] = touched["mood"]
        if "mood_held" in touched:
            values["held"] = touched["mood_held"]
        felt = {name: touched[name] or 0.0 for name in EMOTIONS if name in touched}
        if not values and not felt:
            return None
        now = state.mood_at(Entity.objects.get(pk=self.instance.pk), timezone.now())
        return SetMood(mood=now.model_copy(update={**values, "emotions": {**now.emotions, **felt}}))

    def _temperament(self, touched: dict[str, Any]) -> SetTemperament | None:
        """What was touched of the baseline and the stability, upon what they are now."""
        given = {name: touched[f"usual_{name}"] or 0.0 for name in _USUAL if f"usual_{name}" in touched}
        if "stability" not in touched and "usual_word" not in touched and not given:
            return None
        now = state.temperament_of(Entity.objects.get(pk=self.instance.pk))
        felt = {name: value for name, value in given.items() if name in EMOTIONS}
        axes = {name: value for name, value in given.items() if name not in EMOTIONS}
        word = {"label": touched["usual_word"]} if touched.get("usual_word") else {}
        old = now.baseline.model_dump()
        baseline = Feeling.model_validate({**old, **axes, **word, "emotions": {**now.baseline.emotions, **felt}})
        stability = touched.get("stability")
        return SetTemperament(
            temperament=Temperament(baseline=baseline, stability=now.stability if stability is None else stability)
        )

    @staticmethod
    def _usual(entity: Entity) -> dict[str, Any]:
        home = state.temperament_of(entity).baseline
        shown = {f"usual_{name}": getattr(home, name) for name in _USUAL if name not in EMOTIONS}
        return {"usual_word": home.label, **shown} | {
            f"usual_{name}": home.emotions.get(name, 0.0) for name in EMOTIONS
        }
