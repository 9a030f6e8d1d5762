"""What a person thinks of a reply."""

from django.conf import settings
from django.db import models

from agents.models import Owned
from interactions.models.conversation import Run


class Rating(Owned):
    """A thumb up (+1) or down (-1) for a run, with a word on why. Taking it back deletes the row."""

    class Value(models.IntegerChoices):
        BAD = -1, "poor"
        GOOD = 1, "good"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="ratings")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="ratings")
    value = models.SmallIntegerField(choices=Value.choices)
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-updated_at"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "run"], name="run_rated_once"),
            models.CheckConstraint(condition=models.Q(value__in=[-1, 1]), name="rating_up_or_down"),
        ]

    def __str__(self) -> str:
        return self.get_value_display()
