"""What lets an entity act of its own accord: its timers, and how far its initiative goes."""

import zoneinfo
from datetime import UTC, datetime, tzinfo
from functools import cache

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from agents.models import Entity, Owned
from agents.timers import in_words
from interactions.models.conversation import Conversation


@cache
def zone_of(name: str) -> tzinfo:
    """Return the time zone called `name`; UTC for one that this machine does not know."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def check_zone(name: str) -> None:
    """Raise `ValidationError` for a name that is no time zone's."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError("There is no such time zone. One is called, for example, Europe/Berlin.")


class PersonZone(Owned):
    """The time zone that a person's browser was last seen in."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="time_zone")
    zone = models.CharField(max_length=64, default="UTC", validators=[check_zone])

    def __str__(self) -> str:
        return self.zone

    @classmethod
    def of(cls, user_id: int) -> str:
        """Return the name of the user's zone; UTC when it is not known."""
        return cls.objects.filter(owner=user_id).values_list("zone", flat=True).first() or "UTC"


class Initiative(Owned):
    """How far an entity may act of its own accord. An entity without a row has the defaults."""

    owner_path = "entity__owner"

    entity = models.OneToOneField(Entity, on_delete=models.CASCADE, related_name="initiative")
    quiet_from = models.TimeField(null=True, blank=True, help_text="From then on it does not begin by itself.")
    quiet_until = models.TimeField(null=True, blank=True)
    runs_per_day = models.PositiveSmallIntegerField(
        default=24, validators=[MaxValueValidator(1000)], help_text="Runs of its own accord in a day; 0: none."
    )
    reflect_after_turns = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(500)], help_text="Look back after so many answers; 0: never."
    )
    reflect_after_minutes = models.PositiveIntegerField(
        default=0,
        validators=[MaxValueValidator(43_200)],
        help_text="Look back when so long nothing was said; 0: never.",
    )
    wakes_on_change = models.BooleanField(default=False, help_text="Notice when a person edits its state.")
    answer_hours = models.FloatField(
        default=24.0,
        validators=[MinValueValidator(0.1), MaxValueValidator(720)],
        help_text="Hours until a question of its own that nobody answers ends.",
    )
    noticed_version = models.PositiveIntegerField(default=0, editable=False, help_text="The last edit it woke for.")

    def __str__(self) -> str:
        return f"Initiative of {self.entity}"

    @classmethod
    def of(cls, entity_id: int) -> "Initiative":
        """Return the entity's row, or the defaults, not stored."""
        found: Initiative | None = cls.objects.filter(entity=entity_id).first()
        return found or cls(entity_id=entity_id)

    def quiet_end(self, now: datetime, zone: str) -> datetime | None:
        """Return when the quiet hours that `now` falls into end; None outside of them.

        The hours are those of the person's clock; `quiet_from` after `quiet_until` spans midnight.
        """
        start, end = self.quiet_from, self.quiet_until
        if start is None or end is None or start == end:
            return None
        local = now.astimezone(zone_of(zone))
        clock = local.time()
        is_quiet = start <= clock < end if start < end else clock >= start or clock < end
        if not is_quiet:
            return None
        return next_clock(end.hour, end.minute, now, zone)


def next_clock(hour: int, minute: int, after: datetime, zone: str) -> datetime:
    """Return the first moment after `after` at which clocks in `zone` show that time.

    In the night that skips that time it is the moment at which the clocks have jumped over it, in the one that has it
    twice the first of both (PEP 495).
    """
    place = zone_of(zone)
    day = after.astimezone(place).date()
    for ahead in range(3):
        local = datetime.fromordinal(day.toordinal() + ahead).replace(hour=hour, minute=minute, tzinfo=place)
        moment = local.astimezone(UTC)
        if moment > after:
            return moment
    raise AssertionError("every time of day comes within two days")


class Schedule(Owned):
    """A timer of an entity. `next_at` is when it is due next; none once it is over. The row is the timer: whoever
    locks it while it is due starts its run and moves `next_at` on, in one transaction."""

    owner_path = "entity__owner"

    class SetBy(models.TextChoices):
        PERSON = "person"
        ENTITY = "entity"

    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="schedules")
    conversation = models.ForeignKey(
        Conversation, null=True, blank=True, on_delete=models.CASCADE, related_name="schedules"
    )
    what = models.CharField(max_length=500)
    set_by = models.CharField(max_length=6, choices=SetBy.choices)
    every = models.PositiveIntegerField(null=True, blank=True, help_text="Seconds between two times.")
    daily_at = models.TimeField(null=True, blank=True)
    zone = models.CharField(max_length=64, default="UTC", validators=[check_zone])
    next_at = models.DateTimeField(null=True, blank=True)
    held_until = models.DateTimeField(null=True, blank=True, help_text="Due in quiet hours: it waits for their end.")
    paused_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    fired = models.PositiveIntegerField(default=0, editable=False, help_text="How often it was due so far.")
    last_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    copied_from = models.PositiveBigIntegerField(
        null=True, editable=False, help_text="The timer that a fork of its entity has it from."
    )

    class Meta:
        ordering = ["next_at", "id"]
        indexes = [
            models.Index(
                fields=["next_at"],
                name="schedule_due",
                condition=Q(next_at__isnull=False, paused_at=None, stopped_at=None),
            )
        ]

    def __str__(self) -> str:
        return self.what

    @property
    def is_over(self) -> bool:
        return self.stopped_at is not None or self.next_at is None

    @property
    def rhythm(self) -> str:
        """How it repeats, in words; empty for once."""
        if self.daily_at:
            return f"every day at {self.daily_at:%H:%M}"
        return f"every {in_words(self.every)}" if self.every else ""
