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
    RepetitionStopped,
    RunFinished,
    StateChanged,
    TextFinished,
)
from interactions import log
from interactions.models import Conversation, Run
from interactions.steps import face
from interactions.turns import Turn, fold

# Runs with something to show on one page, and runs looked through for them.
PAGE, SCAN = 20, 400

KINDS: tuple[str, ...] = tuple(sorted(kind.model_fields["kind"].default for kind in get_args(get_args(Event)[0])))

_TROUBLE = (ActionFailedEvent, ActionSkipped, PlanRejectedEvent, RepetitionStopped, BudgetReached, ModelDegraded)
_CALLS = (ActionStarted, ActionFinished, MemoryRecalled, DelegationDecided, PlanMade, PlanExtended)

# What the chips above the list stand for.
SIEVES: Mapping[str, Callable[[LoggedEvent], bool]] = {
    "speech": lambda line: (
        isinstance(line.event, MessageReceived) or (isinstance(line.event, TextFinished) and not line.event.is_thought)
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
        return not (self.show or self.kind or self.action or self.run or self.text)


@dataclass(frozen=True, slots=True)
class Row:
    """One event with its glyph and, where it has one, its duration in milliseconds."""

    line: LoggedEvent
    icon: str
    ms: float | None
    is_trouble: bool


@dataclass(slots=True)
class Group:
    """A run with those of its events that the sieve keeps, of `count` in all."""

    turn: Turn
    rows: list[Row] = field(default_factory=list)
    count: int = 0


@dataclass(slots=True)
class Page:
    """Groups in reading order; `next` is the cursor of the page that follows, None at the end."""

    groups: list[Group] = field(default_factory=list)
    next: int | None = None


def page(conversation: Conversation, sieve: Sieve, cursor: int | None = None) -> Page:
    """Return the next groups from `cursor` on: at most `PAGE`, found among at most `SCAN` runs."""
    shown, looked = Page(), 0
    while len(shown.groups) < PAGE and looked < SCAN:
        runs, is_last = _runs(conversation, sieve, cursor)
        events = log.read_runs(run.pk for run in runs)
        for run in runs:
            cursor, looked = run.position, looked + 1
            group = _group(str(run.pk), events[str(run.pk)], sieve)
            if group.rows:
                shown.groups.append(group)
        if is_last:
            return shown
    shown.next = cursor
    return shown


def find(conversation: Conversation, seq: int) -> Row | None:
    """Return one event by its number, or None."""
    lines = log.read(conversation.pk, after=seq - 1, limit=1)
    return _row(lines[0]) if lines and lines[0].seq == seq else None


def as_json(line: LoggedEvent) -> str:
    """Return an event as clients get it, for people."""
    return json.dumps(line.wire(), ensure_ascii=False, indent=2)


def _runs(conversation: Conversation, sieve: Sieve, cursor: int | None) -> tuple[list[Run], bool]:
    """Return the next runs from `cursor` on, and whether they are the last ones."""
    runs = Run.objects.filter(conversation=conversation)
    if sieve.run is not None:
        runs = runs.filter(pk=sieve.run)
    if cursor is not None:
        runs = runs.filter(position__gt=cursor) if sieve.oldest_first else runs.filter(position__lt=cursor)
    order = ("position", "created_at") if sieve.oldest_first else ("-position", "-created_at")
    found = list(runs.order_by(*order)[: PAGE + 1])
    if len(found) <= PAGE:
        return found, True
    # Two runs can share a place: then both come with the next page, so that none is left out.
    return [run for run in found[:PAGE] if run.position != found[PAGE].position], False


def _group(run: str, lines: list[LoggedEvent], sieve: Sieve) -> Group:
    return Group(fold(run, lines), [_row(line) for line in lines if sieve.keeps(line)], len(lines))


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
}
_CHANGED = {"mood": "mood", "goal": "goal", "desire": "desire", "memory": "memory-add", "persona": "person"}


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
