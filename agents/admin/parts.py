"""Goals, desires and memories in the admin: pages of their own, and rows on the entity's page."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldBooleanSwitchWidget

from agents import state
from agents.admin.forms import CAUSE, StateAdmin, StateForm, VersionedForm
from agents.changes import (
    Change,
    DesireValue,
    GoalValue,
    MemoryValue,
    PutDesire,
    PutGoal,
    PutMemory,
    RemoveDesire,
    RemoveGoal,
)
from agents.models import Desire, Entity, Goal, Memory

Part = Goal | Desire | Memory


def put(row: Part) -> Change:
    """Return the change that makes the state hold `row`."""
    match row:
        case Goal():
            fields = {name: getattr(row, name) for name in GoalValue.model_fields}
            goal = GoalValue.model_validate(fields)
            return PutGoal(id=row.pk, goal=goal)
        case Desire():
            desire = DesireValue(text=row.text, intensity=row.intensity, status=row.status, reason=row.reason)
            return PutDesire(id=row.pk, desire=desire)
        case Memory():
            return PutMemory(
                id=row.pk,
                memory=MemoryValue(
                    content=row.content,
                    importance=row.importance,
                    source=row.source,
                    message=str(row.message) if row.message else None,
                    pinned=row.pinned,
                    forgotten=row.forgotten_at is not None,
                ),
            )


def gone(row: Part) -> Change:
    """Return the change that takes `row` out of mind: a memory is forgotten, anything else abandoned. A goal or desire
    that has ended already is taken out of the state."""
    if isinstance(row, Memory):
        row.forgotten_at = timezone.now()
    elif row.status != "active":
        return RemoveGoal(id=row.pk) if isinstance(row, Goal) else RemoveDesire(id=row.pk)
    else:
        row.status, row.reason = "abandoned", row.reason or "removed in the admin"
    return put(row)


class PartForm(StateForm):
    """One goal, desire or memory."""

    def put(self) -> Change:
        """Return the change that this form stands for: what was touched, upon the row as it is now."""
        kind = type(self.instance)
        row = kind.objects.get(pk=self.instance.pk) if self.instance.pk else kind()
        for name, value in self.touched().items():
            setattr(row, name, value)
        return put(row)


class PartPageForm(PartForm, VersionedForm):
    """A goal or desire on a page of its own."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        name = self.add_prefix("entity")
        if self.is_bound and not str(self.data.get(name, "")).isdecimal():
            data = cast(QueryDict, self.data).copy()
            data[name] = ""  # the widget would fail on what is no id
            self.data = data

    @property
    def entity(self) -> Entity | None:
        """The entity it belongs to."""
        return self.instance.entity if self.instance.pk else None


class MemoryForm(PartPageForm):
    """A memory; a forgotten one can be brought back."""

    forgotten = forms.BooleanField(
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="Out of mind, but kept: untick it, and it is remembered again.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        options["initial"] = {"forgotten": _is_forgotten(options.get("instance")), **(options.get("initial") or {})}
        super().__init__(*args, **options)

    def touched(self) -> dict[str, Any]:
        """Return what was touched, by the names of the columns."""
        values = super().touched()
        if "forgotten" in values:
            values["forgotten_at"] = timezone.now() if values.pop("forgotten") else None
        return values


def _is_forgotten(memory: Memory | None) -> bool:
    return memory is not None and memory.forgotten_at is not None


class PartInline(TabularInline):
    """Rows on the entity's page; what is ticked for deletion is abandoned."""

    form = PartForm
    extra = 0
    tab = True


class GoalInline(PartInline):
    model = Goal
    fields = ("text", "priority", "progress", "status", "reason")


class DesireInline(PartInline):
    model = Desire
    fields = ("text", "intensity", "status", "reason")


class PartAdmin(StateAdmin):
    """A page for each row. Deleting is a change of state too, and can be taken back."""

    form = PartPageForm
    delete_confirmation_template = "admin/agents/part_delete_confirmation.html"
    actions = ("take_out",)
    autocomplete_fields = ("entity",)
    list_select_related = ("entity",)
    list_per_page = 50
    removed = "abandoned"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep a part with its entity."""
        return ("entity", "created_at") if obj else ()

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Leave out what the state sets by itself."""
        return ("ended_at", "message", "forgotten_at", *(() if obj else ("created_at",)))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write the edit as a version of the entity's state."""
        version = state.apply(
            obj.entity_id,
            [form.put()],
            cause=CAUSE,
            author=request.user.get_username(),
            expected_version=form.cleaned_data["expected_version"] if change else None,
        )
        if version is not None:
            obj.pk = version.changes[0]["id"]

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Take it out of mind."""
        self._remove(request, [obj])

    @admin.action(description="Take out of mind")
    def take_out(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Take them out of mind, each entity's in one version. It can be taken back, so nobody is asked twice."""
        rows = list(queryset.select_related("entity"))
        self._remove(request, rows)
        self.message_user(request, f"{len(rows)} {self.removed}.", messages.SUCCESS)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Leave out Django's own deleting of many, which would say that they are gone for good."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Nothing hangs on a row that stays."""
        return [str(row) for row in objs], {str(self.opts.verbose_name_plural): len(objs)}, set(), []

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        """Say what became of it."""
        self.message_user(request, f"“{obj_display}” is {self.removed}.", messages.SUCCESS)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def _remove(self, request: HttpRequest, rows: list[Part]) -> None:
        changes: dict[int, list[Change]] = {}
        for row in rows:
            changes.setdefault(row.entity_id, []).append(gone(row))
        for entity, of_entity in changes.items():
            state.apply(entity, of_entity, cause="removed in the admin", author=request.user.get_username())


@admin.register(Goal)
class GoalAdmin(PartAdmin):
    fields = ("expected_version", "entity", "text", "priority", "progress", "status", "reason")
    list_display = ("text", "entity", "priority", "progress", "status", "created_at")
    list_filter = ("status", "entity")
    search_fields = ("text",)


@admin.register(Desire)
class DesireAdmin(PartAdmin):
    fields = ("expected_version", "entity", "text", "intensity", "status", "reason")
    list_display = ("text", "entity", "intensity", "status", "created_at")
    list_filter = ("status", "entity")
    search_fields = ("text",)


@admin.register(Memory)
class MemoryAdmin(PartAdmin):
    form = MemoryForm
    fields = ("expected_version", "entity", "content", "importance", "source", "pinned", "forgotten")
    list_display = ("content", "entity", "importance", "source", "pinned", "is_known", "created_at")
    list_filter = ("pinned", ("forgotten_at", admin.EmptyFieldListFilter), "entity")
    search_fields = ("content", "source")
    removed = "forgotten"

    @admin.display(boolean=True, description="known", ordering="forgotten_at")
    def is_known(self, memory: Memory) -> bool:
        """Whether the entity still has it in mind."""
        return memory.forgotten_at is None

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Show the content in a box of several lines."""
        if db_field.name == "content":
            options["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 4})
        return super().formfield_for_dbfield(db_field, request, **options)
