"""Entities in the admin: who they are, how they feel, where they are, and how they act."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.validators import MaxValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from agents import state
from agents.admin.forms import CAUSE, StateAdmin, VersionedForm
from agents.admin.parts import DesireInline, GoalInline, PartForm, gone
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


@admin.register(Entity)
class EntityAdmin(StateAdmin):
    form = EntityForm
    inlines = (GoalInline, DesireInline)
    list_display = ("name", "owner", "feeling", "version", "acts", "is_active")
    list_filter = ("strategy", ("archived_at", admin.EmptyFieldListFilter), "owner")
    list_select_related = ("owner",)
    search_fields = ("name", "slug", "tagline")
    fieldsets = (
        (
            "Who it is",
            {
                "classes": ("tab",),
                "fields": (
                    *("expected_version", "owner", "name", "slug", "tagline", "persona", "voice", "first_lines"),
                ),
            },
        ),
        (
            "Mood",
            {
                "classes": ("tab",),
                "fields": (
                    ("mood", "mood_held"),
                    ("intensity",),
                    ("valence", "arousal"),
                    ("joy", "trust"),
                    ("fear", "surprise"),
                    ("sadness", "disgust"),
                    ("anger", "anticipation"),
                ),
            },
        ),
        (
            "Temperament",
            {
                "classes": ("tab",),
                "description": "What feelings fade to. Whoever is added has the first mood as the usual one.",
                "fields": (
                    ("stability", "usual_word"),
                    ("usual_intensity",),
                    ("usual_valence", "usual_arousal"),
                    ("usual_joy", "usual_trust"),
                    ("usual_fear", "usual_surprise"),
                    ("usual_sadness", "usual_disgust"),
                    ("usual_anger", "usual_anticipation"),
                ),
            },
        ),
        ("Surroundings", {"classes": ("tab",), "fields": ("appearance", "environment")}),
        (
            "How it acts",
            {
                "classes": ("tab",),
                "fields": (
                    "strategy",
                    "max_actions",
                    "max_seconds",
                    "max_tokens",
                    "max_money",
                    "archived",
                    "history",
                ),
            },
        ),
    )

    @admin.display(description="mood")
    def feeling(self, entity: Entity) -> str:
        """How it feels, with the intensity."""
        felt = state.mood_at(entity, timezone.now())
        return f"{felt.label} {felt.intensity:.2f}"

    @admin.display(description="strategy")
    def acts(self, entity: Entity) -> str:
        """How it acts."""
        return entity.strategy or "default"

    @admin.display(boolean=True, description="active", ordering="archived_at")
    def is_active(self, entity: Entity) -> bool:
        """Whether it is not archived."""
        return entity.archived_at is None

    @admin.display(description="history")
    def history(self, entity: Entity) -> str:
        """Links to what hangs on it."""
        if not entity.pk:
            return "Version 1 will be its creation."
        pages = (
            ("agents_stateversion", f"{entity.version} versions"),
            ("agents_memory", "Memories"),
            ("interactions_conversation", "Conversations"),
        )
        links = [
            format_html(
                '<a class="underline" href="{}?entity__id__exact={}">{}</a>',
                reverse(f"admin:{page}_changelist"),
                entity.pk,
                words,
            )
            for page, words in pages
        ]
        return format_html("{} · {} · {}", *links)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep an entity with its owner: its conversations are the owner's."""
        return ("history", "owner") if obj else ("history",)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, tuple[str, ...]]:
        """Make a new entity's slug from its name."""
        return {} if obj else {"slug": ("name",)}

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Offer the one who adds it as its owner."""
        return {"owner": request.user.pk, **super().get_changeform_initial_data(request)}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Entities are archived, or erased by a command of their own."""
        return False

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Explain why there is no deleting, on the page where it can be archived."""
        self.message_user(request, EntityForm.base_fields["archived"].help_text, messages.WARNING)
        return redirect("admin:agents_entity_change", object_id)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write what is no part of the state. A new entity is stored whole, in `save_related`."""
        if change and (columns := form.own_columns()):
            Entity.objects.filter(pk=obj.pk).update(**columns)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Write the state as one version: the form's part, and its goals and desires."""
        author = request.user.get_username()
        parts = [made for formset in formsets for made in _changes(formset)]
        entity: Entity = form.instance
        if change:
            expected = form.cleaned_data["expected_version"]
            state.apply(entity.pk, [*form.changes(), *parts], cause=CAUSE, author=author, expected_version=expected)
        else:
            entity.emotions = form.emotions()
            for name, value in form.own_columns().items():
                setattr(entity, name, value)
            state.create(entity, parts, cause="created in the admin", author=author)


def _changes(formset: Any) -> list[Change]:
    """Return what was done to the rows of an inline."""
    formset.save(commit=False)  # sorts the rows into new, changed and deleted ones, for the admin's own history
    rows = [form for form in formset.forms if isinstance(form, PartForm) and form.has_changed()]
    kept = [form.put() for form in rows if form not in formset.deleted_forms]
    return kept + [gone(form.instance) for form in formset.deleted_forms if form.instance.pk]
