"""The vocabulary of the whole product: every kind of event, closed and typed.

A kind is never reused, and a new field always has a default: what an older version wrote parses for ever.
"""

from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from agents.changes import Change, Frozen
from agents.plan import PlannedAction
from agents.triggers import SetBy, TriggerKind

RunStatus = Literal["finished", "failed", "cancelled", "needs_review"]


class Usage(Frozen):
    """What a run took: tokens, model requests, actions, milliseconds of work, USD (what has no known price costs
    nothing here). A run that waited worked in several `parts`, whose sum `ms` is; events of older versions know of
    one, and tell the last alone."""

    input_tokens: int = 0
    output_tokens: int = 0
    model_calls: int = 0
    actions: int = 0
    ms: float = 0
    cost: float = 0
    parts: int = 1


class MessageReceived(Frozen):
    """A person wrote. `answers` is the action whose question it answers, in the run of this event."""

    kind: Literal["message.received"] = "message.received"
    message: str
    text: str
    client_message_id: str = ""
    answers: str = ""


class RunStarted(Frozen):
    """`attempt` is 1, or more when a run goes on after its worker was lost; `message` is the one it answers.

    `why` is what the trigger says where no message does, cut to 500 characters; `set_by` who had set the timer;
    `sender` the tool or entity it came from, `told_in` the run in which that entity told it; `resumed` means that the
    run goes on after a pause.
    """

    kind: Literal["run.started"] = "run.started"
    trigger: TriggerKind
    strategy: str
    model: str = ""
    attempt: int = 1
    message: str | None = None
    why: str = ""
    set_by: SetBy = ""
    resumed: bool = False
    sender: str = ""
    told_in: str = ""


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
    """`planned` is the id that the plan gave it, if it did; so in the events below."""

    kind: Literal["action.started"] = "action.started"
    name: str
    context: str = ""
    args: dict[str, Any] = Field(default_factory=dict)
    planned: str = ""


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
    planned: str = ""


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
    planned: str = ""


class QuestionAsked(Frozen):
    """The run waits for the person's answer, at most until `until`. `message` is the stored message of the question."""

    kind: Literal["question.asked"] = "question.asked"
    question: str
    choices: tuple[str, ...] = ()
    until: datetime
    name: str = ""
    message: str | None = None


class WaitStarted(Frozen):
    """The run waits until a moment."""

    kind: Literal["wait.started"] = "wait.started"
    until: datetime
    what: str = ""
    name: str = ""


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
    """A loop was stopped: its `pattern` in words, and how like each other its rounds were, 0..1."""

    kind: Literal["repetition.stopped"] = "repetition.stopped"
    pattern: str
    actions: tuple[str, ...] = ()
    similarity: float = 0


class BudgetReached(Frozen):
    kind: Literal["budget.reached"] = "budget.reached"
    budget: Literal["actions", "seconds", "tokens", "money", "own_runs"]
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


class BranchSwitched(Frozen):
    """The talk goes on on another `branch` than `before`: with the run `shown`, which stands beside the run `beside`.

    What stands on neither is not shown and in no prompt; it stays in the log.
    """

    kind: Literal["branch.switched"] = "branch.switched"
    branch: int
    before: int
    beside: str
    shown: str
    cause: Literal["regenerated", "edited", "switched"]


class TurnDeleted(Frozen):
    """A message with its answers was taken out of the talk: not shown and in no prompt. It stays in the log."""

    kind: Literal["turn.deleted"] = "turn.deleted"
    runs: tuple[str, ...]
    message: str | None = None


class TurnRestored(Frozen):
    """What was taken out of the talk is back."""

    kind: Literal["turn.restored"] = "turn.restored"
    runs: tuple[str, ...]
    message: str | None = None


class ConversationForked(Frozen):
    """This talk begins with a copy of another one's, up to its event `until`."""

    kind: Literal["conversation.forked"] = "conversation.forked"
    conversation: str
    until: int
    title: str = ""


class CommandGiven(Frozen):
    """A person wrote a command into the talk; `result` says what came of it. No entity hears it."""

    kind: Literal["command.given"] = "command.given"
    text: str
    result: str = ""
    version: int | None = None


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
    | QuestionAsked
    | WaitStarted
    | StateChanged
    | MemoryRecalled
    | RepetitionStopped
    | BudgetReached
    | ModelDegraded
    | DelegationDecided
    | BranchSwitched
    | TurnDeleted
    | TurnRestored
    | ConversationForked
    | CommandGiven,
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

    @cached_property
    def payload(self) -> dict[str, Any]:
        """The event's fields as they are stored and sent, without its kind."""
        return self.event.model_dump(mode="json", exclude={"kind"})

    def wire(self) -> dict[str, Any]:
        """Return the event as clients get it: one flat JSON object."""
        envelope = {"seq": self.seq, "kind": self.event.kind, "run": self.run, "action": self.action or None}
        return {**envelope, "at": self.at.isoformat(), **self.payload}

    @classmethod
    def from_wire(cls, fields: dict[str, Any]) -> "LoggedEvent":
        """Return the event that `wire` gave these fields for. Raises `pydantic.ValidationError`."""
        envelope = {name: fields[name] for name in ("seq", "run", "at")}
        payload = {name: value for name, value in fields.items() if name not in (*envelope, "kind", "action")}
        return cls(**envelope, action=fields["action"] or "", event=parse(fields["kind"], payload))
