"""When an entity looks back (self_reflection), and when an edit of its state by a person wakes it (state_change).

Both are off until its owner switches them on: nobody's bill grows by something that they did not ask for.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from agents import statements
from agents.models import Entity, StateVersion
from agents.state import changes_of
from agents.triggers import Trigger
from interactions import initiative, log
from interactions.differences import differences
from interactions.due import each
from interactions.models import Conversation, Initiative, PersonZone, Run

# An edit wakes the entity when no other has followed for so long: several in a row are one event to it. Seconds.
SETTLED = 4.0
# Characters of an edit that the entity is told.
TOLD = 1_200

LOOK_BACK = (
    "Look back on what was said since you last did: what matters, what to keep, what to let go, what you now want. "
    "You need not say anything."
)


def awaken() -> int:
    """Start the runs of those who are to look back or to notice an edit; return how many those were."""
    wanted = (
        Q(reflect_after_turns__gt=0)
        | Q(reflect_after_minutes__gt=0)
        | Q(wakes_on_change=True, entity__version__gt=F("noticed_version"))
    )
    rows = Initiative.objects.filter(
        wanted, entity__archived_at=None, entity__deleted_at=None, runs_per_day__gt=0
    ).select_related("entity__owner")
    return each(_look, rows)


def _look(settings: Initiative) -> int:
    entity, now = settings.entity, timezone.now()
    if settings.quiet_end(now, PersonZone.of(entity.owner_id)):
        return 0
    begun = 0
    if settings.wakes_on_change and settings.noticed_version < entity.version:
        begun += notice_edit(entity, now)
    if settings.reflect_after_turns or settings.reflect_after_minutes:
        begun += look_back(entity, settings, now)
    return begun


def look_back(entity: Entity, settings: Initiative, now: datetime) -> bool:
    """Start a run in which the entity looks back on its latest talk, if it is time."""
    talk = Conversation.objects.filter(entity=entity, deleted_at=None, last_seq__gt=0).order_by("-updated_at").first()
    if talk is None or not _is_time(talk, settings, now):
        return False
    with transaction.atomic():
        conversation = log.lock(talk.pk)
        if not _is_time(conversation, settings, now):
            return False
        trigger = Trigger(kind="self_reflection", content=LOOK_BACK, at=now)
        return initiative.begin(conversation, trigger, entity, settings, now)


def _is_time(talk: Conversation, settings: Initiative, now: datetime) -> bool:
    """Whether enough was said since the entity last looked back, or something, and then nothing for long enough."""
    own = Run.objects.filter(conversation=talk)
    last = own.filter(message=None, trigger__kind="self_reflection").order_by("-created_at").first()
    answered = own.filter(status=Run.Status.FINISHED).exclude(message=None)
    if last is not None:
        answered = answered.filter(created_at__gt=last.created_at)
    count = answered.count()
    if not count or own.filter(status__in=Run.ALIVE).exists():
        return False
    if settings.reflect_after_turns and count >= settings.reflect_after_turns:
        return True
    idle = timedelta(minutes=settings.reflect_after_minutes)
    return bool(settings.reflect_after_minutes) and now - talk.updated_at >= idle


def notice_edit(entity: Entity, now: datetime) -> bool:
    """Start a run for what people have edited since the entity last noticed, if it has settled and there is a talk.

    What the entity changed itself never wakes it.
    """
    talk = Conversation.objects.filter(entity=entity, deleted_at=None).order_by("-updated_at").first()
    newest = StateVersion.objects.filter(entity=entity).order_by("-number").first()
    if talk is None or newest is None or now - newest.at < timedelta(seconds=SETTLED):
        return False
    with transaction.atomic():
        conversation = log.lock(talk.pk)
        settings = statements.get(Initiative, lock=True, entity_id=entity.pk)
        if settings is None or not settings.wakes_on_change or settings.noticed_version >= newest.number:
            return False
        edits = _edits(entity, settings.noticed_version, newest.number)
        Initiative.objects.filter(pk=settings.pk).update(noticed_version=newest.number)
        if not edits:
            return False
        told = f"{edits[-1].author} has changed how you are. {_words(edits)}"[:TOLD]
        return initiative.begin(conversation, Trigger(kind="state_change", content=told, at=now), entity, settings, now)


def _edits(entity: Entity, after: int, upto: int) -> list[StateVersion]:
    edits = StateVersion.objects.filter(entity=entity, number__gt=after, number__lte=upto, run=None)
    return list(edits.exclude(author="").order_by("number"))


def _words(edits: list[StateVersion]) -> str:
    found = differences(change for version in edits for change in changes_of(version))
    lines = [
        f"{each.path}: {'; '.join(each.before) or 'nothing'} became {'; '.join(each.after) or 'nothing'}"
        for each in found
    ]
    return " ".join(f"{line.rstrip('.')}." for line in lines)
