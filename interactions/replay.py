"""A talk played again from its log: what a page would have been sent, and when. No model is asked anything.

Texts were streamed, and only their ends are in the log, with the time they took: they are written out over that time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from agents import state, statements
from agents.events import LoggedEvent, TextFinished
from agents.models import Entity
from interactions import log
from interactions.folding import fold
from interactions.models import Conversation, Run
from interactions.moments import version_at
from interactions.rendering import Fragments, LiveRenderer, arrange

# Events in one window, and the turns that stand there when a replay begins.
WINDOW, TURNS = 30, 8
# A text is written out in pieces of about so many milliseconds, and no more of them than this.
PIECE_MS, PIECES = 150, 16
_BEFORE = """WHERE conversation_id = %s AND position <= %s AND deleted_at IS NULL
ORDER BY position DESC, created_at DESC LIMIT %s"""


@dataclass(frozen=True, slots=True)
class Frame:
    """What changes on the page at one moment. `seq` is the event's number; None for a piece of a text."""

    seq: int | None
    at: datetime
    html: str

    def wire(self) -> dict[str, object]:
        """Return the frame for the page: `at` in milliseconds since 1970."""
        return {"seq": self.seq, "at": round(self.at.timestamp() * 1000), "html": self.html}


def as_at(entity: Entity, line: LoggedEvent, events: Iterable[LoggedEvent] | None = None) -> Entity:
    """Return `entity`, not to be stored, with the mood that it had at `line`; `events` as `version_at` takes them."""
    mood = state.View(entity.pk, version_at(entity, line, events)).mood
    entity.mood = mood.label
    for name in ("intensity", "valence", "arousal", "emotions"):
        setattr(entity, name, getattr(mood, name))
    return entity


def standing(conversation: Conversation, last: LoggedEvent) -> tuple[Entity, SafeString]:
    """Return what was there when the event `last` had been written: the entity as it was, not to be stored, and the
    last exchanges, as they were then."""
    runs = statements.select(Run, _BEFORE, conversation.pk, last.seq, TURNS)
    events = log.read_runs(run.pk for run in runs)
    entity = as_at(conversation.entity, last, events.get(last.run or ""))
    known = {name: [line for line in lines if line.seq <= last.seq] for name, lines in events.items()}
    turns = arrange([fold(name, lines) for name, lines in known.items() if lines], entity)
    fragments = Fragments(conversation, entity)
    return entity, format_html_join("", "{}", ((fragments.exchange(turn),) for turn in turns))


def window(conversation: Conversation, entity: Entity, after: int) -> tuple[list[Frame], int | None]:
    """Return the frames of the next events after number `after`, and after which one the next window begins."""
    lines = log.read(conversation.pk, after=after, limit=WINDOW + 1)
    shown = lines[:WINDOW]
    if not shown:
        return [], None
    began = log.read_runs({UUID(line.run) for line in shown if line.run})
    conversation.updated_at = shown[0].at  # by it the renderer knows whether a day begins
    renderer = LiveRenderer(conversation, as_at(entity, shown[0]))
    renderer.prime(sorted((line for each in began.values() for line in each if line.seq <= after), key=_seq))
    return list(_frames(renderer, shown)), shown[-1].seq if len(lines) > WINDOW else None


def _seq(line: LoggedEvent) -> int:
    return line.seq


def _frames(renderer: LiveRenderer, lines: Sequence[LoggedEvent]) -> Iterator[Frame]:
    pieces = sorted((piece for line in lines for piece in _pieces(line)), key=lambda piece: piece[0])
    for line in lines:
        while pieces and pieces[0][0] < line.at:
            at, text, part, offset = pieces.pop(0)
            event = text.event
            assert isinstance(event, TextFinished) and text.run
            if html := renderer.delta(text.run, text.action, offset, part, event.is_thought):
                yield Frame(None, at, html)
        yield Frame(line.seq, line.at, renderer.event(line) if line.run else _bare(line))


def _pieces(line: LoggedEvent) -> Iterable[tuple[datetime, LoggedEvent, str, int]]:
    """Yield when which part of a text was there, with its offset; what took no time came at once."""
    event = line.event
    if not isinstance(event, TextFinished) or line.run is None or not line.action:
        return
    count = min(PIECES, int(event.ms / PIECE_MS), len(event.text))
    for number in range(count):
        begin, end = (len(event.text) * each // count for each in (number, number + 1))
        at = line.at - timedelta(milliseconds=event.ms * (count - number - 0.5) / count)
        yield at, line, event.text[begin:end], begin


def _bare(line: LoggedEvent) -> str:
    """An event of no run, such as a switch of branches, as a line between the turns."""
    words = render_to_string(f"interactions/events/{line.event.kind}.html", {"event": line.event, "line": line})
    return format_html('<p class="day" id="bare-{}" data-into="#turns">{}</p>', line.seq, words)
