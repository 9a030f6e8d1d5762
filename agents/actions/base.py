"""What an action is: a name, a description for the planner, the schema of its arguments, and what it does."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

from agents.changes import Change
from agents.events import MemoryRecalled
from agents.llm.base import Purpose
from agents.mind import EntityState
from agents.orders import Order
from agents.pause import Pause
from agents.scene import Scene


class Args(BaseModel):
    """The arguments of an action: their schema is what the planner reads."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def _no_truth(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("an id is a number")  # Python would take true for 1
    return value


Id = Annotated[int, BeforeValidator(_no_truth)]
A = TypeVar("A", bound=Args)


@dataclass(frozen=True, slots=True)
class ActionContext:
    """What an action sees: the scene as the run began, and the state as it is now, after the actions before it."""

    scene: Scene
    state: EntityState
    context: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action did, as data: changes of the state, and the result in words for people and later actions.
    `recalled` are memories that it found; they are in every prompt after it. `orders` are what it asks for beyond the
    state: timers, words for another entity. With `pauses` the action is not done yet: the run waits, and goes on later.
    """

    result: str
    changes: tuple[Change, ...] = ()
    text: str = ""
    ends_run: bool = False
    recalled: MemoryRecalled | None = None
    orders: tuple[Order, ...] = ()
    pauses: Pause | None = None


class Action(Generic[A]):
    """Base of all actions. One file per action in `agents/actions/`; nothing else names it.

    `is_text` actions carry prose in `args.text`, streamed to the page while it is written: a thought or, with
    `is_thought` false, speech. An action that `writes` may leave `args.text` out of a plan: then a request of that
    purpose, with `task` as its words, writes it. `is_pause` ones let the run wait: what is planned behind them is
    planned anew. `icon` names a symbol in static/icons.svg, `label` and `past` how the page calls it.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    label: ClassVar[str]
    past: ClassVar[str]
    icon: ClassVar[str]
    args: type[A]
    is_text: ClassVar[bool] = False
    is_thought: ClassVar[bool] = False
    writes: ClassVar[Purpose | None] = None
    task: ClassVar[str] = ""
    is_pause: ClassVar[bool] = False

    async def execute(self, context: ActionContext, args: A) -> Outcome:
        """Return what the action does. Raises `agents.errors.ActionFailed` with a sentence for people."""
        raise NotImplementedError

    def offered(self, scene: Scene) -> str:
        """Return how the planner is told of it in `scene`; "" where it could do nothing."""
        return self.description

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of the arguments."""
        return self.args.model_json_schema()
