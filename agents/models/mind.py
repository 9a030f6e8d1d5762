"""The lists in an entity's state: goals, desires and memories. Written by `agents.state.apply` alone."""

from django.db import models
from django.db.models import Q

from agents.models.entity import UNIT, Entity
from agents.models.owned import Owned


class Goal(Owned):
    """Something an entity has set out to do."""

    owner_path = "entity__owner"

    class Status(models.TextChoices):
        ACTIVE = "active"
        COMPLETED = "completed"
        ABANDONED = "abandoned"

    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="goals")
    text = models.CharField(max_length=500)
    priority = models.FloatField(default=0.5, validators=UNIT)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it ended.")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-priority", "id"]

    def __str__(self) -> str:
        return self.text


class Desire(Owned):
    """Something an entity would like, without having set out to get it."""

    owner_path = "entity__owner"

    class Status(models.TextChoices):
        ACTIVE = "active"
        SATISFIED = "satisfied"
        ABANDONED = "abandoned"

    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="desires")
    text = models.CharField(max_length=500)
    intensity = models.FloatField(default=0.5, validators=UNIT)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-intensity", "id"]

    def __str__(self) -> str:
        return self.text


class Memory(Owned):
    """Something an entity knows, with where it came from. A forgotten one stays, so that forgetting can be undone."""

    owner_path = "entity__owner"

    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="memories")
    content = models.CharField(max_length=2_000)
    digest = models.CharField(max_length=64, editable=False, help_text="SHA-256 of the folded content.")
    importance = models.FloatField(default=0.5, validators=UNIT)
    source = models.CharField(max_length=200, blank=True, help_text="Where it was learned, in words.")
    message = models.UUIDField(null=True, blank=True, help_text="The message it was learned from.")
    pinned = models.BooleanField(default=False)
    forgotten_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "memories"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "digest"], condition=Q(forgotten_at=None), name="memory_never_twice"
            )
        ]

    def __str__(self) -> str:
        return self.content


class StateVersion(Owned):
    """One version of an entity's state: the changes that made it, with time, cause and author. Never changed."""

    owner_path = "entity__owner"

    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    changes = models.JSONField(help_text="What `agents.state.Change` dumps, each with the value before.")
    cause = models.CharField(max_length=500)
    author = models.CharField(max_length=150, blank=True, help_text="The user who edited; empty for the entity.")
    run = models.UUIDField(null=True, blank=True, db_index=True)
    action = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["entity", "number"], name="version_number_per_entity")]

    def __str__(self) -> str:
        return f"v {self.number}: {self.cause}"
