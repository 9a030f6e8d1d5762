"""What entities of one owner tell each other."""

from django.db import models
from django.db.models import Q

from agents.models import Entity, Owned
from interactions.models.conversation import Run


class Telling(Owned):
    """Something that an entity has told another one, in a run of its own. The row waits until a run of the receiver
    begins with it, `heard`: whoever locks it while it waits starts that run, in one transaction."""

    owner_path = "receiver__owner"

    class HeldBy(models.TextChoices):
        QUIET = "quiet"
        BUDGET = "budget"

    receiver = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="tellings")
    text = models.TextField()
    # The sender is whose run it is. Erasing either talk takes what was told in it along.
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="told", help_text="In which it was told.")
    action = models.CharField(max_length=40)
    hops = models.PositiveSmallIntegerField(default=1)
    held_until = models.DateTimeField(null=True, blank=True)
    held_by = models.CharField(max_length=6, choices=HeldBy.choices, blank=True)
    heard = models.OneToOneField(
        Run, null=True, blank=True, on_delete=models.CASCADE, related_name="telling", help_text="The run it has begun."
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    undone_with_turn = models.BooleanField(default=False, help_text="Withdrawn by the undo of the turn that told it.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["run", "action"], name="told_once")]
        indexes = [
            models.Index(fields=["held_until"], name="telling_waits", condition=Q(heard=None, withdrawn_at=None))
        ]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def sender(self) -> Entity:
        """Who has told it."""
        sender: Entity = self.run.conversation.entity
        return sender

    @property
    def is_waiting(self) -> bool:
        return self.heard_id is None and self.withdrawn_at is None
