"""What home shows, read in a fixed number of queries however much there is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import BigIntegerField, Count, Exists, F, Func, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Left
from django.utils import timezone

from agents.actions import registry
from agents.events import ActionFinished, LoggedEvent, TextFinished
from agents.models import Entity, ModelCall
from interactions import log
from interactions.models import Conversation, Message, Run
from interactions.steps import in_dollars

ROWS = 8
RUNS = 12
PREVIEW = 240
HOURS = 24
# Messages that the talk shows now.
SHOWN: dict[str, Any] = {"withdrawn_at": None, "off_branch": False, "deleted_at": None}
BAR_HEIGHT = 46
PLOT_HEIGHT = 56


class HourOf(Func):
    """The hours from 1970 to a moment. The database counts them itself; Django's TruncHour calls back into Python for
    every row of SQLite."""

    output_field = BigIntegerField()
    template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / 3600)::bigint"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Return the SQL for SQLite, whose moments are text."""
        template = "CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / 3600"
        return self.as_sql(compiler, connection, template=template, **context)


@dataclass(frozen=True, slots=True)
class Doing:
    """A run that waits or works: its sign, what it does in words, its last step (the `number`th is under way;
    0: none yet), and whole seconds so far."""

    run: Run
    symbol: str
    words: str
    step: str
    number: int
    seconds: int

    @property
    def entity(self) -> Entity:
        """Whose run it is."""
        entity: Entity = self.run.conversation.entity
        return entity


@dataclass(frozen=True, slots=True)
class Card:
    """An entity on home, with what it is doing now (None: nothing) and its tokens of the last 24 hours."""

    entity: Any
    doing: Doing | None
    tokens: int

    @classmethod
    def of(cls, entity: Entity, doing: Iterable[Doing], usage: "Usage") -> "Card":
        """Return the card of `entity`. Of several runs the one that works is shown, not one that waits."""
        own = [each for each in doing if each.entity.pk == entity.pk]
        own.sort(key=lambda each: each.run.status == Run.Status.QUEUED)
        return cls(entity, own[0] if own else None, usage.by_entity.get(entity.pk, 0))


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour of the plot, as SVG attributes."""

    x: str
    y: int
    height: int
    is_now: bool


@dataclass(slots=True)
class Usage:
    """Requests to language models in the last 24 hours."""

    requests: int = 0
    tokens: int = 0
    money: float = 0  # USD; what has no known price costs nothing here
    by_entity: dict[int, int] = field(default_factory=dict)
    by_hour: list[int] = field(default_factory=lambda: [0] * HOURS)

    def cost(self) -> str:
        """Return the money in words, "" for none."""
        return in_dollars(self.money)

    def bars(self) -> list[Bar]:
        """Return one bar per hour, oldest first; the highest fills the plot, an empty hour is a line."""
        top = max(self.by_hour) or 1
        heights = [max(1, round(BAR_HEIGHT * tokens / top)) for tokens in self.by_hour]
        return [
            Bar(f"{100 * hour / HOURS:.1f}%", PLOT_HEIGHT - height, height, hour == HOURS - 1)
            for hour, height in enumerate(heights)
        ]

    def peak(self) -> int:
        """Return the tokens of the busiest hour."""
        return max(self.by_hour)


def cards(user: User) -> QuerySet[Entity, Entity]:
    """Return the user's entities with `latest` (conversation id), `last_line`, `spoke_at` and `unread`."""
    talks = Conversation.objects.for_user(user).filter(entity=OuterRef("pk"), deleted_at=None).order_by("-updated_at")
    lines = (
        Message.objects.filter(conversation=OuterRef("latest"), author=Message.Author.ENTITY, **SHOWN)
        .order_by("-seq")
        .annotate(preview=Left("text", PREVIEW))
    )
    unread = (
        _unread(user).filter(conversation__entity=OuterRef("pk")).values("conversation__entity").annotate(n=Count("pk"))
    )
    found: QuerySet[Entity, Entity] = (
        Entity.objects.for_user(user)
        .filter(archived_at=None)
        .annotate(latest=Subquery(talks.values("pk")[:1]))
        .annotate(
            last_line=Subquery(lines.values("preview")[:1]),
            spoke_at=Subquery(lines.values("created_at")[:1]),
            unread=Subquery(unread.values("n")),
        )
        .order_by("created_at", "pk")
    )
    return found


def recent(user: User, rows: int = ROWS, words: str = "") -> list[Conversation]:
    """Return the latest conversations, one more than `rows` if there are more, each with its last message
    (`last_text`, `last_author`), `unread`, `is_open` (a run waits or works) and `last_status` (of its last run).
    With `words` only those whose title or entity's name has each of them."""
    last = Message.objects.filter(conversation=OuterRef("pk"), **SHOWN).order_by("-seq")
    runs = Run.objects.filter(conversation=OuterRef("pk"), off_branch=False, deleted_at=None)
    unread = _unread(user).filter(conversation=OuterRef("pk")).values("conversation").annotate(n=Count("pk"))
    named = [Q(title__icontains=word) | Q(entity__name__icontains=word) for word in words.split()]
    return list(
        Conversation.objects.for_user(user)
        .filter(*named, deleted_at=None)
        .select_related("entity", "folder")
        .annotate(
            last_text=Subquery(last.annotate(preview=Left("text", PREVIEW)).values("preview")[:1]),
            last_author=Subquery(last.values("author")[:1]),
            unread=Subquery(unread.values("n")),
            is_open=Exists(runs.filter(status__in=Run.OPEN)),
            last_status=Subquery(runs.order_by("-position").values("status")[:1]),
        )
        .order_by("-updated_at")[: rows + 1]
    )


def is_answered(talks: Iterable[Conversation], but: Conversation) -> bool:
    """Whether one of `talks`, as `recent` returns them, is answered just now; `but` is not asked."""
    return any(talk.is_open for talk in talks if talk.pk != but.pk)  # type: ignore[attr-defined]  # annotated


def conversation_count(user: User) -> int:
    """Return how many conversations the user has."""
    count: int = Conversation.objects.for_user(user).filter(deleted_at=None).count()
    return count


def doing_now(user: User) -> list[Doing]:
    """Return the runs that work or wait, those that work first, at most `RUNS`."""
    runs = list(
        Run.objects.for_user(user)
        .filter(status__in=Run.OPEN)
        .select_related("conversation__entity")
        .order_by("-status", "created_at")[:RUNS]  # "running" sorts after "queued"
    )
    events = log.read_runs(run.pk for run in runs if run.status == Run.Status.RUNNING)
    now = timezone.now()
    return [_doing(run, events.get(str(run.pk), []), now) for run in runs]


def usage(user: User) -> Usage:
    """Return what the user's entities asked of language models in the last 24 hours."""
    now = timezone.now()
    rows = (
        ModelCall.objects.for_user(user)
        .filter(started_at__gt=now - timedelta(hours=HOURS))
        .values("entity_id", hour=HourOf("started_at"))
        .annotate(requests=Count("pk"), tokens=Sum("input_tokens") + Sum("output_tokens"), money=Sum("cost"))
        .order_by()
    )
    total = Usage()
    this_hour = int(now.timestamp()) // 3600
    for row in rows:
        total.requests += row["requests"]
        total.tokens += row["tokens"]
        total.money += float(row["money"] or 0)
        total.by_entity[row["entity_id"]] = total.by_entity.get(row["entity_id"], 0) + row["tokens"]
        age = this_hour - row["hour"]
        if 0 <= age < HOURS:
            total.by_hour[HOURS - 1 - age] += row["tokens"]
    return total


def _unread(user: User) -> QuerySet[Message, Message]:
    return Message.objects.for_user(user).filter(
        author=Message.Author.ENTITY, conversation__deleted_at=None, seq__gt=F("conversation__read_seq"), **SHOWN
    )


def _doing(run: Run, events: list[LoggedEvent], now: datetime) -> Doing:
    seconds = int((now - (run.started_at or run.created_at)).total_seconds())
    where = f" for {seconds} s" + (f" in “{run.conversation.title}”" if run.conversation.title else "")
    if run.status == Run.Status.QUEUED:
        return Doing(run, "clock", f"Waiting{where}", "waits its turn", 0, seconds)
    done = [each.event.name for each in events if isinstance(each.event, ActionFinished | TextFinished)]
    if not done:
        return Doing(run, "think", f"Thinking{where}", "thinking", 1, seconds)
    action = registry.get(done[-1])
    symbol, step = (action.icon, action.past) if action else ("plan", done[-1])
    return Doing(run, symbol, f"Replying{where}", step.lower(), len(done) + 1, seconds)
