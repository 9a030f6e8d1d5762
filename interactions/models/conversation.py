"""Conversations, what was said in them, and the runs that answer."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from agents.models import Entity, Owned


class Conversation(Owned):
    """A talk of one person with one entity. `last_seq` numbers its events; only `log.append` moves it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations")
    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=120, blank=True)
    last_seq = models.PositiveBigIntegerField(default=0, editable=False)
    read_seq = models.PositiveBigIntegerField(default=0, editable=False, help_text="The last event the owner saw.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-updated_at"]
        indexes = [models.Index(fields=["owner", "-updated_at"], name="conversation_recent")]

    def __str__(self) -> str:
        return self.title or f"Talk with {self.entity.name}"

    def get_absolute_url(self) -> str:
        return f"/c/{self.pk}/"


class Message(Owned):
    """Something said, by the person or by the entity."""

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

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "client_message_id"], condition=~Q(client_message_id=""), name="message_sent_once"
            )
        ]
        indexes = [models.Index(fields=["conversation", "seq"], name="message_in_order")]

    def __str__(self) -> str:
        return self.text[:80]


class Run(Owned):
    """One execution of a sequence. The row is the job: whoever holds its lease, by fence, may commit to it."""

    owner_path = "conversation__owner"

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        FINISHED = "finished"
        FAILED = "failed"
        CANCELLED = "cancelled"
        NEEDS_REVIEW = "needs_review"

    OPEN = (Status.QUEUED, Status.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="runs")
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="runs")
    trigger = models.JSONField(help_text="What `agents.triggers.Trigger` dumps.")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.QUEUED)
    strategy = models.CharField(max_length=12, blank=True)
    position = models.PositiveBigIntegerField(help_text="Its place in the conversation's queue: a seq.")
    fence = models.PositiveIntegerField(default=0, help_text="Raised by every claim; a lower one commits nothing.")
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Claims so far; the third crash ends the run.")
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
            models.Index(fields=["conversation", "position"], name="run_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.status} run of {self.conversation_id}"
