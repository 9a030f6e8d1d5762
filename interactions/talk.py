"""The part of a conversation that a page shows: the turns of its last runs. Its cost does not grow with the talk."""

from dataclasses import dataclass, field

from django.db.models import QuerySet

from agents import statements
from agents.models import Entity
from interactions import log
from interactions.folding import fold
from interactions.models import Conversation, Run
from interactions.rendering import RELOADS, Fragments, anew, arrange
from interactions.tree import Tree
from interactions.turns import Said, Turn

# Runs on a page: some screens full. Older ones come when the reader scrolls up.
WINDOW = 25
# Runs that are read to show the newest: its day and its place in the queue depend on those before it.
NEAR = 6
_NEWEST = """WHERE conversation_id = %s AND position < %s AND NOT off_branch AND deleted_at IS NULL
ORDER BY position DESC, created_at DESC LIMIT %s"""
# Turns shown behind the one that a link leads to.
AFTER = 8


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
    """Return the last `size` turns, or those whose run came `before` a place in the queue.

    Two queries, and one more where the talk has branches: only what stands on the one that goes on is shown.
    """
    upper = statements.LARGEST if before is None else before
    found = statements.select(Run, _NEWEST, conversation.pk, upper, size + 1)
    shown, older = found[:size], None
    if len(found) > size:
        # Two runs can share a place: then both come with the older window, so that none is left out.
        edge = found[size].position
        shown = [run for run in shown if run.position != edge] or shown
        older = shown[-1].position
    events, tree = log.read_runs(run.pk for run in shown), Tree.of(conversation)
    turns = [_turn(run, fold(str(run.pk), events[str(run.pk)]), tree) for run in shown]
    return Window(arrange(turns, entity), older)


def shown_runs(conversation: Conversation) -> QuerySet[Run, Run]:
    """Return the runs on the branch that goes on, but for those that were taken out of the talk."""
    found: QuerySet[Run, Run] = Run.objects.filter(conversation=conversation, off_branch=False, deleted_at=None)
    return found


def around(conversation: Conversation, run: Run) -> int | None:
    """Return what `before` asks for so that the window holds `run` and some turns after it; None: the last window."""
    after = shown_runs(conversation).filter(position__gt=run.position).order_by("position")
    place: int | None = after.values_list("position", flat=True)[AFTER : AFTER + 1].first()
    return place


def news(conversation: Conversation, entity: Entity, after: int) -> str:
    """Return as fragments every exchange with an event after `after`, and what the page's head says."""
    shown = window(conversation, entity)
    fragments = Fragments(conversation, entity)
    changed = "".join(fragments.exchange(turn) for turn in shown.turns if turn.last_seq > after)
    if log.has(conversation.pk, RELOADS, after=after):
        changed += anew(conversation.last_seq)
    return changed + (fragments.doing(shown.current) if changed and shown.current else "")


def exchange(conversation: Conversation, entity: Entity, run: Run) -> str:
    """Return the fragment of one of the last runs; empty when it is too long ago."""
    fragments = Fragments(conversation, entity)
    for size in (NEAR, WINDOW):
        for turn in window(conversation, entity, size=size).turns:
            if turn.run == str(run.pk):
                return fragments.exchange(turn)
    return ""


def turn_of(run: Run) -> Turn:
    """Return one run as a turn, with the message that it answers, wherever it stands."""
    return _turn(run, fold(str(run.pk), log.read_runs([run.pk])[str(run.pk)]), Tree(), is_alone=True)


def _turn(run: Run, turn: Turn, tree: Tree, *, is_alone: bool = False) -> Turn:
    turn.position = turn.position or run.position
    turn.created_at = run.created_at
    turn.choices = tree.choices(run.pk)
    turn.rating = run.rating
    if turn.said is None and (run.alternative_of or is_alone):
        # Another answer: that the message came is told by the first one.
        message = tree.message_of(run) or run.message
        if message is not None:
            turn.said = Said(str(message.pk), message.text, message.created_at, message.client_message_id)
    return turn
