"""Chains in the admin: to be found and read. They are written on their own page, which checks every action."""

from django.contrib import admin

from agents.admin.models import ReadOnlyAdmin
from agents.models import Chain


@admin.register(Chain)
class ChainAdmin(ReadOnlyAdmin):
    """Everybody's chains, those that were removed too."""

    list_display = ("name", "owner", "entity", "updated_at", "removed_at")
    list_filter = (("removed_at", admin.EmptyFieldListFilter),)
    search_fields = ("name",)
    list_select_related = ("owner", "entity")
