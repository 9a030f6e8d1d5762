"""Entities in the admin: who they are, how they feel, where they are, and how they act."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from agents import state
from agents.admin.entity_form import EntityForm
from agents.admin.forms import CAUSE, StateAdmin
from agents.admin.parts import DesireInline, GoalInline, PartForm, gone
from agents.changes import Change
from agents.models import Entity


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
