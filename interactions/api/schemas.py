"""What goes in and out of the API. Bodies are strict: no coercion, no unknown names."""

from datetime import datetime, time
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from ninja import Field, Schema
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from agents.changes import (
    EMOTIONS,
    Change,
    Description,
    DesireValue,
    Feeling,
    GoalValue,
    Label,
    MemoryValue,
    Mood,
    SignedUnit,
    Temperament,
    Unit,
)

Felt = TypeVar("Felt", bound=Feeling)


class Body(BaseModel):
    """A request's body."""

    model_config = ConfigDict(strict=True, extra="forbid")


class NewConversation(Body):
    entity: Annotated[str, Field(max_length=60, description="The slug of one of your entities.", examples=["ottilie"])]


class NewMessage(Body):
    text: Annotated[str, Field(description="What you say.", examples=["Good evening."])]
    client_message_id: Annotated[
        str, Field(description="Your own id of this message: sending it again is answered with the first message.")
    ] = ""


class NewResult(Body):
    tool: Annotated[str, Field(min_length=1, max_length=80, description="What reports: its name.", examples=["backup"])]
    content: Annotated[
        str,
        Field(min_length=1, max_length=20_000, description="The result, as text.", examples=["All 12 files are safe."]),
    ]
    client_id: Annotated[
        str,
        Field(description="Your own id of this result: sent again in this conversation it is answered with its run."),
    ] = ""


def _known_emotions(values: dict[str, float]) -> dict[str, float]:
    unknown = sorted(set(values) - set(EMOTIONS))
    if unknown:
        raise ValueError(f"unknown emotion {unknown[0]!r}; the eight are {', '.join(EMOTIONS)}")
    return values


class FeelingPatch(Body):
    """The parts of a mood, or of a baseline, to change. Emotions that are not named stay as they are."""

    label: Label = ""
    intensity: Unit = 0.0
    valence: SignedUnit = 0.0
    arousal: SignedUnit = 0.0
    emotions: Annotated[dict[str, Unit], AfterValidator(_known_emotions)] = {}

    def onto(self, feeling: Felt) -> Felt:
        """Return `feeling` with what this patch names."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        if "emotions" in given:
            given["emotions"] = {**feeling.emotions, **self.emotions}
        return feeling.model_copy(update=given)


class TemperamentPatch(Body):
    """The parts of the temperament to change: what feelings fade to, and how little they are pushed."""

    baseline: FeelingPatch = FeelingPatch()
    stability: Annotated[Unit, Field(description="More means pushed less, and back sooner.")] = 0.0

    def onto(self, temperament: Temperament) -> Temperament:
        """Return `temperament` with what this patch names."""
        return temperament.model_copy(
            update={
                "baseline": self.baseline.onto(temperament.baseline),
                "stability": self.stability if "stability" in self.model_fields_set else temperament.stability,
            }
        )


class EntityPatch(Body):
    """An edit of an entity's state, made on `version`. Only what is named changes."""

    version: Annotated[int, Field(ge=0, description="The version you saw; 409 when it is not the latest any more.")]
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)] = ""
    tagline: Annotated[str, StringConstraints(max_length=160)] = ""
    persona: Annotated[str, StringConstraints(max_length=20_000)] = ""
    mood: FeelingPatch = FeelingPatch()
    temperament: TemperamentPatch = TemperamentPatch()
    appearance: Description = ""
    environment: Description = ""


class ConversationOut(Schema):
    """A talk of yours with an entity. `seq` is the number of its last event."""

    id: UUID
    entity: str
    title: str
    created_at: datetime
    updated_at: datetime
    seq: int


class ConversationPage(Schema):
    items: list[ConversationOut]
    next: str | None


class SentOut(Schema):
    """The message is stored and its run is waiting; `seq` is the number of the event that says so."""

    message: UUID
    run: UUID | None
    seq: int


class RunOut(Schema):
    id: UUID
    conversation: UUID
    status: str
    reason: str
    code: str


class NewRating(Body):
    value: Annotated[int, Field(ge=-1, le=1, description="1 for good, -1 for poor, 0 takes a rating back.")]
    note: Annotated[str, Field(max_length=500, description="Why, if you like.")] = ""


class RatingOut(Schema):
    run: UUID
    value: int
    note: str


class EventPage(Schema):
    """Events in order. `next` is the value of `after` for the rest, null when there is no more for now."""

    items: list[dict[str, Any]]  # each an Event: the document says so, and typed events need no second check
    next: int | None


class EntitySummary(Schema):
    slug: str
    name: str
    tagline: str
    version: int
    mood: Mood
    archived: bool


class EntityPage(Schema):
    items: list[EntitySummary]
    next: str | None


class GoalOut(GoalValue):
    id: int


class DesireOut(DesireValue):
    id: int


class MemoryOut(MemoryValue):
    id: int


class EntityOut(EntitySummary):
    """An entity with its whole state at `version`. Forgotten memories and ended goals are not in it."""

    persona: str
    voice: str
    temperament: Temperament
    appearance: str
    environment: str
    goals: list[GoalOut]
    desires: list[DesireOut]
    memories: list[MemoryOut]


class VersionOut(Schema):
    """One version of a state. `undone_by` is the version that took it back, null while it is in effect."""

    number: int
    at: datetime
    cause: str
    author: Annotated[str, Field(description="The user who made it; empty for the entity itself.")]
    run: UUID | None
    action: str
    summary: Annotated[str, Field(description="What it did, in a few words.")]
    changes: Annotated[list[Change], Field(description="What it changed, each with the value before.")]
    undoes: int | None
    undoes_run: UUID | None
    restores: Annotated[int | None, Field(description="The version to whose state it went back.")]
    undone_by: int | None


class VersionPage(Schema):
    """Versions, the latest first. `next` is the value of `before` for the rest, null when there is no more."""

    items: list[VersionOut]
    next: int | None


class StateOut(Schema):
    """The whole state at one version; forgotten memories, ended goals and ended desires are in it too."""

    name: str
    tagline: str
    persona: str
    voice: str
    mood: Mood
    temperament: Temperament
    appearance: str
    environment: str
    goals: list[GoalOut]
    desires: list[DesireOut]
    memories: list[MemoryOut]


class VersionWithState(VersionOut):
    """A version with the state as it was then."""

    state: StateOut


Number = Annotated[int, Field(ge=1, le=2**31 - 1)]


class RollbackIn(Body):
    """`version` is the latest that you saw: 409 when it is not the latest any more."""

    to: Annotated[Number, Field(description="The version to go back to.", examples=[1])]
    version: Annotated[Number, Field(description="The version you saw.", examples=[2])]


class UndoIn(Body):
    """Name either the version to take back, or the run all of whose changes are to be taken back."""

    number: Annotated[Number | None, Field(description="The version to take back.", examples=[2])] = None
    run: Annotated[str | None, Field(max_length=36, description="The id of a run.")] = None
    version: Annotated[Number, Field(description="The version you saw.", examples=[2])]


class ForkIn(Body):
    at: Annotated[Number | None, Field(description="The version to begin from; the latest if left out.")] = None
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)] = ""


class NewTimer(Body):
    what: Annotated[str, Field(min_length=1, max_length=500, description="What the entity shall do then.")]
    in_minutes: Annotated[float | None, Field(gt=0, description="Due so many minutes from now.")] = None
    at: Annotated[
        str | None, Field(max_length=40, description='Due at "18:30" of your clock, or "2026-03-05 18:30".')
    ] = None
    every_minutes: Annotated[int | None, Field(ge=5, description="Repeat after so many minutes.")] = None
    daily: Annotated[bool, Field(description='Repeat each day at the time of day that "at" names.')] = False


class TimerOut(Schema):
    """A timer. `next_at` is null once it is over."""

    id: int
    what: str
    next_at: datetime | None
    every_seconds: int | None
    daily_at: time | None
    zone: str
    set_by: str
    is_stopped: bool
    fired: int
    last_at: datetime | None


class TimerList(Schema):
    items: list[TimerOut]
    next: None


TellingStatus = Literal["waiting", "heard", "dropped", "resting"]


class TellingOut(Schema):
    """Something that one entity has told another. `held_by` is "quiet" or "budget" while quiet hours or a used-up day
    hold it; "resting" is what an exchange told that is deleted. `told_in` and `heard_in` are runs."""

    id: int
    sender: str
    receiver: str
    text: str
    status: TellingStatus
    held_by: str
    held_until: datetime | None
    told_at: datetime
    told_in: UUID
    heard_in: UUID | None


class TellingPage(Schema):
    items: list[TellingOut]
    next: str | None
