"""Learning from how runs turned out: reads the log of an entity's latest runs and leaves the planner a few lines.

The lines are made beforehand, in the worker's sweeper, so that a message's way does not get longer by them.
"""

from collections import Counter
from datetime import datetime, timedelta

from django.utils import timezone

from agents.learning import Case, context_of, guidance
from agents.models import Entity
from interactions import log
from interactions.models import Run

# Runs that are looked at, and entities learned for in one go.
LATEST, ENTITIES = 300, 50
_ENDED = (Run.Status.FINISHED, Run.Status.FAILED)


def cases(entity: Entity) -> list[Case]:
    """Return how the actions of the entity's latest runs turned out, by context, since it was reset."""
    runs = Run.objects.filter(conversation__entity=entity, status__in=_ENDED)
    if entity.learned_since:
        runs = runs.filter(created_at__gt=entity.learned_since)
    latest = {run.pk: run for run in runs.order_by("-created_at").only("id", "status", "trigger", "rating")[:LATEST]}
    tries: Counter[tuple[str, str]] = Counter()
    good: Counter[tuple[str, str]] = Counter()
    for pk, kind, name in log.ended_actions(latest):
        run = latest[pk]
        key = context_of(run.trigger["kind"], run.trigger["content"]), name
        tries[key] += 1
        good[key] += kind != "action.failed" and run.status == Run.Status.FINISHED and run.rating >= 0
    return [Case(context, action, count, good[context, action]) for (context, action), count in tries.most_common()]


def learn(entity: Entity) -> str:
    """Store the lines that the entity's runs add up to, and return them."""
    lines = guidance(cases(entity)) if entity.learns else ""
    if lines != entity.lessons:
        Entity.objects.filter(pk=entity.pk).update(lessons=lines)
    return lines


def learn_since(moment: datetime) -> datetime:
    """Learn for those whose runs ended after `moment`; return when to look from the next time."""
    now = timezone.now()
    ended = Run.objects.filter(status__in=_ENDED, finished_at__gt=moment - timedelta(seconds=1))
    ids = ended.values_list("conversation__entity", flat=True).distinct()[:ENTITIES]
    for entity in Entity.objects.filter(pk__in=list(ids), learns=True):
        learn(entity)
    return now
