"""The conversation's tables in the admin, and people. The log is to be read; what erases it is a command."""

from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from agents import state
from agents.admin.lists import SoundList
from agents.admin.models import ReadOnlyAdmin
from agents.models import Entity, StateVersion
from interactions.differences import differences
from interactions.models import (
    ApiToken,
    Branch,
    Conversation,
    Erasure,
    EventRecord,
    Folder,
    Initiative,
    Message,
    PersonZone,
    Rating,
    Run,
    Schedule,
    Telling,
)


@admin.register(StateVersion)
class StateVersionAdmin(ReadOnlyAdmin):
    ordering = ("-at", "-number")
    list_display = ("entity", "number", "at", "cause", "who", "what")
    list_display_links = ("number",)
    list_filter = ("entity", "author")
    list_select_related = ("entity",)
    search_fields = ("cause", "=run")
    date_hierarchy = "at"
    fields = ("entity", "number", "at", "cause", "who", "run", "action", "what")

    @admin.display(description="author")
    def who(self, version: StateVersion) -> str:
        """Who made it."""
        return version.author or "the entity"

    @admin.display(description="changes")
    def what(self, version: StateVersion) -> SafeString:
        """What it changed, one line each: before and after."""
        found = differences(state.changes_of(version))
        rows = ((each.path, _move(", ".join(each.before), ", ".join(each.after))) for each in found)
        return format_html_join("", '<p><b class="font-semibold">{}</b> {}</p>', rows)


def _move(before: str, after: str) -> str:
    """Return what left and what came: “old → new”, “+ new” or “− old”."""
    if before and after:
        return f"{before} → {after}"
    return f"+ {after}" if after else f"− {before}"


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "owner", "entity", "last_seq", "created_at", "updated_at")
    list_filter = ("entity", "owner")
    list_select_related = ("entity", "owner")
    search_fields = ("title", "=id")
    date_hierarchy = "created_at"
    fields = ("id", "title", "owner", "entity", "last_seq", "created_at", "updated_at", "erasing")

    @admin.display(description="erasing it")
    def erasing(self, conversation: Conversation) -> SafeString:
        """How a conversation is erased, since it cannot be deleted."""
        return format_html("<code>manage.py erase_conversation {} --reason …</code>", conversation.pk)


@admin.register(Folder)
class FolderAdmin(ReadOnlyAdmin):
    list_display = ("name", "owner", "created_at", "deleted_at")
    list_filter = ("owner",)
    list_select_related = ("owner",)
    search_fields = ("name",)


@admin.register(Branch)
class BranchAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "conversation", "number", "parent", "used_seq")
    list_display_links = ("number",)
    list_select_related = ("conversation__entity",)
    search_fields = ("=conversation__id",)


@admin.register(Rating)
class RatingAdmin(ReadOnlyAdmin):
    list_display = ("value", "owner", "run", "note", "updated_at")
    list_filter = ("value", "owner")
    list_select_related = ("owner", "run")
    search_fields = ("note", "=run__id")
    date_hierarchy = "updated_at"


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ("text_start", "author", "conversation", "seq", "created_at")
    list_filter = ("author", "conversation__entity")
    list_select_related = ("conversation__entity",)
    search_fields = ("text", "=conversation__id")
    date_hierarchy = "created_at"

    @admin.display(description="text")
    def text_start(self, message: Message) -> str:
        """How it begins."""
        return str(message) or "(silence)"


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("id", "status", "strategy", "conversation", "attempts", "code", "created_at", "finished_at")
    list_filter = ("status", "strategy", "code", "conversation__entity")
    list_select_related = ("conversation__entity",)
    search_fields = ("=id", "=conversation__id", "reason")
    date_hierarchy = "created_at"


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyAdmin):
    list_display = ("what", "entity", "next_at", "rhythm", "set_by", "fired", "last_at", "paused_at", "stopped_at")
    list_filter = ("set_by", "entity")
    list_select_related = ("entity",)
    search_fields = ("what",)


@admin.register(Telling)
class TellingAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "sender", "receiver", "created_at", "held_until", "heard", "withdrawn_at")
    list_filter = ("receiver", "held_by")
    list_select_related = ("receiver", "run__conversation__entity", "heard")
    search_fields = ("text", "=run__id")
    date_hierarchy = "created_at"


@admin.register(Initiative)
class InitiativeAdmin(ReadOnlyAdmin):
    list_display = ("entity", "runs_per_day", "quiet_from", "quiet_until", "reflect_after_turns", "wakes_on_change")
    list_select_related = ("entity",)


@admin.register(PersonZone)
class PersonZoneAdmin(ReadOnlyAdmin):
    list_display = ("owner", "zone")
    list_select_related = ("owner",)


@admin.register(EventRecord)
class EventRecordAdmin(ReadOnlyAdmin):
    list_display = ("seq", "kind", "conversation", "run", "action", "at")
    list_filter = ("kind", "conversation__entity")
    list_select_related = ("conversation__entity", "run")
    search_fields = ("=conversation__id", "=run__id", "action")
    date_hierarchy = "at"


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "reason", "at")


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens are made by their owners; here they can be revoked."""

    list_display = ("name", "owner", "created_at", "used_at")
    list_filter = ("owner",)
    list_select_related = ("owner",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Deleting a token revokes it, for whoever was given that right."""
        return bool(super(ReadOnlyAdmin, self).has_delete_permission(request, obj))


admin.site.unregister([User, Group, AccessAttempt, AccessLog, AccessFailureLog])


@admin.register(User)
class PersonAdmin(UserAdmin, SoundList):  # type: ignore[type-arg]  # generic for the type checker alone
    """People. Whoever has something stored is deactivated, not deleted."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    fieldsets = (
        (None, {"fields": ("username", "password", "first_name", "last_name", "email")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a person who has nothing can go; many at once never."""
        may = super().has_delete_permission(request, obj)
        return may and obj is not None and not _has_things(obj) and obj != request.user

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Explain why somebody cannot be deleted, on the page where they can be deactivated."""
        person = self.get_object(request, object_id)
        may_know = self.has_view_permission(request, person)
        if person is None or not may_know or self.has_delete_permission(request, person):
            return super().delete_view(request, object_id, extra_context)
        self.message_user(
            request,
            f"{person} cannot be deleted: entities and conversations hang on it. Untick “active” to keep somebody "
            "out; erase what is theirs with manage.py erase_entity and erase_conversation, and they can be deleted.",
            messages.WARNING,
        )
        return redirect("admin:auth_user_change", object_id)


def _has_things(person: User) -> bool:
    entities, talks = Entity.objects.filter(owner=person), Conversation.objects.filter(owner=person)
    return entities.exists() or talks.exists()


@admin.register(AccessAttempt)
class SignInAttemptAdmin(ReadOnlyAdmin):
    """Failed sign-ins; deleting one lets its address try again at once."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start", "path_info")
    search_fields = ("username", "ip_address")
    fields = ("attempt_time", "username", "ip_address", "user_agent", "failures_since_start", "path_info")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Deleting unlocks, for whoever was given that right."""
        return bool(super(ReadOnlyAdmin, self).has_delete_permission(request, obj))


@admin.register(AccessLog)
class SignInLogAdmin(ReadOnlyAdmin):
    list_display = ("attempt_time", "username", "ip_address", "logout_time")
    search_fields = ("username", "ip_address")
