"""Entities: agents that live. A row holds who one is and the part of its state that is not a list."""

from decimal import Decimal
from itertools import chain, count
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.text import slugify

from agents.models.owned import Owned, OwnedQuerySet

UNIT = [MinValueValidator(0.0), MaxValueValidator(1.0)]
SIGNED_UNIT = [MinValueValidator(-1.0), MaxValueValidator(1.0)]


class Strategy(models.TextChoices):
    """How an entity turns a trigger into actions."""

    REACTIVE = "reactive", "Reactive: one reply, no plan"
    INLINE = "inline", "Inline: plans and speaks in one streamed call"
    DELIBERATE = "deliberate", "Deliberate: a plan, then a call per thought and speech"


class EntityQuerySet(OwnedQuerySet):
    """Entities; a deleted one is nobody's, until it is restored."""

    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Return the entities of `user` that are not deleted."""
        return super().for_user(user).filter(deleted_at=None)

    def deleted_of(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Return the deleted entities of `user`, which can still be restored."""
        return super().for_user(user).exclude(deleted_at=None)


class Entity(Owned):
    """An agent with a persona and a state. `version` counts the changes of its state; only `agents.state` moves it."""

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
    emotions: "models.JSONField[Any, Any]" = models.JSONField(default=dict, blank=True)
    felt_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="The mood fades since then.")
    mood_held = models.BooleanField(default=False, help_text="The word for the mood stays until it is released.")
    baseline: "models.JSONField[Any, Any]" = models.JSONField(
        default=dict, blank=True, help_text="How it feels when nothing happens; empty: as when it was made."
    )
    stability = models.FloatField(
        default=0.5, validators=UNIT, help_text="0: easily moved, and long; 1: hardly moved, and soon itself again."
    )
    appearance = models.TextField(max_length=4_000, blank=True)
    environment = models.TextField(max_length=4_000, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    strategy = models.CharField(
        max_length=12, choices=Strategy.choices, blank=True, help_text="Empty: the installation's default."
    )
    compared: "models.JSONField[Any, Any]" = models.JSONField(
        default=list, blank=True, help_text="Strategies that are compared: each conversation gets one of them."
    )
    learns = models.BooleanField(default=True, help_text="What has worked is told to its planner.")
    lessons = models.TextField(blank=True, editable=False, help_text="What has worked, as the planner is told it.")
    learned_since = models.DateTimeField(null=True, blank=True, help_text="Runs before it are not learned from.")
    max_actions = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Actions of one run."
    )
    max_seconds = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Seconds of one run."
    )
    max_tokens = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="Tokens of one run."
    )
    max_money = models.DecimalField(
        null=True,
        blank=True,
        max_digits=10,
        decimal_places=6,
        validators=[MinValueValidator(Decimal("0.000001"))],
        help_text="USD of one run, by the list prices of models.",
    )
    uses_timers = models.BooleanField(
        default=False, editable=False, help_text="It has had one: only then is it looked for timers in a run."
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Out of everybody's sight; erased for good later."
    )
    forked_from = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="forks"
    )
    forked_at = models.PositiveIntegerField(null=True, blank=True, editable=False, help_text="The version forked.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EntityQuerySet.as_manager()  # type: ignore[misc]  # the plugin takes the other for a constant

    class Meta:
        verbose_name_plural = "entities"
        ordering = ["created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "slug"], name="entity_slug_per_owner")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def free_slug(cls, owner: AbstractBaseUser, name: str) -> str:
        """Return a slug made of `name` that no entity of `owner` has now."""
        base = slugify(name)[:48] or "entity"
        taken = set(cls.objects.filter(owner=owner.pk, slug__startswith=base).values_list("slug", flat=True))
        return next(slug for slug in chain([base], (f"{base}-{n}" for n in count(2))) if slug not in taken)
