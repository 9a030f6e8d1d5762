"""The state panel: how an entity is now, and what of it has changed since the reader last looked."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Window
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.views.decorators.http import require_GET

from agents.changes import Change, Mood, PutDesire, PutGoal, PutMemory, SetAppearance, SetEnvironment, SetMood
from agents.models import Desire, Entity, Goal, Memory, StateVersion
from agents.state import changes_of, mood_of
from interactions.web.lookup import conversation_of, whole_number

MEMORIES, GOALS, DESIRES = 5, 8, 6
# Versions read for the trail of moods and for what is new.
VERSIONS = 40
TRAIL = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A goal, desire or memory. `note` is a word where it is fresh, such as "new"; `value` 0..1; `at` of a memory."""

    text: str
    note: str = ""
    value: float | None = None
    at: datetime | None = None
    is_gone: bool = False

    @property
    def is_fresh(self) -> bool:
        return bool(self.note)


@dataclass(frozen=True, slots=True)
class Dot:
    """A mood on the plane, as SVG attributes."""

    x: str
    y: str
    opacity: str


@dataclass(slots=True)
class Panel:
    """What the panel shows. `fresh` names the parts of the state that changed since the reader looked."""

    entity: Entity
    mood: Mood
    changed_at: datetime | None = None
    moods: list[Mood] = field(default_factory=list)
    fresh: set[str] = field(default_factory=set)
    goals: list[Line] = field(default_factory=list)
    desires: list[Line] = field(default_factory=list)
    memories: list[Line] = field(default_factory=list)
    memory_count: int = 0

    @property
    def goal_count(self) -> int:
        return sum(not line.is_gone for line in self.goals)

    @property
    def desire_count(self) -> int:
        return sum(not line.is_gone for line in self.desires)

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


def panel_of(entity: Entity, since: int | None = None) -> Panel:
    """Return the panel of `entity`; with `since`, what came after that version is marked (four queries)."""
    versions = list(StateVersion.objects.filter(entity=entity).order_by("-number")[:VERSIONS])
    changes = [(version, change) for version in versions for change in changes_of(version)]
    new = [change for version, change in changes if since is not None and version.number > since]
    panel = Panel(entity, mood_of(entity), versions[0].at if versions else None)
    panel.moods = _moods(change for _, change in changes)
    panel.fresh = {
        change.op.split(".")[0] for change in new if isinstance(change, SetMood | SetAppearance | SetEnvironment)
    }
    panel.goals = _goals(entity, {change.id: change for change in reversed(new) if isinstance(change, PutGoal)})
    panel.desires = _desires(entity, {change.id: change for change in reversed(new) if isinstance(change, PutDesire)})
    _remember(panel, {change.id: change for change in reversed(new) if isinstance(change, PutMemory)})
    return panel


@require_GET
def state_panel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The panel of the conversation's entity, with what changed `since` a version marked."""
    conversation = conversation_of(request, pk)
    since = whole_number(request.GET.get("since"))
    if "since" in request.GET and since is None:
        return HttpResponseBadRequest("since must be a whole number.", content_type="text/plain")
    context = {
        "conversation": conversation,
        "entity": conversation.entity,
        "panel": panel_of(conversation.entity, since),
        "is_update": True,
    }
    return render(request, "chat/panel.html", context)


def _moods(changes: Iterable[Change]) -> list[Mood]:
    """Return the moods before the present one, oldest first, from `changes`, newest first."""
    before = [change.before for change in changes if isinstance(change, SetMood) and change.before]
    return before[:TRAIL][::-1]


def _goals(entity: Entity, new: dict[int | None, PutGoal]) -> list[Line]:
    active = Goal.objects.filter(entity=entity, status=Goal.Status.ACTIVE).order_by("-priority", "pk")[:GOALS]
    lines = [Line(row.text, _word(new.get(row.pk)), row.priority) for row in active]
    ended = (change.goal for change in new.values() if change.goal.status != "active")
    return [Line(goal.text, goal.status, is_gone=True) for goal in ended] + lines


def _desires(entity: Entity, new: dict[int | None, PutDesire]) -> list[Line]:
    active = Desire.objects.filter(entity=entity, status=Desire.Status.ACTIVE).order_by("-intensity", "pk")[:DESIRES]
    lines = [Line(row.text, _word(new.get(row.pk)), row.intensity) for row in active]
    ended = (change.desire for change in new.values() if change.desire.status != "active")
    return [Line(desire.text, desire.status, is_gone=True) for desire in ended] + lines


def _remember(panel: Panel, new: dict[int | None, PutMemory]) -> None:
    known = Memory.objects.filter(entity=panel.entity, forgotten_at=None).annotate(count=Window(Count("pk")))
    rows = list(known.order_by("-created_at", "-pk")[:MEMORIES])
    panel.memory_count = rows[0].count if rows else 0
    forgotten = (change.memory for change in new.values() if change.memory.forgotten)
    panel.memories = [Line(memory.content, "forgotten", is_gone=True) for memory in forgotten]
    panel.memories += [Line(row.content, "now" if row.pk in new else "", at=row.created_at) for row in rows]


def _word(change: PutGoal | PutDesire | None) -> str:
    if change is None:
        return ""
    return "changed" if change.before else "new"


def _dot(mood: Mood, opacity: float = 1) -> Dot:
    return Dot(f"{50 + 46 * mood.valence:.1f}", f"{50 - 46 * mood.arousal:.1f}", f"{opacity:.2f}")
