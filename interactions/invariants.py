"""What stored data must always show, whatever has crashed: each check yields one sentence per violation."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, F, Max, Min, Q
from django.utils import timezone

from agents import state
from agents.models import Entity, StateVersion
from interactions.models import Conversation, EventRecord, Message, Run

Check = Callable[[], Iterator[str]]


def violations() -> Iterator[str]:
    """Yield every violation of every invariant that stored data can show; nothing when all is well."""
    for check in (numbering, messages, endings, speeches, states, changes):
        yield from check()


def numbering() -> Iterator[str]:
    """Events of a conversation are numbered 1..n without gap, and the conversation knows n."""
    rows = Conversation.objects.annotate(count=Count("events"), first=Min("events__seq"), last=Max("events__seq"))
    wrong = rows.exclude(Q(count=0, last_seq=0) | Q(first=1, last=F("last_seq"), count=F("last_seq")))
    for row in wrong:
        yield f"conversation {row.pk} says {row.last_seq} events and has {row.count}, {row.first} to {row.last}"


def messages() -> Iterator[str]:
    """Every message stands in the log, and every message of a person has a run."""
    for message in Message.objects.filter(author=Message.Author.USER, runs=None):
        yield f"message {message.pk} has no run"
    kinds = {"user": "message.received", "entity": "text.finished"}
    told = {(row[0], row[1]): row[2] for row in EventRecord.objects.values_list("conversation_id", "seq", "kind")}
    for message in Message.objects.all().iterator():
        if told.get((message.conversation_id, message.seq)) != kinds[message.author]:
            yield f"message {message.pk} is not what event {message.seq} tells"


def endings() -> Iterator[str]:
    """Every run that is over says so once in the log, and every open one is young or held."""
    ends = Count("events", filter=Q(events__kind="run.finished"))
    for run in Run.objects.annotate(ends=ends):
        if run.ends != (0 if run.status in Run.OPEN else 1):
            yield f"run {run.pk} is {run.status} and has {run.ends} endings in the log"
    longest = timedelta(seconds=4 * (settings.MEMOS.run_seconds + settings.MEMOS.lease_seconds))
    for run in Run.objects.filter(status=Run.Status.RUNNING, started_at__lt=timezone.now() - longest):
        yield f"run {run.pk} has been running since {run.started_at}"


def speeches() -> Iterator[str]:
    """No text of a run is finished twice."""
    texts = EventRecord.objects.filter(kind="text.finished").values("run_id", "action").annotate(times=Count("pk"))
    for row in texts.filter(times__gt=1):
        yield f"the text of action {row['action']} of run {row['run_id']} was finished {row['times']} times"


def states() -> Iterator[str]:
    """Folding an entity's versions gives its stored state."""
    for entity in Entity.objects.all().iterator():
        if state.folded_log(entity) != state.read(entity):
            yield f"the versions of {entity.slug} ({entity.pk}) do not add up to its state"


def changes() -> Iterator[str]:
    """Every version that a run made is told by one event of that run, with the same changes, and the other way."""
    made = {
        (row.run, row.number): row.changes
        for row in StateVersion.objects.exclude(run=None).only("run", "number", "changes")
    }
    told = EventRecord.objects.filter(kind="state.changed").values_list("run_id", "payload", "seq")
    for run, payload, seq in told.iterator():
        if made.pop((run, payload["version"]), None) != payload["changes"]:
            yield f"event {seq} of run {run} tells another change than version {payload['version']}"
    for run, number in made:
        yield f"version {number} of run {run} is in no event"
