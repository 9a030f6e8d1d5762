"""The events of a conversation, run by run, sifted. Pages are read by the runs' places, so a long log costs no more."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import get_args
from uuid import UUID

from agents.events import (
    ActionFailedEvent,
    ActionFinished,
    ActionSkipped,
    ActionStarted,
    BudgetReached,
    DelegationDecided,
    Event,
    LoggedEvent,
    MemoryRecalled,
    MessageReceived,
    ModelDegraded,
    PlanExtended,
    PlanMade,
    PlanRejectedEvent,
    QuestionAsked,
    RepetitionStopped,
    RunFinished,
    StateChanged,
    TextFinished,
)
from interactions import log
from interactions.folding import fold
from interactions.models import Conversation, Run
from interactions.steps import face
from interactions.turns import Turn

# Runs with something to show on one page, and runs looked through for them where events are left out.
PAGE, SCAN = 20, 100
# Runs shown before the one that holds the event a reader went to.
AHEAD = 5
# Events of the talk itself, of no run, that are read between runs.
BARE = 200

KINDS: tuple[str, ...] = tuple(sorted(kind.model_fields["kind"].default for kind in get_args(get_args(Event)[0])))

_TROUBLE = (ActionFailedEvent, ActionSkipped, PlanRejectedEvent, RepetitionStopped, BudgetReached, ModelDegraded)
_CALLS = (ActionStarted, ActionFinished, MemoryRecalled, DelegationDecided, PlanMade, PlanExtended)

# What the chips above the list stand for.
SIEVES: Mapping[str, Callable[[LoggedEvent], bool]] = {
    "speech": lambda line: (
        isinstance(line.event, MessageReceived | QuestionAsked)
        or (isinstance(line.event, TextFinished) and not line.event.is_thought)
    ),
    "thought": lambda line: isinstance(line.event, TextFinished) and line.event.is_thought,
    "change": lambda line: isinstance(line.event, StateChanged),
    "calls": lambda line: isinstance(line.event, _CALLS),
    "trouble": lambda line: is_trouble(line),
}


def is_trouble(line: LoggedEvent) -> bool:
    """Whether an event tells of something that went wrong."""
    event = line.event
    if isinstance(event, RunFinished):
        return event.status in ("failed", "needs_review")
    return isinstance(event, _TROUBLE)


@dataclass(frozen=True, slots=True)
class Sieve:
    """What the reader wants to see; empty fields let everything through."""

    show: frozenset[str] = frozenset()
    kind: str = ""
    action: str = ""
    run: UUID | None = None
    text: str = ""
    oldest_first: bool = False

    def keeps(self, line: LoggedEvent) -> bool:
        """Whether `line` is to be shown."""
        if self.show and not any(SIEVES[name](line) for name in self.show):
            return False
        if self.kind and line.event.kind != self.kind:
            return False
        if self.action and getattr(line.event, "name", "") != self.action:
            return False
        return not self.text or self.text.casefold() in _words(line).casefold()

    @property
    def is_empty(self) -> bool:
        return self.is_whole and self.run is None

    @property
    def is_whole(self) -> bool:
        """Whether every event of the runs it looks at is kept."""
        return not (self.show or self.kind or self.action or self.text)


@dataclass(frozen=True, slots=True)
class Row:
    """One event with its glyph and, where it has one, its duration in milliseconds."""

    line: LoggedEvent
    icon: str
    ms: float | None
    is_trouble: bool

    @property
    def number(self) -> str:
        """Its number as it is printed; a template would ask for each whole number how it is written here."""
        return str(self.line.seq)


@dataclass(slots=True)
class Group:
    """A run with those of its events that the sieve keeps, of `count` in all; or one event of no run."""

    turn: Turn | None
    rows: list[Row] = field(default_factory=list)
    count: int = 0

    @property
    def first(self) -> int:
        """The number of its first event."""
        return self.rows[0].line.seq


@dataclass(slots=True)
class Page:
    """Groups in reading order; `next` is the cursor of the page that follows, None at the end."""

    groups: list[Group] = field(default_factory=list)
    next: int | None = None


def page(conversation: Conversation, sieve: Sieve, cursor: int | None = None) -> Page:
    """Return the next groups from `cursor` on: at most `PAGE` runs, where events are left out found among `SCAN`."""
    began = cursor
    runs, is_last = _runs(conversation, sieve, cursor, PAGE if sieve.is_whole else SCAN)
    events, groups = log.read_runs(run.pk for run in runs), list[Group]()
    for place, run in enumerate(runs, start=1):
        cursor = run.position
        if group := _group(str(run.pk), events[str(run.pk)], sieve):
            groups.append(group)
        # Two runs can share a place: then both come with this page, so that none is left out.
        if len(groups) >= PAGE and place < len(runs) and runs[place].position != run.position:
            is_last = False
            break
    groups += _bare(conversation, sieve, began, None if is_last else cursor)
    groups.sort(key=lambda group: group.first, reverse=not sieve.oldest_first)
    return Page(groups, None if is_last else cursor)


def cursor_for(conversation: Conversation, sieve: Sieve, seq: int) -> int | None:
    """Return the cursor of the page that holds event `seq`, with some runs before it; None for the first page."""
    runs = Run.objects.filter(conversation=conversation)
    if sieve.oldest_first:
        ahead = runs.filter(position__lte=seq).order_by("-position")
    else:
        ahead = runs.filter(position__gt=seq).order_by("position")
    place: int | None = ahead.values_list("position", flat=True)[AHEAD : AHEAD + 1].first()
    return place


def find(conversation: Conversation, seq: int) -> Row | None:
    """Return one event by its number, or None."""
    lines = log.read(conversation.pk, after=seq - 1, limit=1)
    return _row(lines[0]) if lines and lines[0].seq == seq else None


def as_json(line: LoggedEvent) -> str:
    """Return an event as clients get it, for people."""
    return json.dumps(line.wire(), ensure_ascii=False, indent=2)


def _runs(conversation: Conversation, sieve: Sieve, cursor: int | None, size: int) -> tuple[list[Run], bool]:
    """Return the next `size` runs from `cursor` on, and whether they are the last ones."""
    runs = Run.objects.filter(conversation=conversation)
    if sieve.run is not None:
        runs = runs.filter(pk=sieve.run)
    if cursor is not None:
        runs = runs.filter(position__gt=cursor) if sieve.oldest_first else runs.filter(position__lt=cursor)
    order = ("position", "created_at") if sieve.oldest_first else ("-position", "-created_at")
    found = list(runs.order_by(*order)[: size + 1])
    if len(found) <= size:
        return found, True
    # As above: what shares a place with the first one left out comes with it.
    return [run for run in found[:size] if run.position != found[size].position] or found[:size], False


def _group(run: str, lines: list[LoggedEvent], sieve: Sieve) -> Group | None:
    rows = [_row(line) for line in lines if sieve.keeps(line)]
    return Group(fold(run, lines), rows, len(lines)) if rows else None


def _bare(conversation: Conversation, sieve: Sieve, began: int | None, ended: int | None) -> list[Group]:
    """Return the events of no run that stand between two cursors."""
    if sieve.run is not None:
        return []
    if sieve.oldest_first:
        lowest, highest = (began or 0) + 1, ended
    else:
        lowest, highest = ended or 0, None if began is None else began - 1
    lines = log.read_bare(conversation.pk, lowest, highest, BARE)
    return [Group(None, [_row(line)], 1) for line in lines if sieve.keeps(line)]


def _row(line: LoggedEvent) -> Row:
    event = line.event
    ms = event.usage.ms if isinstance(event, RunFinished) else getattr(event, "ms", None)
    return Row(line, _icon(line), ms, is_trouble(line))


_ICONS = {
    "message.received": "person",
    "run.started": "play",
    "run.finished": "done",
    "plan.made": "plan",
    "plan.extended": "plan",
    "plan.rejected": "alert",
    "state.changed": "edit",
    "memory.recalled": "recall",
    "repetition.stopped": "loop",
    "budget.reached": "clock",
    "model.degraded": "alert",
    "delegation.decided": "delegate",
    "question.asked": "ask",
    "wait.started": "timer",
    "branch.switched": "again",
    "turn.deleted": "forget",
    "turn.restored": "undo",
    "conversation.forked": "fork",
    "command.given": "slash",
}
_CHANGED = {
    "mood": "mood",
    "temperament": "mood",
    "goal": "goal",
    "desire": "desire",
    "memory": "memory-add",
    "persona": "person",
}


def _icon(line: LoggedEvent) -> str:
    event = line.event
    if isinstance(event, StateChanged) and event.changes:
        part = event.changes[0].op.split(".")[0]
        return _CHANGED.get(part, part)
    if name := getattr(event, "name", ""):
        return face(name).icon
    if isinstance(event, TextFinished):
        return "think" if event.is_thought else "speak"
    return _ICONS.get(event.kind, "tool")


def _words(line: LoggedEvent) -> str:
    return json.dumps(line.event.model_dump(mode="json"), ensure_ascii=False)
