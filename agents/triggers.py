"""Why a run starts."""

from datetime import datetime
from typing import Literal

from agents.changes import Frozen

TriggerKind = Literal["user_input", "timer", "self_reflection", "tool_result", "agent_message", "state_change"]
SetBy = Literal["", "person", "entity"]
# So often something is passed on from one entity to another: told, and answered three times.
MOST_HOPS = 4


class Trigger(Frozen):
    """What woke the entity: its kind, its content in words, and the moment.

    `message` is the stored message of a person, `set_by` who had set a timer, `schedule` that timer's number. `sender`
    is the tool or the entity that `content` comes from, `client_id` the tool's own id of its result. `hops` counts the
    entities that have passed something on, one to another, since a person or a clock began it: at `MOST_HOPS` it is
    passed on no further. `told_in` is the run in which the other entity told it, `telling` the number of what it told.
    """

    kind: TriggerKind
    content: str
    at: datetime
    message: str | None = None
    set_by: SetBy = ""
    schedule: int | None = None
    sender: str = ""
    client_id: str = ""
    hops: int = 0
    told_in: str = ""
    telling: int | None = None

    def again(self, at: datetime) -> "Trigger":
        """Return the same cause at a later moment: no further time of its timer, and nothing told anew."""
        return self.model_copy(update={"at": at, "schedule": None, "telling": None})
