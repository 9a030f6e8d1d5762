"""What pages show of a run: one turn of the talk. `folding.py` makes it of the run's events."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from django.utils.safestring import SafeString

from agents.changes import Mood
from agents.events import (
    CommandGiven,
    LoggedEvent,
    Usage,
)
from agents.plan import PlannedAction
from agents.triggers import SetBy, TriggerKind
from interactions import markdown
from interactions.steps import Step, in_dollars, in_seconds
from interactions.tree import Choices

Status = Literal["queued", "running", "waiting", "finished", "failed", "cancelled", "needs_review", "withdrawn"]


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
    resumed_at: datetime | None = None  # when the part after the last pause began; None while it waits
    worked: timedelta = timedelta()  # in the parts before it
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
        """What the whole turn took, in words, without what it waited; empty while it runs."""
        if self.is_open or self.started_at is None or self.ended_at is None:
            return ""
        if self.usage.parts > 1:  # older versions told the last one alone
            return in_seconds(self.usage.ms)
        last = timedelta(milliseconds=self.usage.ms)
        was_waiting = self.has_started and self.resumed_at is None
        if not last and not was_waiting:  # whoever stops a run does not know what it took
            last = self.ended_at - (self.resumed_at or self.started_at)
        return in_seconds((self.worked + last).total_seconds() * 1000)

    @property
    def counts_from(self) -> datetime | None:
        """The moment from which the seconds of a running turn are counted: what it waited does not count."""
        return self.resumed_at - self.worked if self.resumed_at else self.started_at

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

    def begin_text(self, key: str, is_thought: bool) -> Text:
        """Return the text that streams for the action `key`, begun if it is new."""
        if key not in self.texts:
            self.texts[key] = Text(key, is_thought, is_streaming=True)
            name = "THINK" if is_thought else "SPEAK"
            self.arrive(name)
            self.steps[key] = Step(key, name, at=self.started_at)
        return self.texts[key]

    def arrive(self, name: str) -> None:
        """Note that an action called `name` is no longer to come."""
        if self.waiting and self.waiting[0].action == name:
            self.waiting.pop(0)

    def step_of(self, logged: LoggedEvent, name: str) -> Step:
        """Return the step that the event belongs to, called `name`; a new one where it is the first."""
        key = logged.action or f"e{logged.seq}"
        if key not in self.steps:
            self.steps[key] = Step(key, name)
            self.arrive(name)
        step = self.steps[key]
        step.name, step.at, step.seq = name, logged.at, logged.seq
        return step

    def pause(self, at: datetime) -> None:
        """Let it wait from `at` on. What was under way beside it was not stored; it is done when the run goes on."""
        self.status = "waiting"
        self.worked, self.resumed_at = self.worked + (at - (self.resumed_at or at)), None
        for key in [key for key, text in self.texts.items() if text.is_streaming]:
            self.drop(key)

    def drop(self, key: str) -> None:
        """Forget the text and the step of an action that was not done."""
        self.texts.pop(key, None)
        self.steps.pop(key, None)
