"""Why a run starts."""

from datetime import datetime
from typing import Literal

from agents.changes import Frozen

TriggerKind = Literal["user_input", "timer", "self_reflection", "tool_result", "agent_message", "state_change"]
SetBy = Literal["", "person", "entity"]


class Trigger(Frozen):
    """What woke the entity: its kind, its content in words, and the moment.

    `message` is the stored message of a person, `set_by` who had set a timer, `schedule` that timer's number. `sender`
    is the tool or the entity that `content` comes from, `client_id` the tool's own id of its result. `hops` counts the
    entities that have passed something on, one to another, since a person or a clock began it.
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
