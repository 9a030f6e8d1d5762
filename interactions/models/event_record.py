"""The log's table. `interactions.log` is its only writer and reader; the database refuses UPDATE and DELETE."""

from django.db import models

from agents.models import Owned
from interactions.models.conversation import Conversation, Run


class EventRecord(Owned):
    """One line of a conversation's log, numbered 1..n without a gap."""

    owner_path = "conversation__owner"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=40)
    run = models.ForeignKey(Run, null=True, on_delete=models.CASCADE, related_name="events")
    action = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    payload = models.JSONField()

    class Meta:
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["conversation", "seq"], name="event_numbered_once")]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class Erasure(models.Model):
    """The record of a person's request to erase a conversation; while it stands, its events may be deleted."""

    conversation = models.UUIDField(unique=True)
    reason = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"erasure of {self.conversation}"
