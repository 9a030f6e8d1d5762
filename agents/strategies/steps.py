"""What a strategy yields: pieces of text as they come, steps to take, and what became of the plan."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from agents.plan import ActionPlan, PlannedAction

if TYPE_CHECKING:
    from agents.strategies.turn import Turn


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the text of the action `id`, as it streams. It is shown, and stored only when the step comes."""

    id: str
    action: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """A whole action, checked, to be executed and committed now."""

    id: str
    planned: PlannedAction


@dataclass(frozen=True, slots=True)
class Void:
    """The text that streamed for the action `id` will not be finished."""

    id: str
    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan is known: at its start (deliberate) or at its end (inline); `extends` an earlier one."""

    plan: ActionPlan
    extends: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """The plan does not hold and is sent back; `attempt` counts from 1."""

    errors: tuple[str, ...]
    raw: str
    attempt: int


Item = Piece | Step | Void | Planned | Rejected
Strategy = Callable[["Turn"], AsyncGenerator[Item, None]]

# A bad plan is sent back with its errors at most this often.
MOST_REPAIRS = 2


def new_id() -> str:
    """Return the id of a new action."""
    return uuid4().hex[:12]
