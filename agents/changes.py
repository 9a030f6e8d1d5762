"""The typed edits of an entity's state. Actions, admin and imports return them; `agents.state.apply` commits them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

EMOTIONS = ("joy", "trust", "fear", "surprise", "sadness", "disgust", "anger", "anticipation")

Unit = Annotated[float, Field(ge=0, le=1)]
SignedUnit = Annotated[float, Field(ge=-1, le=1)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Fact = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=40)]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4_000)]


class Frozen(BaseModel):
    """A value: compared by content, never changed, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Mood(Frozen):
    """How an entity feels: a word, its intensity 0..1, valence and arousal -1..1, eight emotions 0..1."""

    label: Label = "calm"
    intensity: Unit = 0.4
    valence: SignedUnit = 0.1
    arousal: SignedUnit = 0.0
    emotions: dict[str, Unit] = Field(default_factory=dict)

    @property
    def dominant(self) -> str:
        """The strongest of the eight emotions; the first in their order where several are equal."""
        return max(EMOTIONS, key=lambda name: self.emotions.get(name, 0.0))


class SetMood(Frozen):
    op: Literal["mood.set"] = "mood.set"
    mood: Mood
    before: Mood | None = None


class SetPersona(Frozen):
    """Who the entity is. Only the fields that are given change."""

    op: Literal["persona.set"] = "persona.set"
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)] | None = None
    tagline: Annotated[str, StringConstraints(max_length=160)] | None = None
    persona: Annotated[str, StringConstraints(max_length=20_000)] | None = None
    voice: Annotated[str, StringConstraints(max_length=40)] | None = None
    before: "SetPersona | None" = None


class SetAppearance(Frozen):
    op: Literal["appearance.set"] = "appearance.set"
    text: Description
    before: str | None = None


class SetEnvironment(Frozen):
    op: Literal["environment.set"] = "environment.set"
    text: Description
    before: str | None = None


class GoalValue(Frozen):
    text: Line
    priority: Unit = 0.5
    status: Literal["active", "completed", "abandoned"] = "active"
    reason: Annotated[str, StringConstraints(max_length=500)] = ""


class DesireValue(Frozen):
    text: Line
    intensity: Unit = 0.5
    status: Literal["active", "satisfied", "abandoned"] = "active"
    reason: Annotated[str, StringConstraints(max_length=500)] = ""


class MemoryValue(Frozen):
    content: Fact
    importance: Unit = 0.5
    source: Annotated[str, StringConstraints(max_length=200)] = ""
    message: str | None = None
    pinned: bool = False
    forgotten: bool = False


class PutGoal(Frozen):
    """Add a goal (no id yet), or give the goal `id` a new value. `before` is None for a new one."""

    op: Literal["goal.put"] = "goal.put"
    id: int | None = None
    goal: GoalValue
    before: GoalValue | None = None


class PutDesire(Frozen):
    """Add a desire (no id yet), or give the desire `id` a new value."""

    op: Literal["desire.put"] = "desire.put"
    id: int | None = None
    desire: DesireValue
    before: DesireValue | None = None


class PutMemory(Frozen):
    """Add a memory (no id yet), or give the memory `id` a new value; `forgotten` takes it out of mind."""

    op: Literal["memory.put"] = "memory.put"
    id: int | None = None
    memory: MemoryValue
    before: MemoryValue | None = None


Change = Annotated[
    SetMood | SetPersona | SetAppearance | SetEnvironment | PutGoal | PutDesire | PutMemory,
    Field(discriminator="op"),
]
