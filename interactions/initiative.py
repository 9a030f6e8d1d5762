"""What an entity does of its own accord: runs that begin when a timer is due, after a while of talk or silence, or when
a person has edited its state. Quiet hours and a budget of the day keep it from being a nuisance.

All of it is found by the sweepers of the workers. Each beginning is one transaction under the conversation's row lock,
in which its cause is seen to be still there and is used up: however many workers look, one run begins.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from agents import failpoints, statements
from agents.events import BudgetReached, Draft, RunFinished
from agents.models import Entity
from agents.timers import MINUTE, in_words
from agents.triggers import Trigger
from interactions import leases, log, runs, timers
from interactions.due import each
from interactions.models import Conversation, Initiative, PersonZone, Run, Schedule
from interactions.models.initiative import zone_of

# Kinds of triggers that are the entity's own accord, and are counted.
OWN = ("timer", "self_reflection", "state_change", "agent_message")
SKIPPED = "over_budget"
# Timers begun in one sweep; the next sweep comes soon.
MOST = 200
# A run that begins so long after its time says so.
LATE = timedelta(minutes=5)


def fire_due() -> int:
    """Start the runs of the timers that are due, and return how many timers were dealt with."""
    now = timezone.now()
    due = (
        Schedule.objects.filter(next_at__lte=now, paused_at=None, stopped_at=None)
        .filter(Q(held_until=None) | Q(held_until__lte=now))
        .filter(entity__archived_at=None, entity__deleted_at=None)
        .exclude(entity__initiative__runs_per_day=0)
        .order_by("next_at")
    )
    return each(fire, due.values_list("pk", flat=True)[:MOST])


def fire(schedule_id: int) -> bool:
    """Start the run of one timer and move the timer on, in one transaction, if it is still due; False if not."""
    known = Schedule.objects.filter(pk=schedule_id).select_related("entity__owner").first()
    if known is None:
        return False
    failpoints.hit("fire.before")
    # Not below: it may lock the entity, and an action locks a conversation first and an entity then.
    talk = talk_of(known.entity, known.conversation_id)
    with transaction.atomic():
        # First the conversation, then the timer: in this order an action that cancels the timer locks them, too.
        conversation = log.lock(talk.pk)
        schedule = statements.get(Schedule, lock=True, id=schedule_id)
        now = timezone.now()
        if schedule is None or not _is_due(schedule, now):
            return False
        settings = Initiative.of(known.entity_id)
        if not settings.runs_per_day:
            return False
        if quiet_end := settings.quiet_end(now, zone(known.entity)):
            schedule.held_until = quiet_end
            schedule.save(update_fields=["held_until"])
            return False
        trigger = Trigger(
            kind="timer",
            content=_words(schedule, now),
            at=now,
            set_by=schedule.set_by,
            schedule=schedule.pk,
        )
        was_begun = begin(conversation, trigger, known.entity, settings, now)
        # What the budget forbids today is not tried again today.
        passed = now if was_begun else max(now, day(known.entity, now)[1])
        schedule.next_at, schedule.held_until = timers.next_due(schedule, passed), None
        schedule.fired, schedule.last_at = schedule.fired + 1, now
        schedule.save(update_fields=["next_at", "held_until", "fired", "last_at"])
        failpoints.hit("fire.commit")
    failpoints.hit("fire.after")
    return True


def begin(conversation: Conversation, trigger: Trigger, entity: Entity, settings: Initiative, now: datetime) -> bool:
    """Start a run of the entity's own accord in the locked `conversation`; over its budget of the day, tell so instead
    and return False."""
    start, _end = day(entity, now)
    used = own_runs(entity, start)
    run = runs.start(conversation, trigger)
    if used < settings.runs_per_day:
        return True
    reached = BudgetReached(budget="own_runs", limit=settings.runs_per_day, used=used)
    reason = f"{entity.name} has begun {used} times by itself today. That is as often as it may."
    finished = RunFinished(status="cancelled", reason=reason, code=SKIPPED)
    leases.end(conversation, run, finished, [Draft(event=reached)])
    return False


def own_runs(entity: Entity, since: datetime) -> int:
    """Return how many runs of its own accord the entity has begun since a moment."""
    runs_of = Run.objects.filter(conversation__entity=entity, message=None, copied_from=None)
    own = runs_of.filter(created_at__gte=since, trigger__kind__in=OWN)
    count: int = own.exclude(code=SKIPPED).count()
    return count


def talk_of(entity: Entity, conversation_id: UUID | None = None) -> Conversation:
    """Return the conversation in which the entity speaks by itself: the one named if it is
    there, else its latest, else a new one."""
    talks = Conversation.objects.filter(entity=entity, deleted_at=None)
    named: Conversation | None = talks.filter(pk=conversation_id).first() if conversation_id else None
    if named is not None:
        return named
    with transaction.atomic():
        statements.get(Entity, lock=True, id=entity.pk)  # two who look at once must not both begin a talk
        latest: Conversation | None = talks.order_by("-updated_at").first()
        return latest or runs.start_conversation(entity.owner, entity)


def _is_due(schedule: Schedule, now: datetime) -> bool:
    if schedule.is_over or schedule.paused_at is not None or schedule.next_at is None or schedule.next_at > now:
        return False
    return schedule.held_until is None or schedule.held_until <= now


def _words(schedule: Schedule, now: datetime) -> str:
    """What the timer is for; and that it comes late, if it does: it was quiet, or nothing ran to see to it."""
    assert schedule.next_at is not None, "it is due"
    late = now - schedule.next_at
    if late < LATE:
        return str(schedule.what)
    times = 1 + int(late.total_seconds() // schedule.every) if schedule.every else 1
    missed = f", and {times - 1} more time{'s' if times > 2 else ''} since" if times > 1 else ""
    return f"{schedule.what} (This was due {span(late)} ago{missed}.)"


def span(time: timedelta) -> str:
    """Return a while in words, in minutes or, when it is long, in hours."""
    minutes = round(time.total_seconds() / MINUTE)
    return in_words(round(minutes / 60) * 3600) if minutes >= 90 else in_words(minutes * MINUTE)


def zone(entity: Entity) -> str:
    """Return the name of the owner's time zone."""
    return PersonZone.of(entity.owner_id)


def day(entity: Entity, now: datetime) -> tuple[datetime, datetime]:
    """Return when the day of the owner's clock began, and when it ends."""
    place = zone_of(zone(entity))
    midnight = now.astimezone(place).replace(hour=0, minute=0, second=0, microsecond=0)
    following = (midnight + timedelta(days=1)).replace(hour=0)
    return midnight.astimezone(UTC), following.astimezone(UTC)
