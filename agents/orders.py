"""What an action asks for beyond the state of its entity, as data. `interactions.orders` carries it out, in the
transaction that commits the action."""

from typing import Annotated, Literal

from pydantic import Field

from agents.changes import Fact, Frozen, Line
from agents.timers import CancelTimer, SetTimer
from agents.triggers import MOST_HOPS


class Tell(Frozen):
    """Tell another entity of the same owner `text`; `to` is its slug or its name, `hops` as in its trigger then."""

    op: Literal["entity.tell"] = "entity.tell"
    to: Line
    text: Fact
    hops: int = Field(ge=1, le=MOST_HOPS)


Order = Annotated[SetTimer | CancelTimer | Tell, Field(discriminator="op")]
