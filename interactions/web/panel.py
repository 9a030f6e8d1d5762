"""The state panel: how an entity is now, and what of it has changed since the reader last looked."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Count, QuerySet, Window
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from agents.changes import (
    Change,
    Mood,
    PutDesire,
    PutGoal,
    PutMemory,
    RemoveDesire,
    RemoveGoal,
    RemoveMemory,
    SetAppearance,
    SetEnvironment,
    SetMood,
)
from agents.models import Desire, Entity, Goal, Memory, StateVersion
from agents.state import changes_of, mood_at
from interactions.web.lookup import conversation_of, whole_number

MEMORIES, GOALS, DESIRES = 5, 12, 8
Put = TypeVar("Put", PutGoal, PutDesire, PutMemory)
Removal = TypeVar("Removal", RemoveGoal, RemoveDesire, RemoveMemory)
# Versions read for the trail of moods and for what is new.
VERSIONS = 40
TRAIL = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A goal, desire or memory. `note` is a word where it is fresh, such as "new", and `is_seen` when the reader has
    seen that already; `value` 0..1; `progress` 0..1 of a goal that has come on; `at` of a memory."""

    text: str
    note: str = ""
    is_seen: bool = False
    value: float | None = None
    progress: float | None = None
    at: datetime | None = None
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Dot:
    """A mood on the plane, as SVG attributes."""

    x: str
    y: str
    opacity: str


@dataclass(slots=True)
class Panel:
    """What the panel shows. `fresh` holds the single parts of the state that changed, and whether that was seen."""

    entity: Entity
    mood: Mood
    changed_at: datetime | None = None
    moods: list[Mood] = field(default_factory=list)
    fresh: dict[str, bool] = field(default_factory=dict)
    goals: list[Line] = field(default_factory=list)
    desires: list[Line] = field(default_factory=list)
    memories: list[Line] = field(default_factory=list)
    goal_count: int = 0
    desire_count: int = 0
    memory_count: int = 0

    @property
    def now(self) -> Dot:
        """Where the mood is on the plane."""
        return _dot(self.mood)

    @property
    def trail(self) -> list[Dot]:
        """The moods before, oldest first, fainter with age."""
        last = len(self.moods) - 1
        return [_dot(mood, 0.25 + 0.5 * place / last if last else 0.75) for place, mood in enumerate(self.moods)]

    @property
    def path(self) -> str:
        """The line through the trail to now."""
        return "M" + "L".join(f"{dot.x} {dot.y}" for dot in [*self.trail, self.now])


@dataclass(frozen=True, slots=True)
class News:
    """The changes that are marked: those after the version `since`; those up to `seen` do not flash again."""

    changes: tuple[tuple[int, Change], ...] = ()  # newest first, with their versions
    seen: int = 0

    def of(self, kind: type[Put]) -> dict[int | None, tuple[Put, bool]]:
        """Return the latest change of each row, and whether it was seen."""
        found = ((number, change) for number, change in reversed(self.changes) if isinstance(change, kind))
        return {change.id: (change, number <= self.seen) for number, change in found}

    def removed(self, kind: type[Removal], put: type[Put]) -> list[tuple[Removal, bool]]:
        """Return the rows that were taken out and not put back since, and whether that was seen."""
        last = {
            change.id: (change, number <= self.seen)
            for number, change in reversed(self.changes)
            if isinstance(change, kind | put)
        }
        return [(change, seen) for change, seen in last.values() if isinstance(change, kind)]

    def single(self) -> dict[str, bool]:
        """Return which of mood, appearance and environment changed, and whether that was seen."""
        kinds = (SetMood, SetAppearance, SetEnvironment)
        found = ((number, change) for number, change in reversed(self.changes) if isinstance(change, kinds))
        return {change.op.split(".")[0]: number <= self.seen for number, change in found}


def panel_of(entity: Entity, since: int | None = None, seen: int | None = None) -> Panel:
    """Return the panel of `entity`; what came after the version `since` is marked, what came after `seen` (as a rule
    `since`) flashes (four queries)."""
    versions = list(StateVersion.objects.filter(entity=entity).order_by("-number")[:VERSIONS])
    changes = [(version.number, change) for version in versions for change in reversed(changes_of(version))]
    news = News()
    if since is not None:
        new = tuple((number, change) for number, change in changes if number > since)
        news = News(new, since if seen is None else seen)
    panel = Panel(entity, mood_at(entity, timezone.now()), versions[0].at if versions else None)
    panel.moods = _moods(change for _, change in changes)
    panel.fresh = news.single()
    _pursue(panel, news)
    _want(panel, news)
    _remember(panel, news)
    return panel


def mood_panel(entity: Entity, versions: Iterable[StateVersion]) -> Panel:
    """Return a panel of the mood alone, its trail taken from the latest `versions`, newest first."""
    panel = Panel(entity, mood_at(entity, timezone.now()))
    panel.moods = _moods(change for version in versions for change in reversed(changes_of(version)))
    return panel


@require_GET
def state_panel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The panel of the conversation's entity, with what changed `since` a version marked."""
    conversation = conversation_of(request, pk)
    since, seen = whole_number(request.GET.get("since")), whole_number(request.GET.get("seen"))
    if ("since" in request.GET and since is None) or ("seen" in request.GET and seen is None):
        return HttpResponseBadRequest("since and seen must be whole numbers.", content_type="text/plain")
    context = {
        "conversation": conversation,
        "entity": conversation.entity,
        "panel": panel_of(conversation.entity, since, seen),
        "is_update": True,
    }
    return render(request, "chat/panel.html", context)


def _moods(changes: Iterable[Change]) -> list[Mood]:
    """Return the moods before the present one, oldest first, from `changes`, newest first."""
    before = [change.before for change in changes if isinstance(change, SetMood) and change.before]
    return before[:TRAIL][::-1]


def _pursue(panel: Panel, news: News) -> None:
    new = news.of(PutGoal)
    active = Goal.objects.filter(entity=panel.entity, status=Goal.Status.ACTIVE).order_by("-priority", "pk")
    rows, panel.goal_count = _first(active, GOALS)
    ended = [(change.goal, seen) for change, seen in new.values() if change.goal.status != "active"]
    panel.goals = [Line(goal.text, goal.status, is_gone=True, is_seen=seen) for goal, seen in ended]
    panel.goals += [
        Line(gone.before.text, "taken back", is_gone=True, is_seen=seen)
        for gone, seen in news.removed(RemoveGoal, PutGoal)
        if gone.before
    ]
    panel.goals += [
        Line(row.text, *_mark(new.get(row.pk)), value=row.priority, progress=row.progress or None) for row in rows
    ]


def _want(panel: Panel, news: News) -> None:
    new = news.of(PutDesire)
    active = Desire.objects.filter(entity=panel.entity, status=Desire.Status.ACTIVE).order_by("-intensity", "pk")
    rows, panel.desire_count = _first(active, DESIRES)
    ended = [(change.desire, seen) for change, seen in new.values() if change.desire.status != "active"]
    panel.desires = [Line(desire.text, desire.status, is_gone=True, is_seen=seen) for desire, seen in ended]
    panel.desires += [
        Line(gone.before.text, "taken back", is_gone=True, is_seen=seen)
        for gone, seen in news.removed(RemoveDesire, PutDesire)
        if gone.before
    ]
    panel.desires += [Line(row.text, *_mark(new.get(row.pk)), value=row.intensity) for row in rows]


def _remember(panel: Panel, news: News) -> None:
    new = news.of(PutMemory)
    known = Memory.objects.filter(entity=panel.entity, forgotten_at=None).order_by("-created_at", "-pk")
    rows, panel.memory_count = _first(known, MEMORIES)
    gone = [(change.memory, seen) for change, seen in new.values() if change.memory.forgotten]
    panel.memories = [Line(memory.content, "forgotten", is_gone=True, is_seen=seen) for memory, seen in gone]
    panel.memories += [
        Line(gone.before.content, "taken back", is_gone=True, is_seen=seen)
        for gone, seen in news.removed(RemoveMemory, PutMemory)
        if gone.before
    ]
    panel.memories += [_memory(row, new.get(row.pk)) for row in rows]


def _first(rows: QuerySet[Any], most: int) -> tuple[list[Any], int]:
    """Return the first rows and how many there are in all, in one query."""
    found = list(rows.annotate(count=Window(Count("pk")))[:most])
    return found, found[0].count if found else 0


def _memory(row: Memory, news: tuple[PutMemory, bool] | None) -> Line:
    return Line(row.content, "now" if news else "", news[1] if news else False, at=row.created_at)


def _mark(news: tuple[PutGoal | PutDesire, bool] | None) -> tuple[str, bool]:
    """Return the word for a line that is still there, and whether it was seen."""
    if news is None:
        return "", False
    change, seen = news
    return "changed" if change.before else "new", seen


def _dot(mood: Mood, opacity: float = 1) -> Dot:
    return Dot(f"{50 + 46 * mood.valence:.1f}", f"{50 - 46 * mood.arousal:.1f}", f"{opacity:.2f}")
