"""Why a run starts."""

from datetime import datetime
from typing import Literal

from agents.changes import Frozen

TriggerKind = Literal["user_input", "timer", "self_reflection", "tool_result", "agent_message", "state_change"]


class Trigger(Frozen):
    """What woke the entity: its kind, its content in words, and the moment."""

    kind: TriggerKind
    content: str
    at: datetime
    message: str | None = None
