"""What stored data must always show, whatever has crashed: each check yields one sentence per violation."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from agents import state
from agents.models import Entity, StateVersion
from interactions.models import Conversation, EventRecord, Message, Run, Schedule, Telling

Check = Callable[[], Iterator[str]]


def violations() -> Iterator[str]:
    """Yield every violation of every invariant that stored data can show; nothing when all is well."""
    for check in (numbering, messages, acknowledged, endings, pauses, timers, told, silence, speeches, states, changes):
        yield from check()


def numbering() -> Iterator[str]:
    """Events of a conversation are numbered 1..n without gap, and the conversation knows n."""
    rows = Conversation.objects.annotate(count=Count("events"), first=Min("events__seq"), last=Max("events__seq"))
    wrong = rows.exclude(Q(count=0, last_seq=0) | Q(first=1, last=F("last_seq"), count=F("last_seq")))
    for row in wrong:
        yield f"conversation {row.pk} says {row.last_seq} events and has {row.count}, {row.first} to {row.last}"


def messages() -> Iterator[str]:
    """Every message stands in the log, and every message of a person has a run, or answers one's question."""
    for message in Message.objects.filter(author=Message.Author.USER, runs=None, run=None):
        yield f"message {message.pk} has no run"
    kinds = {"user": ("message.received",), "entity": ("text.finished", "question.asked")}
    told = {(row[0], row[1]): row[2] for row in EventRecord.objects.values_list("conversation_id", "seq", "kind")}
    for message in Message.objects.all().iterator():
        if told.get((message.conversation_id, message.seq)) not in kinds[message.author]:
            yield f"message {message.pk} is not what event {message.seq} tells"


def acknowledged() -> Iterator[str]:
    """What a person sent stands once under its id, and its event tells the same text and the same id."""
    for row in _of_people().values("user", "client_message_id").annotate(times=Count("pk")).filter(times__gt=1):
        yield f"user {row['user']} has {row['times']} messages with the id {row['client_message_id']}"
    told = EventRecord.objects.filter(kind="message.received").values_list("payload__message", "payload")
    payloads = {message: payload for message, payload in told.iterator()}
    for message in _of_people().iterator():
        payload = payloads.pop(str(message.pk), {})
        if (payload.get("text"), payload.get("client_message_id")) != (message.text, message.client_message_id):
            yield f"message {message.pk} is stored otherwise than its event tells"
    for pk in payloads:
        yield f"message {pk} is told and not stored"


def _of_people() -> QuerySet[Message]:
    return Message.objects.filter(author=Message.Author.USER)


def endings() -> Iterator[str]:
    """Every run that is over says so once in the log, and every open one is young or held."""
    ends = Count("events", filter=Q(events__kind="run.finished"))
    for run in Run.objects.annotate(ends=ends):
        if run.ends != (0 if run.status in Run.ALIVE else 1):
            yield f"run {run.pk} is {run.status} and has {run.ends} endings in the log"
    longest = timedelta(seconds=4 * (settings.MEMOS.run_seconds + settings.MEMOS.lease_seconds))
    for run in Run.objects.filter(status=Run.Status.RUNNING, started_at__lt=timezone.now() - longest):
        yield f"run {run.pk} has been running since {run.started_at}"


def pauses() -> Iterator[str]:
    """A run that waits says for what and until when, and the log too; a talk knows which of its runs has asked."""
    for run in Run.objects.exclude(status=Run.Status.WAITING).exclude(pause=None, wake_at=None):
        yield f"run {run.pk} is {run.status} and waits for something"
    asking = dict(Conversation.objects.exclude(asking=None).values_list("asking", "pk"))
    for run in Run.objects.filter(status=Run.Status.WAITING):
        last = EventRecord.objects.filter(run=run).order_by("-seq").values_list("kind", "action").first()
        pause = run.pause or {}
        kind = {"question": "question.asked", "moment": "wait.started"}.get(str(pause.get("kind")))
        if kind is None or last != (kind, pause.get("action")) or run.wake_at is None or run.lease_until:
            yield f"run {run.pk} waits, for {pause or 'nothing'}, until {run.wake_at}, and says {last}"
        if kind == "question.asked" and asking.pop(run.pk, None) != run.conversation_id:
            yield f"run {run.pk} has asked, and conversation {run.conversation_id} does not know it"
    for asker, talk in asking.items():
        yield f"conversation {talk} says that run {asker} has asked, and it does not wait for an answer"


def timers() -> Iterator[str]:
    """Each time that a timer was due has begun one run; only one that has no talk of its own can outlive such a run."""
    begun = Counter(
        Run.objects.filter(message=None, copied_from=None, trigger__kind="timer").values_list(
            "trigger__schedule", flat=True
        )
    )
    for timer in Schedule.objects.all():
        count = begun[timer.pk]
        if count > timer.fired or (count < timer.fired and timer.conversation_id):
            yield f"timer {timer.pk} was due {timer.fired} times and has begun {count} runs"


def told() -> Iterator[str]:
    """What an entity has told another one has begun one run, of that one, once it was heard, and none before."""
    begun = Run.objects.filter(message=None, copied_from=None, trigger__kind="agent_message")
    runs: dict[int, list[Run]] = {}
    for run in begun.select_related("conversation"):
        if (number := run.trigger.get("telling")) is not None:  # a second try is none of it
            runs.setdefault(number, []).append(run)
    for telling in Telling.objects.all():
        found = [(run.pk, run.conversation.entity_id) for run in runs.get(telling.pk, [])]
        if found != ([(telling.heard_id, telling.receiver_id)] if telling.heard_id else []):
            yield f"telling {telling.pk} was heard in {telling.heard_id or 'no run'} and has begun {found or 'none'}"


def silence() -> Iterator[str]:
    """After its end a run tells nothing and changes nothing."""
    end = EventRecord.objects.filter(run=OuterRef("run"), kind="run.finished", seq__lt=OuterRef("seq"))
    for record in EventRecord.objects.exclude(run=None).filter(Exists(end)):
        yield f"event {record.seq} ({record.kind}) of run {record.run_id} comes after the run's end"


def speeches() -> Iterator[str]:
    """No text of a run is finished twice."""
    texts = EventRecord.objects.filter(kind="text.finished").values("run_id", "action").annotate(times=Count("pk"))
    for row in texts.filter(times__gt=1):
        yield f"the text of action {row['action']} of run {row['run_id']} was finished {row['times']} times"


def states() -> Iterator[str]:
    """Folding an entity's versions gives its stored state, and every snapshot on the way."""
    for entity in Entity.objects.all().iterator():
        if state.folded_log(entity) != state.read(entity):
            yield f"the versions of {entity.slug} ({entity.pk}) do not add up to its state"
        for number in state.broken_snapshots(entity):
            yield f"the snapshot of {entity.slug} ({entity.pk}) at version {number} is not what its versions add up to"


def changes() -> Iterator[str]:
    """Every version that a run made is told by one event of that run, with the same changes, and the other way."""
    made = {
        (row.run, row.number): row.changes
        for row in StateVersion.objects.exclude(run=None).only("run", "number", "changes")
    }
    # A fork of a talk tells again what the entity's versions tell of the first one.
    first = EventRecord.objects.filter(kind="state.changed", run__copied_from=None)
    told = first.values_list("run_id", "payload", "seq")
    for run, payload, seq in told.iterator():
        if made.pop((run, payload["version"]), None) != payload["changes"]:
            yield f"event {seq} of run {run} tells another change than version {payload['version']}"
    for run, number in made:
        yield f"version {number} of run {run} is in no event"
