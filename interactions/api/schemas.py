"""What goes in and out of the API. Bodies are strict: no coercion, no unknown names."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Schema
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from agents.changes import EMOTIONS, Description, DesireValue, GoalValue, Label, MemoryValue, Mood, SignedUnit, Unit


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


def _known_emotions(values: dict[str, float]) -> dict[str, float]:
    unknown = sorted(set(values) - set(EMOTIONS))
    if unknown:
        raise ValueError(f"unknown emotion {unknown[0]!r}; the eight are {', '.join(EMOTIONS)}")
    return values


class MoodPatch(Body):
    """The parts of the mood to change. Emotions that are not named stay as they are."""

    label: Label = ""
    intensity: Unit = 0.0
    valence: SignedUnit = 0.0
    arousal: SignedUnit = 0.0
    emotions: Annotated[dict[str, Unit], AfterValidator(_known_emotions)] = {}

    def onto(self, mood: Mood) -> Mood:
        """Return `mood` with what this patch names."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        if "emotions" in given:
            given["emotions"] = {**mood.emotions, **self.emotions}
        return mood.model_copy(update=given)


class EntityPatch(Body):
    """An edit of an entity's state, made on `version`. Only what is named changes."""

    version: Annotated[int, Field(ge=0, description="The version you saw; 409 when it is not the latest any more.")]
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)] = ""
    tagline: Annotated[str, StringConstraints(max_length=160)] = ""
    persona: Annotated[str, StringConstraints(max_length=20_000)] = ""
    mood: MoodPatch = MoodPatch()
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
    appearance: str
    environment: str
    goals: list[GoalOut]
    desires: list[DesireOut]
    memories: list[MemoryOut]
