"""Language models in the admin: to be read. They are set up on the settings page, which knows about keys."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from agents.admin.lists import SoundList
from agents.llm import recording
from agents.models import ModelCall, Provider, Snapshot


class ReadOnlyAdmin(SoundList):
    """What was written once: to be found and read, not changed."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted, one by one or many at once."""
        return False


@admin.register(Provider)
class ProviderAdmin(ReadOnlyAdmin):
    list_display = ("kind", "model", "base_url", "active", "created_at")
    fields = ("kind", "model", "base_url", "active", "created_at")


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    ordering = ("-pk",)
    list_display = ("entity", "number", "section", "codec")
    list_display_links = ("number",)
    list_filter = ("entity", "section")
    list_select_related = ("entity",)
    fields = ("entity", "number", "section", "codec", "digest")


@admin.register(ModelCall)
class ModelCallAdmin(ReadOnlyAdmin):
    list_display = (
        "started_at",
        "purpose",
        "model",
        "entity",
        "owner",
        "tokens",
        "price",
        "seconds",
        "attempts",
        "error",
    )
    list_filter = ("purpose", "model", "entity", "owner")
    list_select_related = ("entity", "owner")
    search_fields = ("=run", "error")
    date_hierarchy = "started_at"
    fields = (
        *("started_at", "purpose", "model", "entity", "owner", "run", "action", "tokens", "price"),
        *("first_ms", "total_ms", "attempts", "error", "asked", "answered"),
    )

    @admin.display(description="tokens in, out")
    def tokens(self, call: ModelCall) -> str:
        """What went in and came out; “about” where the server did not say."""
        return f"{'about ' if call.is_estimated else ''}{call.input_tokens}, {call.output_tokens}"

    @admin.display(description="USD", ordering="cost")
    def price(self, call: ModelCall) -> str:
        """What it cost, by the list."""
        return "unpriced" if call.cost is None else f"{call.cost:.6f}"

    @admin.display(description="seconds", ordering="total_ms")
    def seconds(self, call: ModelCall) -> str:
        """How long it took."""
        return f"{call.total_ms / 1000:.2f}"

    @admin.display(description="prompt")
    def asked(self, call: ModelCall) -> SafeString:
        """The messages that were sent."""
        rows = ((message["role"], message["content"]) for message in recording.prompt_of(call))
        return format_html_join(
            "", '<p class="font-semibold">{}</p><pre class="whitespace-pre-wrap mb-4">{}</pre>', rows
        )

    @admin.display(description="answer")
    def answered(self, call: ModelCall) -> SafeString:
        """What came back."""
        return format_html('<pre class="whitespace-pre-wrap">{}</pre>', recording.answer_of(call))
