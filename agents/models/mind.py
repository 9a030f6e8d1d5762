"""The lists in an entity's state: goals, desires and memories. Written by `agents.state` alone."""

from collections.abc import Sequence

from django.db import models
from django.db.models import Q

from agents.changes import Change
from agents.models.entity import UNIT, Entity
from agents.models.owned import Owned, OwnedQuerySet


class Present(models.Manager.from_queryset(OwnedQuerySet)):  # type: ignore[misc]
    """The rows that are part of the state: those that a change removed are left out."""

    def get_queryset(self) -> OwnedQuerySet:
        """Return the rows that were not removed."""
        return super().get_queryset().filter(removed_at=None)  # type: ignore[no-any-return]


class Part(Owned):
    """A row of one of the state's lists. A removed one stays in the table, so that undoing brings the same row back;
    only `everything` shows it."""

    owner_path = "entity__owner"

    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = Present()  # type: ignore[misc]  # the plugin takes the other for a constant
    everything = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True


class Goal(Part):
    """Something an entity has set out to do."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        COMPLETED = "completed"
        ABANDONED = "abandoned"

    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="goals")
    text = models.CharField(max_length=500)
    priority = models.FloatField(default=0.5, validators=UNIT)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it ended.")
    progress = models.FloatField(default=0.0, validators=UNIT, help_text="How far it has come, 0 to 1.")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-priority", "id"]

    def __str__(self) -> str:
        return self.text


class Desire(Part):
    """Something an entity would like, without having set out to get it."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        SATISFIED = "satisfied"
        ABANDONED = "abandoned"

    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="desires")
    text = models.CharField(max_length=500)
    intensity = models.FloatField(default=0.5, validators=UNIT)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    reason = models.CharField(max_length=500, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-intensity", "id"]

    def __str__(self) -> str:
        return self.text


class Memory(Part):
    """Something an entity knows, with where it came from. A forgotten one stays, so that forgetting can be undone."""

    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="memories")
    content = models.CharField(max_length=2_000)
    digest = models.CharField(max_length=64, editable=False, help_text="SHA-256 of the folded content.")
    importance = models.FloatField(default=0.5, validators=UNIT)
    source = models.CharField(max_length=200, blank=True, help_text="Where it was learned, in words.")
    message = models.UUIDField(null=True, blank=True, help_text="The message it was learned from.")
    pinned = models.BooleanField(default=False)
    forgotten_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "memories"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "digest"],
                condition=Q(forgotten_at=None, removed_at=None),
                name="memory_never_twice",
            )
        ]

    def __str__(self) -> str:
        return self.content


class StateVersion(Owned):
    """One version of an entity's state: the changes that made it, with time, cause and author. Never changed."""

    owner_path = "entity__owner"

    # Its index is the one that numbers the versions.
    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    changes = models.JSONField(help_text="What `agents.state.Change` dumps, each with the value before.")
    cause = models.CharField(max_length=500)
    author = models.CharField(max_length=150, blank=True, help_text="The user who edited; empty for the entity.")
    run = models.UUIDField(null=True, blank=True, db_index=True)
    action = models.CharField(max_length=40, blank=True)
    undoes = models.PositiveIntegerField(null=True, blank=True, help_text="The version that this one took back.")
    undoes_run = models.UUIDField(null=True, blank=True, help_text="The run all of whose changes this one took back.")
    restores = models.PositiveIntegerField(
        null=True, blank=True, help_text="The version to whose state this one went back."
    )

    # Its changes as they were committed; None when the row was read.
    fresh: "Sequence[Change] | None" = None

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["entity", "number"], name="version_number_per_entity")]
        indexes = [
            models.Index(fields=["entity", "undoes"], condition=Q(undoes__isnull=False), name="version_undoes"),
            models.Index(
                fields=["entity", "undoes_run"], condition=Q(undoes_run__isnull=False), name="version_undoes_run"
            ),
        ]

    def __str__(self) -> str:
        return f"v {self.number}: {self.cause}"


class Snapshot(Owned):
    """One section of an entity's state at a version, so that the state at any version is near. Written by
    `agents.state.snapshots` alone."""

    owner_path = "entity__owner"

    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="snapshots")
    number = models.PositiveIntegerField()
    section = models.CharField(max_length=10)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the section's JSON.")
    codec = models.CharField(max_length=5, help_text="json, or zstd for compressed JSON.")
    data = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity", "section", "number"], name="snapshot_section_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.section} at v {self.number}"
