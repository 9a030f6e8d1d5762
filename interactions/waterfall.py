"""Events as bars on lanes, side by side in time: bursts share the width by their length, idle gaps are folded away.

Places are per cent of the lanes' width, so that nothing needs an inline style and all stretches with the window.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from agents.changes import EMOTIONS, Mood, SetMood
from agents.events import (
    ActionFailedEvent,
    ActionFinished,
    ActionSkipped,
    ActionStarted,
    LoggedEvent,
    MemoryRecalled,
    MessageReceived,
    QuestionAsked,
    StateChanged,
    TextFinished,
    WaitStarted,
)
from interactions.scale import WIDTH, Fold, Scale, Tick, percent
from interactions.steps import face, in_seconds

BarKind = Literal["said", "think", "speak", "call", "failed"]
# What fits into a bar, by its width in CSS pixels; and a letter's width.
SECONDS, GLYPH, LETTER = 48, 16, 6.2
EDGE = 90  # per cent: what was said later has no room for words beside it
SHORTEST = 0.4  # per cent: what took no time is drawn as a stroke


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing that took its time. Labels are there as far as they fit."""

    seq: int
    kind: BarKind
    icon: str
    title: str
    x: str
    width: str
    text: str = ""
    has_icon: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A change of state: a diamond on the ribbon."""

    seq: int
    x: str
    title: str


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A stretch of time in which one emotion was the strongest."""

    emotion: str
    x: str
    width: str


@dataclass(slots=True)
class Waterfall:
    """The lanes of a window: what the person said, what the entity did, and the actions that it called."""

    began: datetime
    ticks: Sequence[Tick] = ()
    folds: Sequence[Fold] = ()
    said: list[Bar] = field(default_factory=list)
    done: list[Bar] = field(default_factory=list)
    called: list[Bar] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    ribbons: list[Ribbon] = field(default_factory=list)
    places: dict[int, str] = field(default_factory=dict)  # of each event, by its number


@dataclass(frozen=True, slots=True)
class _Span:
    line: LoggedEvent
    start: datetime
    kind: BarKind
    icon: str
    title: str


def waterfall(lines: Sequence[LoggedEvent], trouble: Iterable[int] = (), mood: Mood | None = None) -> Waterfall | None:
    """Return `lines` (in order) on their lanes, those numbered in `trouble` marked; None where there is nothing.

    `mood` is how the entity felt if no event of the window says it.
    """
    if not lines:
        return None
    spans = list(_spans(lines, frozenset(trouble)))
    scale = Scale([*((span.start, span.line.at) for span in spans), *((line.at, line.at) for line in lines)])
    lanes = Waterfall(scale.began, scale.ticks, scale.folds)
    lanes.places = {line.seq: percent(scale.x(line.at)) for line in lines}
    for span in spans:
        lane = lanes.said if span.kind == "said" else lanes.called if _is_call(span.line) else lanes.done
        lane.append(_bar(span, scale))
    changes = [line for line in lines if isinstance(line.event, StateChanged)]
    lanes.marks = [Mark(line.seq, lanes.places[line.seq], f"State changed, event {line.seq}") for line in changes]
    lanes.ribbons = list(_ribbons(changes, scale, mood))
    return lanes


def _is_call(line: LoggedEvent) -> bool:
    return isinstance(
        line.event, ActionStarted | ActionFinished | ActionFailedEvent | ActionSkipped | MemoryRecalled | WaitStarted
    )


def _spans(lines: Sequence[LoggedEvent], trouble: frozenset[int]) -> Iterable[_Span]:
    open_actions, paused = dict[str, LoggedEvent](), set[str]()
    for line in lines:
        event = line.event
        if isinstance(event, MessageReceived):
            yield _Span(line, line.at, "said", "person", event.text)
        elif isinstance(event, TextFinished):
            start = line.at - timedelta(milliseconds=event.ms)
            yield _Span(line, start, *(("think", "think") if event.is_thought else ("speak", "speak")), event.text)
        elif isinstance(event, MemoryRecalled):
            yield _Span(line, line.at - timedelta(milliseconds=event.ms), "call", "recall", "Recall")
        elif isinstance(event, ActionStarted):
            open_actions[line.action] = line
        elif isinstance(event, QuestionAsked | WaitStarted):
            # What follows is waiting: a gap like another, not a bar of hours.
            begun = open_actions.pop(line.action, None)
            paused.add(line.action)
            start = begun.at if begun else line.at
            if isinstance(event, QuestionAsked):
                yield _Span(line, start, "speak", "ask", event.question)
            else:
                yield _Span(line, start, "call", "timer", event.what or "Wait")
        elif isinstance(event, ActionFinished | ActionFailedEvent | ActionSkipped) and line.action not in paused:
            begun = open_actions.pop(line.action, None)
            if begun is None and isinstance(event, ActionSkipped):
                continue  # planned, and never begun
            ms = event.ms if isinstance(event, ActionFinished) else 0
            start = begun.at if begun else line.at - timedelta(milliseconds=ms)
            is_bad = isinstance(event, ActionFailedEvent)
            yield _Span(line, start, "failed" if is_bad else "call", face(event.name).icon, face(event.name).label)
        elif line.seq in trouble:
            yield _Span(line, line.at, "failed", "alert", event.kind)
    for line in open_actions.values():
        name = getattr(line.event, "name", "")
        yield _Span(line, line.at, "call", face(name).icon, face(name).label)


def _bar(span: _Span, scale: Scale) -> Bar:
    x, end = scale.x(span.start), scale.x(span.line.at)
    width = max(SHORTEST, end - x)
    x = min(x, 100 - width)
    pixels, title = width * WIDTH / 100, " ".join(span.title.split())
    ms = (span.line.at - span.start).total_seconds() * 1000
    seconds = in_seconds(ms) if ms else ""
    text, has_icon = "", pixels >= GLYPH
    if span.kind == "said":
        text = title[:40] if x < EDGE else ""
    elif pixels >= 30 + LETTER * len(title):
        text = title
    elif pixels >= SECONDS:
        text = seconds
    words = title if len(title) <= 120 else f"{title[:119]}…"
    return Bar(
        span.line.seq, span.kind, span.icon, f"{words}{', ' if seconds else ''}{seconds}",
        percent(x), percent(width), text, has_icon,
    )  # fmt: skip


def _ribbons(changes: Sequence[LoggedEvent], scale: Scale, mood: Mood | None) -> Iterable[Ribbon]:
    """The moods in the bursts: each from the event that brought it to the next."""
    felt = [
        (line.at, change)
        for line in changes
        if isinstance(line.event, StateChanged)
        for change in line.event.changes
        if isinstance(change, SetMood)
    ]
    first = felt[0][1].before if felt else mood
    moods = [(0.0, first), *((scale.x(at), change.mood) for at, change in felt), (100.0, None)]
    for (begin, feels), (end, _) in pairwise(moods):
        emotion = _strongest(feels)
        for left, right in scale.bursts if emotion else ():
            x, until = max(begin, left), min(end, right)
            if until > x:
                yield Ribbon(emotion, percent(x), percent(until - x))


def _strongest(mood: Mood | None) -> str:
    values = mood.emotions if mood else {}
    best = max(EMOTIONS, key=lambda name: values.get(name, 0.0))
    return best if values.get(best, 0.0) > 0 else ""
