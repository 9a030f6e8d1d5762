"""Branches of a talk: what was said instead, from one place on."""

from django.db import models

from agents.models import Owned
from interactions.models.conversation import Conversation, Run


class Branch(Owned):
    """One way on of a conversation. Number 0 is the first; another one leaves its `parent` before the run `place`,
    and begins with the run `opening`. `used_seq` is the event by which it was last made the one that goes on."""

    owner_path = "conversation__owner"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="branch_rows")
    number = models.PositiveIntegerField()
    parent = models.PositiveIntegerField(null=True)
    place = models.ForeignKey(Run, null=True, on_delete=models.CASCADE, related_name="+")
    opening = models.ForeignKey(Run, null=True, on_delete=models.CASCADE, related_name="+")
    used_seq = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["conversation", "number"], name="branch_numbered_once")]

    def __str__(self) -> str:
        return f"branch {self.number} of {self.conversation_id}"
