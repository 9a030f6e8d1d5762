"""A run's events folded into the turn that pages show. Pure; the live page and a reload share it."""

from collections.abc import Iterable
from functools import singledispatch

from agents.changes import SetMood
from agents.events import (
    ActionFailedEvent,
    ActionFinished,
    ActionSkipped,
    ActionStarted,
    BudgetReached,
    CommandGiven,
    DelegationDecided,
    Event,
    LoggedEvent,
    MemoryRecalled,
    MessageReceived,
    ModelDegraded,
    PlanExtended,
    PlanMade,
    PlanRejectedEvent,
    QuestionAsked,
    RepetitionStopped,
    RunFinished,
    RunStarted,
    StateChanged,
    TextFinished,
    WaitStarted,
)
from interactions.turns import Question, Said, Text, Turn

# A queued run whose message was taken back ends with this code.
WITHDRAWN = "withdrawn"


def fold(run: str, events: Iterable[LoggedEvent]) -> Turn:
    """Return the turn that the run's `events`, in order, add up to."""
    turn = Turn(run)
    for logged in events:
        fold_in(turn, logged)
    return turn


def fold_in(turn: Turn, logged: LoggedEvent) -> None:
    """Take the next event of the turn's run in."""
    turn.position = turn.position or logged.seq
    turn.last_seq = logged.seq
    _take(logged.event, turn, logged)


@singledispatch
def _take(event: Event, turn: Turn, logged: LoggedEvent) -> None:
    """Kinds that a turn does not show are in the timeline."""


@_take.register
def _(event: MessageReceived, turn: Turn, logged: LoggedEvent) -> None:
    said = Said(event.message, event.text, logged.at, event.client_message_id)
    if not event.answers:
        turn.said = said
    elif (text := turn.texts.get(event.answers)) and text.question:
        text.question.answer = said


@_take.register
def _(event: CommandGiven, turn: Turn, logged: LoggedEvent) -> None:
    turn.command, turn.started_at = event, logged.at


@_take.register
def _(event: RunStarted, turn: Turn, logged: LoggedEvent) -> None:
    turn.status, turn.attempt, turn.strategy = "running", event.attempt, event.strategy
    turn.has_started, turn.is_behind = True, False
    turn.trigger, turn.why, turn.set_by = event.trigger, event.why, event.set_by
    turn.sender, turn.told_in = event.sender, event.told_in
    turn.started_at = turn.started_at or logged.at
    turn.resumed_at = turn.resumed_at or logged.at
    for key in [key for key, text in turn.texts.items() if text.is_streaming]:
        turn.drop(key)  # what streamed before a crash was never stored; it is said again


@_take.register
def _(event: RunFinished, turn: Turn, logged: LoggedEvent) -> None:
    turn.status = "withdrawn" if event.code == WITHDRAWN else event.status
    turn.reason, turn.code, turn.usage, turn.ended_at = event.reason, event.code, event.usage, logged.at
    turn.is_behind, turn.asks, turn.waits_until = False, None, None
    for key in [key for key, text in turn.texts.items() if text.is_streaming]:
        turn.drop(key)
    for step in turn.steps.values():
        if step.state == "running":
            step.state = "failed"


@_take.register
def _(event: PlanMade, turn: Turn, logged: LoggedEvent) -> None:
    if event.strategy != "deliberate":
        return  # an inline plan is known when all of it was done
    turn.waiting = list(event.actions)
    step = turn.step_of(logged, "PLAN")
    step.state, step.planned, step.result = "done", event.actions, event.reasoning


@_take.register
def _(event: PlanExtended, turn: Turn, logged: LoggedEvent) -> None:
    if turn.strategy != "deliberate":
        return
    turn.waiting += event.actions
    step = turn.step_of(logged, "PLAN")
    step.state, step.planned, step.result = "done", event.actions, event.reasoning


@_take.register
def _(event: PlanRejectedEvent, turn: Turn, logged: LoggedEvent) -> None:
    step = turn.step_of(logged, "PLAN")
    step.state, step.error, step.raw = "failed", "; ".join(event.errors), event.raw


@_take.register
def _(event: ActionStarted, turn: Turn, logged: LoggedEvent) -> None:
    step = turn.step_of(logged, event.name)
    step.state, step.context, step.args = "running", event.context, dict(event.args)


@_take.register
def _(event: ActionFinished, turn: Turn, logged: LoggedEvent) -> None:
    step = turn.step_of(logged, event.name)
    step.state = "change" if step.changes else "done"
    step.result, step.ms = event.result, event.ms
    if turn.status == "waiting":
        turn.status, turn.asks, turn.waits_until = "queued", None, None


@_take.register
def _(event: ActionFailedEvent, turn: Turn, logged: LoggedEvent) -> None:
    step = turn.step_of(logged, event.name)
    step.state, step.error = "failed", event.error


@_take.register
def _(event: ActionSkipped, turn: Turn, logged: LoggedEvent) -> None:
    turn.drop(logged.action)
    turn.arrive(event.name)


@_take.register
def _(event: TextFinished, turn: Turn, logged: LoggedEvent) -> None:
    step = turn.step_of(logged, event.name or ("THINK" if event.is_thought else "SPEAK"))
    step.state, step.ms, step.context, step.text = "done", event.ms, event.context, event.text
    # It began to stream earlier; its place is where it was logged, as a reload will see it.
    turn.steps[step.key] = turn.steps.pop(step.key)
    turn.texts.pop(step.key, None)
    turn.texts[step.key] = Text(step.key, event.is_thought, event.text, is_partial=event.is_partial)


@_take.register
def _(event: QuestionAsked, turn: Turn, logged: LoggedEvent) -> None:
    step = turn.step_of(logged, event.name or "ASK_USER")
    step.state, step.text = "running", event.question
    asked = Text(step.key, is_thought=False, text=event.question, question=Question(event.choices, event.until))
    turn.pause(logged.at)
    turn.texts[step.key] = turn.asks = asked


@_take.register
def _(event: WaitStarted, turn: Turn, logged: LoggedEvent) -> None:
    turn.step_of(logged, event.name or "WAIT").state = "running"
    turn.pause(logged.at)
    turn.waits_until = event.until


@_take.register
def _(event: StateChanged, turn: Turn, logged: LoggedEvent) -> None:
    key = logged.action or f"e{logged.seq}"
    is_felt = all(isinstance(change, SetMood) for change in event.changes)
    step = turn.steps.get(key) or turn.step_of(logged, "FEEL" if is_felt else "CHANGE")
    if not logged.action:
        step.context = event.cause
    step.changes, step.version, step.seq = event.changes, event.version, logged.seq
    step.state = "change"
    for change in event.changes:
        if isinstance(change, SetMood):
            turn.mood_before = turn.mood_before or change.before
            turn.mood_after = change.mood


@_take.register
def _(event: MemoryRecalled, turn: Turn, logged: LoggedEvent) -> None:
    step = turn.step_of(logged, "RECALL")
    step.state, step.ms, step.context = "done", event.ms, event.query
    step.recalled, step.considered = event.memories, event.considered


@_take.register
def _(event: DelegationDecided, turn: Turn, logged: LoggedEvent) -> None:
    step = turn.step_of(logged, "DELEGATE")
    step.state, step.result = "done", event.reason


@_take.register(RepetitionStopped)
@_take.register(BudgetReached)
@_take.register(ModelDegraded)
def _(event: Event, turn: Turn, logged: LoggedEvent) -> None:
    turn.notices.append(logged)
