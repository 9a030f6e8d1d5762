"""The typed edits of an entity's state. Actions, admin and imports return them; `agents.state.apply` commits them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

EMOTIONS = ("joy", "trust", "fear", "surprise", "sadness", "disgust", "anger", "anticipation")

Unit = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
SignedUnit = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Fact = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
# Small letters can be more than their capitals were (“İ”), and the length is checked before they are made.
Label = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=40),
    AfterValidator(lambda label: label[:40]),
]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4_000)]


class Frozen(BaseModel):
    """A value: compared by content, never changed, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Feeling(Frozen):
    """A way to feel: a word, its intensity 0..1, valence and arousal -1..1, eight emotions 0..1."""

    label: Label = "calm"
    intensity: Unit = 0.4
    valence: SignedUnit = 0.1
    arousal: SignedUnit = 0.0
    emotions: dict[str, Unit] = Field(default_factory=dict)

    @property
    def dominant(self) -> str:
        """The strongest of the eight emotions; the first in their order where several are equal."""
        return max(EMOTIONS, key=lambda name: self.emotions.get(name, 0.0))


class Mood(Feeling):
    """How an entity feels since `at`: from then on it fades to the baseline (never, where the time is not known).

    With `held` the word is a person's: it stays until it is released, whatever the emotions do.
    """

    at: AwareDatetime | None = None
    held: bool = False


class Temperament(Frozen):
    """What feelings return to, and how: `stability` 0..1, of which more means pushed less and back sooner."""

    baseline: Feeling = Feeling()
    stability: Unit = 0.5


class SetMood(Frozen):
    op: Literal["mood.set"] = "mood.set"
    mood: Mood
    before: Mood | None = None


class SetTemperament(Frozen):
    op: Literal["temperament.set"] = "temperament.set"
    temperament: Temperament
    before: Temperament | None = None


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
    progress: Unit = 0.0


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


class RemoveGoal(Frozen):
    """Take a goal out of the state altogether, as if it had never been added: the opposite of adding it."""

    op: Literal["goal.remove"] = "goal.remove"
    id: int
    before: GoalValue | None = None


class RemoveDesire(Frozen):
    """Take a desire out of the state altogether."""

    op: Literal["desire.remove"] = "desire.remove"
    id: int
    before: DesireValue | None = None


class RemoveMemory(Frozen):
    """Take a memory out of the state altogether. (One that is merely `forgotten` stays in it.)"""

    op: Literal["memory.remove"] = "memory.remove"
    id: int
    before: MemoryValue | None = None


Put = PutGoal | PutDesire | PutMemory
Remove = RemoveGoal | RemoveDesire | RemoveMemory
Change = Annotated[
    SetMood
    | SetTemperament
    | SetPersona
    | SetAppearance
    | SetEnvironment
    | PutGoal
    | PutDesire
    | PutMemory
    | RemoveGoal
    | RemoveDesire
    | RemoveMemory,
    Field(discriminator="op"),
]
