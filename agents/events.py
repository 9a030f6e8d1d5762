"""The vocabulary of the whole product: every kind of event, closed and typed.

A kind is never reused, and a new field always has a default: what an older version wrote parses for ever.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from agents.changes import Change, Frozen
from agents.plan import PlannedAction
from agents.triggers import TriggerKind

RunStatus = Literal["finished", "failed", "cancelled", "needs_review"]


class Usage(Frozen):
    """What a run took: tokens, model requests, actions, milliseconds of wall time."""

    input_tokens: int = 0
    output_tokens: int = 0
    model_calls: int = 0
    actions: int = 0
    ms: float = 0


class MessageReceived(Frozen):
    kind: Literal["message.received"] = "message.received"
    message: str
    text: str
    client_message_id: str = ""


class RunStarted(Frozen):
    """`attempt` is 1, or more when a run goes on after its worker was lost; `message` is the one it answers."""

    kind: Literal["run.started"] = "run.started"
    trigger: TriggerKind
    strategy: str
    model: str = ""
    attempt: int = 1
    message: str | None = None


class RunFinished(Frozen):
    kind: Literal["run.finished"] = "run.finished"
    status: RunStatus
    reason: str = ""
    code: str = ""
    usage: Usage = Usage()


class PlanMade(Frozen):
    kind: Literal["plan.made"] = "plan.made"
    strategy: str
    reasoning: str = ""
    can_extend: bool = False
    actions: tuple[PlannedAction, ...] = ()


class PlanExtended(Frozen):
    kind: Literal["plan.extended"] = "plan.extended"
    reasoning: str = ""
    actions: tuple[PlannedAction, ...] = ()


class PlanRejectedEvent(Frozen):
    """`raw` is what the model wrote, cut to 4,000 characters; `attempt` counts from 1."""

    kind: Literal["plan.rejected"] = "plan.rejected"
    errors: tuple[str, ...]
    raw: str = ""
    attempt: int = 1


class ActionStarted(Frozen):
    kind: Literal["action.started"] = "action.started"
    name: str
    context: str = ""
    args: dict[str, Any] = Field(default_factory=dict)


class ActionFinished(Frozen):
    kind: Literal["action.finished"] = "action.finished"
    name: str
    result: str = ""
    ms: float = 0


class ActionFailedEvent(Frozen):
    kind: Literal["action.failed"] = "action.failed"
    name: str
    error: str
    code: str = ""


class ActionSkipped(Frozen):
    """An action that was begun or planned and will not be done; text that streamed for it is void."""

    kind: Literal["action.skipped"] = "action.skipped"
    name: str
    reason: str = ""


class TextFinished(Frozen):
    """A whole thought or speech. `message` names the stored message of a speech; with `is_partial` the run was
    stopped or failed before the end."""

    kind: Literal["text.finished"] = "text.finished"
    is_thought: bool
    text: str
    name: str = ""
    context: str = ""
    message: str | None = None
    ms: float = 0
    is_partial: bool = False


class StateChanged(Frozen):
    kind: Literal["state.changed"] = "state.changed"
    entity: str
    version: int
    changes: tuple[Change, ...]
    cause: str = ""


class RecalledMemory(Frozen):
    """A memory that was in the prompt, with its score 0..1."""

    id: int
    content: str
    score: float
    importance: float = 0.5
    source: str = ""
    message: str | None = None


class MemoryRecalled(Frozen):
    kind: Literal["memory.recalled"] = "memory.recalled"
    query: str
    memories: tuple[RecalledMemory, ...]
    considered: int = 0
    ms: float = 0


class RepetitionStopped(Frozen):
    kind: Literal["repetition.stopped"] = "repetition.stopped"
    pattern: str
    actions: tuple[str, ...] = ()


class BudgetReached(Frozen):
    kind: Literal["budget.reached"] = "budget.reached"
    budget: Literal["actions", "seconds", "tokens", "money"]
    limit: float
    used: float


class ModelDegraded(Frozen):
    kind: Literal["model.degraded"] = "model.degraded"
    model: str
    fallback: str = ""
    reason: str = ""


class DelegationDecided(Frozen):
    kind: Literal["delegation.decided"] = "delegation.decided"
    specialist: str
    confidence: float
    decision: Literal["delegate", "delegate_with_fallback", "self"]
    reason: str = ""


Event = Annotated[
    MessageReceived
    | RunStarted
    | RunFinished
    | PlanMade
    | PlanExtended
    | PlanRejectedEvent
    | ActionStarted
    | ActionFinished
    | ActionFailedEvent
    | ActionSkipped
    | TextFinished
    | StateChanged
    | MemoryRecalled
    | RepetitionStopped
    | BudgetReached
    | ModelDegraded
    | DelegationDecided,
    Field(discriminator="kind"),
]

_events: TypeAdapter[Event] = TypeAdapter(Event)


def parse(kind: str, payload: dict[str, Any]) -> Event:
    """Return the typed event of `kind` with the stored `payload`. Raises `pydantic.ValidationError`."""
    return _events.validate_python({"kind": kind, **payload})


class Draft(Frozen):
    """An event on its way into the log: the event and the action it belongs to."""

    event: Event
    action: str = ""


class LoggedEvent(Frozen):
    """A line of the log as it was written."""

    seq: int
    run: str | None
    action: str
    at: datetime
    event: Event

    def wire(self) -> dict[str, Any]:
        """Return the event as clients get it: one flat JSON object."""
        fields = self.event.model_dump(mode="json")
        kind = fields.pop("kind")
        envelope = {"seq": self.seq, "kind": kind, "run": self.run, "action": self.action or None}
        return {**envelope, "at": self.at.isoformat(), **fields}

    @classmethod
    def from_wire(cls, fields: dict[str, Any]) -> "LoggedEvent":
        """Return the event that `wire` gave these fields for. Raises `pydantic.ValidationError`."""
        envelope = {name: fields[name] for name in ("seq", "run", "at")}
        payload = {name: value for name, value in fields.items() if name not in (*envelope, "kind", "action")}
        return cls(**envelope, action=fields["action"] or "", event=parse(fields["kind"], payload))
