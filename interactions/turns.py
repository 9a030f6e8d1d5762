"""A run's events folded into what pages show of it: one turn of the talk. Pure; the live page and a reload share it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import singledispatchmethod
from typing import Literal

from django.utils.safestring import SafeString

from agents.changes import Mood, SetMood
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
    Usage,
    WaitStarted,
)
from agents.plan import PlannedAction
from agents.triggers import SetBy, TriggerKind
from interactions import markdown
from interactions.steps import Step, in_dollars, in_seconds
from interactions.tree import Choices

Status = Literal["queued", "running", "waiting", "finished", "failed", "cancelled", "needs_review", "withdrawn"]

# A queued run whose message was taken back ends with this code.
WITHDRAWN = "withdrawn"


@dataclass(slots=True)
class Text:
    """A thought or a speech; `is_streaming` until its end was logged."""

    key: str
    is_thought: bool
    text: str = ""
    is_streaming: bool = False
    is_partial: bool = False
    blocks: SafeString = field(default_factory=SafeString)  # what has streamed so far, as HTML
    question: "Question | None" = None  # the speech is one

    @property
    def html(self) -> SafeString:
        """The text as safe HTML; while it streams, the blocks that are there."""
        return self.blocks if self.is_streaming else markdown.render(self.text)


@dataclass(slots=True)
class Said:
    """The person's message that the run answers. `message` is its id in the database."""

    message: str
    text: str
    at: datetime
    client_message_id: str = ""

    @property
    def key(self) -> str:
        """What its element is called by page and server alike, before and after the server has answered."""
        return self.client_message_id or self.message


@dataclass(slots=True)
class Question:
    """What the entity asks and waits for; `answer` is None until it has come."""

    choices: tuple[str, ...]
    until: datetime
    answer: Said | None = None


@dataclass(slots=True)
class Turn:
    """One run as the talk shows it."""

    run: str
    status: Status = "queued"
    said: Said | None = None
    trigger: TriggerKind = "user_input"
    why: str = ""  # what the trigger says, where no message does
    set_by: SetBy = ""
    sender: str = ""
    told_in: str = ""  # the run in which the sender told it
    asks: Text | None = None  # the question that is open
    waits_until: datetime | None = None
    is_behind: bool = False  # queued behind another run
    has_started: bool = False
    position: int = 0  # the first event's seq
    last_seq: int = 0
    created_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    attempt: int = 1
    strategy: str = ""
    reason: str = ""
    code: str = ""
    usage: Usage = field(default_factory=Usage)
    steps: dict[str, Step] = field(default_factory=dict)
    waiting: list[PlannedAction] = field(default_factory=list)
    texts: dict[str, Text] = field(default_factory=dict)
    notices: list[LoggedEvent] = field(default_factory=list)
    mood_before: Mood | None = None  # how the entity felt before the turn's first change of mood
    mood_after: Mood | None = None  # and after its last
    mood: Mood = field(default_factory=Mood)  # how it is drawn; whoever arranges turns knows
    is_new_day: bool = False
    rating: int = 0  # -1, 0 or 1; whoever reads runs knows
    choices: Choices = field(default_factory=Choices)
    command: CommandGiven | None = None  # what a person wrote was a command, and no entity heard it

    @property
    def is_open(self) -> bool:
        """It is not over."""
        return self.status in ("queued", "running", "waiting")

    @property
    def is_busy(self) -> bool:
        """The queue stands behind it."""
        return self.status in ("queued", "running")

    @property
    def is_shown(self) -> bool:
        """There is more to see than the message: the run has begun, or ended before it could."""
        return self.has_started or self.status in ("failed", "cancelled")

    @property
    def is_silent(self) -> bool:
        """It ended well and said nothing."""
        return self.status == "finished" and not self.speeches

    @property
    def speeches(self) -> list[Text]:
        return [text for text in self.texts.values() if not text.is_thought]

    @property
    def phase(self) -> str:
        """What it is doing now, in a word for the page's head; empty when nothing."""
        if self.status != "running":
            return ""
        streaming = [text for text in self.texts.values() if text.is_streaming]
        return "speaking" if streaming and not streaming[-1].is_thought else "thinking"

    @property
    def at(self) -> datetime | None:
        """When the exchange began, for the day it belongs to."""
        return self.said.at if self.said else self.started_at or self.created_at

    @property
    def strip(self) -> list[Step]:
        """The steps in order: done, running, then those that the plan still holds."""
        steps = list(self.steps.values())
        if self.is_silent:
            steps.append(Step("silent", "SILENT", state="done"))
        if self.status != "running":
            return steps
        if not any(step.state == "running" for step in steps):
            steps.append(Step("wait", "MODEL"))
        waiting = (planned for planned in self.waiting if planned.action != "DONE")
        return steps + [Step(f"wait{n}", planned.action, state="waiting") for n, planned in enumerate(waiting)]

    @property
    def total(self) -> str:
        """What the whole turn took, in words; empty while it runs."""
        if self.is_open or self.started_at is None or self.ended_at is None:
            return ""
        # Whoever stops a run does not know what it took.
        return in_seconds(self.usage.ms or (self.ended_at - self.started_at).total_seconds() * 1000)

    @property
    def is_left_open(self) -> bool:
        """It ended with a question that has no answer."""
        last = self.speeches[-1:]
        return not self.is_open and bool(last and last[0].question and not last[0].question.answer)

    @property
    def answers(self) -> tuple[str, ...]:
        """The answers to choose from, while a question is open."""
        return self.asks.question.choices if self.asks and self.asks.question else ()

    @property
    def is_about_model(self) -> bool:
        """It failed for want of a model, which the settings can mend."""
        return self.code.startswith("model_")

    @property
    def tokens(self) -> int:
        return self.usage.input_tokens + self.usage.output_tokens

    @property
    def cost(self) -> str:
        """What the turn cost, in words; empty when nothing, or when no price is known."""
        return in_dollars(self.usage.cost)

    def fold(self, logged: LoggedEvent) -> None:
        """Take the run's next event in."""
        self.position = self.position or logged.seq
        self.last_seq = logged.seq
        self._take(logged.event, logged)

    def begin_text(self, key: str, is_thought: bool) -> Text:
        """Return the text that streams for the action `key`, begun if it is new."""
        if key not in self.texts:
            self.texts[key] = Text(key, is_thought, is_streaming=True)
            name = "THINK" if is_thought else "SPEAK"
            self._arrive(name)
            self.steps[key] = Step(key, name, at=self.started_at)
        return self.texts[key]

    def _arrive(self, name: str) -> None:
        if self.waiting and self.waiting[0].action == name:
            self.waiting.pop(0)

    def _step(self, logged: LoggedEvent, name: str) -> Step:
        key = logged.action or f"e{logged.seq}"
        if key not in self.steps:
            self.steps[key] = Step(key, name)
            self._arrive(name)
        step = self.steps[key]
        step.name, step.at, step.seq = name, logged.at, logged.seq
        return step

    @singledispatchmethod
    def _take(self, event: Event, logged: LoggedEvent) -> None:
        """Kinds that a turn does not show are in the timeline."""

    @_take.register
    def _(self, event: MessageReceived, logged: LoggedEvent) -> None:
        said = Said(event.message, event.text, logged.at, event.client_message_id)
        if not event.answers:
            self.said = said
        elif (text := self.texts.get(event.answers)) and text.question:
            text.question.answer = said

    @_take.register
    def _(self, event: CommandGiven, logged: LoggedEvent) -> None:
        self.command, self.started_at = event, logged.at

    @_take.register
    def _(self, event: RunStarted, logged: LoggedEvent) -> None:
        self.status, self.attempt, self.strategy = "running", event.attempt, event.strategy
        self.has_started, self.is_behind = True, False
        self.trigger, self.why, self.set_by = event.trigger, event.why, event.set_by
        self.sender, self.told_in = event.sender, event.told_in
        self.started_at = self.started_at or logged.at
        for key in [key for key, text in self.texts.items() if text.is_streaming]:
            self._drop(key)  # what streamed before a crash was never stored; it is said again

    @_take.register
    def _(self, event: RunFinished, logged: LoggedEvent) -> None:
        self.status = "withdrawn" if event.code == WITHDRAWN else event.status
        self.reason, self.code, self.usage, self.ended_at = event.reason, event.code, event.usage, logged.at
        self.is_behind, self.asks, self.waits_until = False, None, None
        for key in [key for key, text in self.texts.items() if text.is_streaming]:
            self._drop(key)
        for step in self.steps.values():
            if step.state == "running":
                step.state = "failed"

    @_take.register
    def _(self, event: PlanMade, logged: LoggedEvent) -> None:
        if event.strategy != "deliberate":
            return  # an inline plan is known when all of it was done
        self.waiting = list(event.actions)
        step = self._step(logged, "PLAN")
        step.state, step.planned, step.result = "done", event.actions, event.reasoning

    @_take.register
    def _(self, event: PlanExtended, logged: LoggedEvent) -> None:
        if self.strategy != "deliberate":
            return
        self.waiting += event.actions
        step = self._step(logged, "PLAN")
        step.state, step.planned, step.result = "done", event.actions, event.reasoning

    @_take.register
    def _(self, event: PlanRejectedEvent, logged: LoggedEvent) -> None:
        step = self._step(logged, "PLAN")
        step.state, step.error, step.raw = "failed", "; ".join(event.errors), event.raw

    @_take.register
    def _(self, event: ActionStarted, logged: LoggedEvent) -> None:
        step = self._step(logged, event.name)
        step.state, step.context, step.args = "running", event.context, dict(event.args)

    @_take.register
    def _(self, event: ActionFinished, logged: LoggedEvent) -> None:
        step = self._step(logged, event.name)
        step.state = "change" if step.changes else "done"
        step.result, step.ms = event.result, event.ms
        if self.status == "waiting":
            self.status, self.asks, self.waits_until = "queued", None, None

    @_take.register
    def _(self, event: ActionFailedEvent, logged: LoggedEvent) -> None:
        step = self._step(logged, event.name)
        step.state, step.error = "failed", event.error

    @_take.register
    def _(self, event: ActionSkipped, logged: LoggedEvent) -> None:
        self._drop(logged.action)
        self._arrive(event.name)

    @_take.register
    def _(self, event: TextFinished, logged: LoggedEvent) -> None:
        step = self._step(logged, event.name or ("THINK" if event.is_thought else "SPEAK"))
        step.state, step.ms, step.context, step.text = "done", event.ms, event.context, event.text
        # It began to stream earlier; its place is where it was logged, as a reload will see it.
        self.steps[step.key] = self.steps.pop(step.key)
        self.texts.pop(step.key, None)
        self.texts[step.key] = Text(step.key, event.is_thought, event.text, is_partial=event.is_partial)

    @_take.register
    def _(self, event: QuestionAsked, logged: LoggedEvent) -> None:
        step = self._step(logged, event.name or "ASK_USER")
        step.state, step.text = "running", event.question
        asked = Text(step.key, is_thought=False, text=event.question, question=Question(event.choices, event.until))
        self._pause()
        self.texts[step.key] = self.asks = asked

    @_take.register
    def _(self, event: WaitStarted, logged: LoggedEvent) -> None:
        self._step(logged, event.name or "WAIT").state = "running"
        self._pause()
        self.waits_until = event.until

    def _pause(self) -> None:
        """What was under way beside the pause was not stored; it is done when the run goes on."""
        self.status = "waiting"
        for key in [key for key, text in self.texts.items() if text.is_streaming]:
            self._drop(key)

    @_take.register
    def _(self, event: StateChanged, logged: LoggedEvent) -> None:
        key = logged.action or f"e{logged.seq}"
        is_felt = all(isinstance(change, SetMood) for change in event.changes)
        step = self.steps.get(key) or self._step(logged, "FEEL" if is_felt else "CHANGE")
        if not logged.action:
            step.context = event.cause
        step.changes, step.version, step.seq = event.changes, event.version, logged.seq
        step.state = "change"
        for change in event.changes:
            if isinstance(change, SetMood):
                self.mood_before = self.mood_before or change.before
                self.mood_after = change.mood

    @_take.register
    def _(self, event: MemoryRecalled, logged: LoggedEvent) -> None:
        step = self._step(logged, "RECALL")
        step.state, step.ms, step.context = "done", event.ms, event.query
        step.recalled, step.considered = event.memories, event.considered

    @_take.register
    def _(self, event: DelegationDecided, logged: LoggedEvent) -> None:
        step = self._step(logged, "DELEGATE")
        step.state, step.result = "done", event.reason

    @_take.register(RepetitionStopped)
    @_take.register(BudgetReached)
    @_take.register(ModelDegraded)
    def _(self, event: Event, logged: LoggedEvent) -> None:
        self.notices.append(logged)

    def _drop(self, key: str) -> None:
        self.texts.pop(key, None)
        self.steps.pop(key, None)


def fold(run: str, events: Iterable[LoggedEvent]) -> Turn:
    """Return the turn that the run's `events`, in order, add up to."""
    turn = Turn(run)
    for logged in events:
        turn.fold(logged)
    return turn
