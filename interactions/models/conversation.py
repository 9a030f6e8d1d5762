"""Conversations, what was said in them, and the runs that answer."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import Q

from agents import statements
from agents.models import Entity, Owned, OwnedQuerySet
from interactions.models.folder import Folder

# A conversation goes out of sight, and comes back, with its entity.
_OF = """WHERE id = %s AND owner_id = %s AND deleted_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM agents_entity WHERE id = interactions_conversation.entity_id AND deleted_at IS NOT NULL
) LIMIT 1"""


class ConversationQuerySet(OwnedQuerySet):
    """Conversations; those of a deleted entity are nobody's, until it is restored."""

    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Return the conversations of `user` whose entity is not deleted."""
        return super().for_user(user).filter(entity__deleted_at=None)


class Conversation(Owned):
    """A talk of one person with one entity. `last_seq` numbers its events; only `log.append` moves it.

    `branch` is the branch that goes on now; `interactions.branches` is the only one who moves it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Its index is `conversation_recent`.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations", db_index=False
    )
    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=120, blank=True)
    last_seq = models.PositiveBigIntegerField(default=0, editable=False)
    read_seq = models.PositiveBigIntegerField(default=0, editable=False, help_text="The last event the owner saw.")
    branch = models.PositiveIntegerField(default=0, editable=False)
    branches = models.PositiveIntegerField(default=0, editable=False, help_text="How many were made besides the first.")
    folder = models.ForeignKey(Folder, null=True, blank=True, on_delete=models.SET_NULL, related_name="conversations")
    forked_from = models.UUIDField(null=True, blank=True, help_text="The talk whose beginning was copied.")
    asking = models.UUIDField(null=True, editable=False, help_text="The run whose question is open.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="Erased by the sweeper when it is long ago.")

    objects = ConversationQuerySet.as_manager()  # type: ignore[misc]  # as in Entity

    class Meta:
        ordering = ["-updated_at"]
        indexes = [
            models.Index(fields=["owner", "-updated_at"], name="conversation_recent"),
            models.Index(fields=["owner", "entity", "-updated_at"], name="conversation_of_entity"),
            models.Index(fields=["deleted_at"], name="conversation_to_erase", condition=~Q(deleted_at=None)),
        ]

    def __str__(self) -> str:
        return self.title or f"Talk with {self.entity.name}"

    @classmethod
    def of(cls, user: AbstractBaseUser | AnonymousUser, pk: uuid.UUID) -> "Conversation | None":
        """Return the conversation `pk` if it is the user's: `for_user` on a message's way."""
        found = statements.select(cls, _OF, pk, user.pk) if user.is_authenticated else []
        return found[0] if found else None

    def get_absolute_url(self) -> str:
        return f"/c/{self.pk}/"


class Message(Owned):
    """Something said, by the person or by the entity. `run` is the one it was said in: the entity's own lines, and
    what a person answered to a run's question."""

    owner_path = "conversation__owner"

    class Author(models.TextChoices):
        USER = "user"
        ENTITY = "entity"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    author = models.CharField(max_length=6, choices=Author.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    text = models.TextField()
    client_message_id = models.CharField(max_length=64, blank=True)
    run = models.ForeignKey("Run", null=True, on_delete=models.SET_NULL, related_name="spoken")
    seq = models.PositiveBigIntegerField(help_text="The event that brought it.")
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    replaces = models.UUIDField(null=True, blank=True, help_text="The message that this one was written instead of.")
    off_branch = models.BooleanField(default=False, help_text="On another branch than the one that goes on.")
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "client_message_id"], condition=~Q(client_message_id=""), name="message_sent_once"
            )
        ]
        indexes = [
            models.Index(fields=["conversation", "seq"], name="message_in_order"),
            models.Index(fields=["user", "-created_at"], name="message_by_user"),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class Run(Owned):
    """One execution of a sequence. The row is the job: whoever holds its lease, by fence, may commit to it.

    A run that waits for an answer or a moment is held by nobody; `wake_at` is when that ends at the latest.
    """

    owner_path = "conversation__owner"

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        WAITING = "waiting"
        FINISHED = "finished"
        FAILED = "failed"
        CANCELLED = "cancelled"
        NEEDS_REVIEW = "needs_review"

    # A worker may claim them; and those that are not over.
    OPEN = (Status.QUEUED, Status.RUNNING)
    ALIVE = (*OPEN, Status.WAITING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="runs")
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="runs")
    trigger = models.JSONField(help_text="What `agents.triggers.Trigger` dumps.")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.QUEUED)
    strategy = models.CharField(max_length=12, blank=True)
    plan = models.JSONField(null=True, help_text="What `agents.plan.ActionPlan` dumps, for a run of a chain.")
    position = models.PositiveBigIntegerField(help_text="Its place in the conversation's queue: a seq.")
    fence = models.PositiveIntegerField(default=0, help_text="Raised by every claim; a lower one commits nothing.")
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Claims so far; the third crash ends the run.")
    branch = models.PositiveIntegerField(default=0, editable=False)
    off_branch = models.BooleanField(default=False, help_text="On another branch than the one that goes on.")
    alternative_of = models.UUIDField(null=True, blank=True, help_text="The run of the same message it stands beside.")
    copied_from = models.UUIDField(null=True, blank=True, help_text="The run that this one is a copy of, in a fork.")
    deleted_at = models.DateTimeField(null=True, blank=True)
    rating = models.SmallIntegerField(default=0, editable=False, help_text="What its `Rating` says; 0: nothing.")
    pause: "models.JSONField[Any, Any]" = models.JSONField(null=True, help_text="What `agents.pause.Paused` dumps.")
    pauses = models.PositiveSmallIntegerField(default=0, help_text="How often it has waited.")
    wake_at = models.DateTimeField(null=True, blank=True)
    code = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "created_at"]
        indexes = [
            models.Index(
                fields=["status", "lease_until"], name="run_to_sweep", condition=Q(status__in=["queued", "running"])
            ),
            models.Index(fields=["wake_at"], name="run_to_wake", condition=Q(status="waiting")),
            # Runs of the entities' own accord: counted against their budget of the day.
            models.Index(fields=["conversation", "created_at"], name="run_without_message", condition=Q(message=None)),
            models.Index(fields=["conversation", "position"], name="run_in_order"),
            # What is open in a talk, among thousands that are over.
            models.Index(fields=["conversation", "status", "position"], name="run_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.status} run of {self.conversation_id}"
