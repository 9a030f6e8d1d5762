"""Timers: set, paused, stopped and started again by a person or by the entity itself.

When they are due `initiative.py` starts their runs. Whoever changes a timer's row locks its conversation first, as
everybody does who locks both.
"""

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from agents import statements
from agents.errors import ActionFailed
from agents.models import Entity
from agents.timers import FURTHEST, CancelTimer, SetTimer, clock_of_tomorrow, is_clock
from interactions.errors import InteractionError, NotPossible
from interactions.models import Conversation, PersonZone, Schedule
from interactions.models.initiative import next_clock, zone_of

# Timers of one entity that are not over, and those of them that its planner is told.
MOST_TIMERS, MOST_SHOWN = 50, 20
_OPEN = "WHERE entity_id = %s AND stopped_at IS NULL AND next_at IS NOT NULL ORDER BY next_at, id LIMIT %s"


class InvalidTimer(InteractionError):
    """A timer that cannot be set as it was asked for. `field` names what to correct."""

    code, field = "invalid_timer", "at"


def set_timer(
    entity: Entity, order: SetTimer, *, by: Schedule.SetBy, zone: str, conversation: Conversation | None = None
) -> Schedule:
    """Store a timer of `entity` and return it. Its run begins in `conversation`; None: in the entity's latest talk.

    Raises `InvalidTimer` for a time that is past or missing, and when the entity has `MOST_TIMERS` already.
    """
    now = timezone.now()
    if open_timers(entity).count() >= MOST_TIMERS:
        raise InvalidTimer(f"{entity.name} has {MOST_TIMERS} timers already. Stop one first.", field="what")
    schedule = Schedule(
        entity=entity, conversation=conversation, what=order.what, set_by=by, every=order.every, zone=zone
    )
    schedule.next_at = first_due(order, now, zone)
    if order.daily:
        schedule.daily_at = schedule.next_at.astimezone(zone_of(zone)).time().replace(second=0, microsecond=0)
    Entity.objects.filter(pk=entity.pk, uses_timers=False).update(uses_timers=True)
    schedule.save()
    return schedule


def open_timers(entity: Entity) -> QuerySet[Schedule]:
    """Return the timers of `entity` that are not over, the next one first."""
    return Schedule.objects.filter(entity=entity, stopped_at=None, next_at__isnull=False)


def in_prompt(entity: Entity) -> dict[int, str]:
    """Return the timers of `entity` that are not over, in words, by id. One that never had any is not looked for."""
    if not entity.uses_timers:
        return {}
    return {timer.pk: _line(timer) for timer in statements.select(Schedule, _OPEN, entity.pk, MOST_SHOWN)}


def _line(timer: Schedule) -> str:
    assert timer.next_at is not None, "it is not over"
    when = "paused" if timer.paused_at else f"next {timer.next_at.astimezone(UTC):%A %d %B, %H:%M} UTC"
    rhythm = f"{timer.rhythm} in {timer.zone}" if timer.daily_at and timer.zone != "UTC" else timer.rhythm
    return f"{' '.join(timer.what.split())} ({', '.join(part for part in (when, rhythm or 'once') if part)})"


def first_due(order: SetTimer, now: datetime, zone: str) -> datetime:
    """Return when the timer is due first. Raises `InvalidTimer`."""
    if order.in_seconds is not None:
        return now + timedelta(seconds=order.in_seconds)
    if order.at is not None:
        return _at(order.at, now, zone)
    if order.every is not None:
        return now + timedelta(seconds=order.every)
    raise InvalidTimer("Say when: in how long, at what time, or how often.")


def _at(text: str, now: datetime, zone: str) -> datetime:
    if is_clock(text):
        hour, minute = text.split(":")
        return next_clock(int(hour), int(minute), now, zone)
    if clock := clock_of_tomorrow(text):
        hour, minute = clock.split(":")
        tomorrow = now.astimezone(zone_of(zone)).date() + timedelta(days=1)
        eve = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone_of(zone)) - timedelta(seconds=1)
        return next_clock(int(hour), int(minute), eve, zone)
    moment = datetime.fromisoformat(text)
    if moment.year > now.year + 6:
        raise InvalidTimer("At most five years from now.")
    if moment.year < now.year:
        raise InvalidTimer("This time is past.")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone_of(zone))
    if moment <= now:
        raise InvalidTimer("This time is past.")
    if moment - now > timedelta(seconds=FURTHEST):
        raise InvalidTimer("At most five years from now.")
    return moment


def next_due(schedule: Schedule, now: datetime) -> datetime | None:
    """Return the first time of `schedule` after `now`, counted from when it was due and not from now; None for once.

    Times that were missed meanwhile are left out: they come as one.
    """
    due = schedule.next_at
    assert due is not None, "only a timer that is due has a next time"
    if schedule.daily_at is not None:
        return next_clock(schedule.daily_at.hour, schedule.daily_at.minute, max(now, due), schedule.zone)
    if schedule.every is None:
        return None
    missed = max(0.0, (now - due).total_seconds()) // schedule.every
    return due + timedelta(seconds=schedule.every * (missed + 1))


def stop(schedule: Schedule) -> None:
    """Stop a timer for good, until `restart`."""
    Schedule.objects.filter(pk=schedule.pk, stopped_at=None).update(stopped_at=timezone.now())


def restart(schedule: Schedule) -> None:
    """Take a stop or a pause back: one that repeats goes on with its next time. Raises `NotPossible` for one that is
    past."""
    with transaction.atomic():
        locked = Schedule.objects.select_for_update().get(pk=schedule.pk)
        now = timezone.now()
        if locked.stopped_at is None and locked.paused_at is None:
            return  # it runs
        if locked.next_at is None or (locked.next_at <= now and not locked.rhythm):
            raise NotPossible("The time of this timer is past. Set a new one.")
        if locked.next_at <= now:
            locked.next_at = next_due(locked, now)
        locked.stopped_at = locked.paused_at = locked.held_until = None
        locked.save(update_fields=["stopped_at", "paused_at", "held_until", "next_at"])


def hold(schedule: Schedule) -> None:
    """Let a timer rest: it is not due until `restart`. Raises `NotPossible` for one that is over."""
    held = Schedule.objects.filter(pk=schedule.pk, stopped_at=None, next_at__isnull=False)
    if not held.update(paused_at=timezone.now()):
        raise NotPossible("This timer is over.")


def carry_out(order: SetTimer | CancelTimer, conversation: Conversation) -> None:
    """Do what an action of the entity asks of the clock, in the transaction that commits the action.

    Raises `ActionFailed` with a sentence for the model.
    """
    entity = conversation.entity
    match order:
        case SetTimer():
            try:
                zone = PersonZone.of(conversation.owner_id)
                set_timer(entity, order, by=Schedule.SetBy.ENTITY, zone=zone, conversation=conversation)
            except InteractionError as error:
                raise ActionFailed(str(error)) from error
        case CancelTimer(which=which):
            stop(_found(entity, which))


def _found(entity: Entity, which: str) -> Schedule:
    with transaction.atomic():
        timers = list(open_timers(entity).order_by("next_at"))
    number = which.strip().removeprefix("#")
    words = which.casefold()
    for timer in timers:
        if str(timer.pk) == number or timer.what.casefold() == words:
            return timer
    close = [timer for timer in timers if words in timer.what.casefold() or timer.what.casefold() in words]
    if len(close) == 1:
        return close[0]
    known = "; ".join(f"{timer.pk}: {timer.what}" for timer in timers[:MOST_SHOWN]) or "none"
    raise ActionFailed(f"There is no such timer. Your timers are: {known}.")
