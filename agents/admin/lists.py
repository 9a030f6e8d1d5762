"""Lists of the admin whose filters come from the address, where anybody can write anything."""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest
from unfold.admin import ModelAdmin


class SoundList(ModelAdmin):
    """Answers a filter that makes no sense by the list without it."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the list. Django finds out that there is no year 0 only when it asks the database."""
        try:
            return super().get_changelist_instance(request)
        except (ValueError, OverflowError) as error:
            raise IncorrectLookupParameters(error) from error
