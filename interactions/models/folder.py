"""Folders: how a person sorts conversations."""

from django.conf import settings
from django.db import models

from agents.models import Owned


class Folder(Owned):
    """A name under which conversations are listed. A deleted one can be brought back; its conversations stay."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="folders")
    name = models.CharField(max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name
