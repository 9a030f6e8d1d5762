"""Chains: sequences of actions that a person has saved under a name, to be run whole."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from agents.models.entity import Entity
from agents.models.owned import Owned
from agents.plan import PlannedAction


class Chain(Owned):
    """A named sequence of planned actions, for one entity or for all of the owner's. A removed one can come back."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="chains")
    entity = models.ForeignKey(
        Entity, null=True, blank=True, on_delete=models.CASCADE, related_name="chains", help_text="Empty: all of yours."
    )
    name = models.CharField(max_length=60)
    actions = models.JSONField(default=list, blank=True, help_text="What `agents.plan.PlannedAction` dumps, in order.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = [Lower("name"), "id"]
        constraints = [
            models.UniqueConstraint("owner", Lower("name"), condition=Q(removed_at=None), name="chain_name_per_owner")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def planned(self) -> tuple[PlannedAction, ...]:
        """The actions as values. Raises `pydantic.ValidationError` for what no version has written."""
        return tuple(PlannedAction.model_validate(fields) for fields in self.actions)
