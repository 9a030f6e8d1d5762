"""Entities: agents that live. A row holds who one is and the part of its state that is not a list."""

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from agents.models.owned import Owned

UNIT = [MinValueValidator(0.0), MaxValueValidator(1.0)]
SIGNED_UNIT = [MinValueValidator(-1.0), MaxValueValidator(1.0)]


class Strategy(models.TextChoices):
    """How an entity turns a trigger into actions."""

    REACTIVE = "reactive", "Reactive: one reply, no plan"
    INLINE = "inline", "Inline: plans and speaks in one streamed call"
    DELIBERATE = "deliberate", "Deliberate: a plan, then a call per thought and speech"


class Entity(Owned):
    """An agent with a persona and a state. `version` counts the changes of its state; only `state.apply` moves it."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="entities")
    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=80)
    tagline = models.CharField(max_length=160, blank=True, help_text="One line for cards and lists.")
    persona = models.TextField(max_length=20_000, blank=True, help_text="Who the entity is and how it talks.")
    voice = models.SlugField(max_length=40, default="plain", help_text="How the offline responder makes it sound.")
    openers = models.JSONField(default=list, blank=True, help_text="First sentences offered to a newcomer.")

    mood = models.CharField(max_length=40, default="calm")
    intensity = models.FloatField(default=0.4, validators=UNIT)
    valence = models.FloatField(default=0.1, validators=SIGNED_UNIT)
    arousal = models.FloatField(default=0.0, validators=SIGNED_UNIT)
    emotions: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    appearance = models.TextField(max_length=4_000, blank=True)
    environment = models.TextField(max_length=4_000, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    strategy = models.CharField(
        max_length=12, choices=Strategy.choices, blank=True, help_text="Empty: the installation's default."
    )
    max_actions = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Actions of one run."
    )
    max_seconds = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Seconds of one run."
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "entities"
        ordering = ["created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "slug"], name="entity_slug_per_owner")]

    def __str__(self) -> str:
        return self.name
