"""The log's table. `interactions.log` is its only writer and reader; the database refuses UPDATE and DELETE."""

from django.db import models

from agents.models import Owned
from interactions.models.conversation import Conversation, Run


class EventRecord(Owned):
    """One line of a conversation's log, numbered 1..n without a gap."""

    owner_path = "conversation__owner"

    # Its index is the one that numbers the events, as below: each further one is written with every line.
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="events", db_index=False)
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
    """The record of a person's request to erase a conversation or an entity; the rows it frees may be deleted."""

    conversation = models.UUIDField(null=True, unique=True)
    entity = models.BigIntegerField(null=True, unique=True)
    reason = models.CharField(max_length=200)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(conversation=None) ^ models.Q(entity=None), name="erasure_of_one_thing"
            )
        ]

    def __str__(self) -> str:
        return (
            f"erasure of conversation {self.conversation}" if self.conversation else f"erasure of entity {self.entity}"
        )
