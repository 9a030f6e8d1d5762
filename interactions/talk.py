"""The part of a conversation that a page shows: the turns of its last runs. Its cost does not grow with the talk."""

from dataclasses import dataclass, field

from agents.models import Entity
from interactions import log
from interactions.models import Conversation, Run
from interactions.rendering import Fragments, arrange
from interactions.turns import Turn, fold

# Runs on a page. Older ones come when the reader scrolls up.
WINDOW = 50


@dataclass(slots=True)
class Window:
    """Turns in the order of the talk. `older` is what `before` the next older window asks for; None at the start."""

    turns: list[Turn] = field(default_factory=list)
    older: int | None = None

    @property
    def current(self) -> Turn | None:
        """The turn that is running, else the last one."""
        running = (turn for turn in self.turns if turn.status == "running")
        return next(running, self.turns[-1] if self.turns else None)


def window(conversation: Conversation, entity: Entity, *, before: int | None = None, size: int = WINDOW) -> Window:
    """Return the last `size` turns, or those whose run came `before` a place in the queue (two queries)."""
    runs = Run.objects.filter(conversation=conversation)
    if before is not None:
        runs = runs.filter(position__lt=before)
    found = list(runs.order_by("-position", "-created_at")[: size + 1])
    shown, older = found[:size], None
    if len(found) > size:
        # Two runs can share a place: then both come with the older window, so that none is left out.
        edge = found[size].position
        shown = [run for run in shown if run.position != edge] or shown
        older = shown[-1].position
    events = log.read_runs(run.pk for run in shown)
    turns = [_turn(run, fold(str(run.pk), events[str(run.pk)])) for run in shown]
    return Window(arrange(turns, entity), older)


def news(conversation: Conversation, entity: Entity, after: int) -> str:
    """Return as fragments every exchange with an event after `after`, and what the page's head says."""
    shown = window(conversation, entity)
    fragments = Fragments(conversation, entity)
    changed = "".join(fragments.exchange(turn) for turn in shown.turns if turn.last_seq > after)
    return changed + (fragments.doing(shown.current) if changed and shown.current else "")


def exchange(conversation: Conversation, entity: Entity, run: Run) -> str:
    """Return the fragment of one of the last runs; empty when it is too long ago."""
    turns = window(conversation, entity).turns
    fragments = Fragments(conversation, entity)
    return "".join(fragments.exchange(turn) for turn in turns if turn.run == str(run.pk))


def _turn(run: Run, turn: Turn) -> Turn:
    turn.position = turn.position or run.position
    turn.created_at = run.created_at
    return turn
