"""An entity's whole state as one immutable value, and the pure function that changes it."""

import re
import unicodedata
from collections.abc import Iterable

from pydantic import Field

from agents.changes import (
    Change,
    DesireValue,
    Frozen,
    GoalValue,
    MemoryValue,
    Mood,
    PutDesire,
    PutGoal,
    PutMemory,
    RemoveDesire,
    RemoveGoal,
    RemoveMemory,
    SetAppearance,
    SetEnvironment,
    SetMood,
    SetPersona,
    SetTemperament,
    Temperament,
)


class Persona(Frozen):
    """Who the entity is."""

    name: str = ""
    tagline: str = ""
    persona: str = ""
    voice: str = "plain"


class EntityState(Frozen):
    """Everything that `Change` can change, at one version. Goals, desires and memories are keyed by id."""

    version: int = 0
    persona: Persona = Persona()
    mood: Mood = Mood()
    temperament: Temperament = Temperament()
    appearance: str = ""
    environment: str = ""
    goals: dict[int, GoalValue] = Field(default_factory=dict)
    desires: dict[int, DesireValue] = Field(default_factory=dict)
    memories: dict[int, MemoryValue] = Field(default_factory=dict)

    def active_goals(self) -> dict[int, GoalValue]:
        """The goals still pursued, by id."""
        return {key: goal for key, goal in self.goals.items() if goal.status == "active"}

    def active_desires(self) -> dict[int, DesireValue]:
        """The desires still felt, by id."""
        return {key: desire for key, desire in self.desires.items() if desire.status == "active"}

    def known(self) -> dict[int, MemoryValue]:
        """The memories not forgotten, by id."""
        return {key: memory for key, memory in self.memories.items() if not memory.forgotten}


def folded(text: str) -> str:
    """Return `text` as it is compared: NFKC, case folded, words and digits only."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def fold(state: EntityState, changes: Iterable[Change]) -> EntityState:
    """Return `state` after committed `changes` (each with its id). Folding every version from an empty state
    gives the stored one: the proof that the log is whole."""
    fields = {name: getattr(state, name) for name in EntityState.model_fields}
    for name in ("goals", "desires", "memories"):
        fields[name] = dict(fields[name])
    for change in changes:
        _fold_one(fields, change)
    return EntityState.model_construct(**fields)


def _fold_one(fields: dict, change: Change) -> None:  # type: ignore[type-arg]
    match change:
        case SetMood():
            fields["mood"] = change.mood
        case SetTemperament():
            fields["temperament"] = change.temperament
        case SetPersona():
            fields["persona"] = fields["persona"].model_copy(update=persona_fields(change))
        case SetAppearance():
            fields["appearance"] = change.text
        case SetEnvironment():
            fields["environment"] = change.text
        case PutGoal():
            fields["goals"][change.id] = change.goal
        case PutDesire():
            fields["desires"][change.id] = change.desire
        case PutMemory():
            fields["memories"][change.id] = change.memory
        case RemoveGoal():
            fields["goals"].pop(change.id, None)
        case RemoveDesire():
            fields["desires"].pop(change.id, None)
        case RemoveMemory():
            fields["memories"].pop(change.id, None)


def persona_fields(change: SetPersona) -> dict[str, str]:
    """Return the fields that `change` sets."""
    return change.model_dump(exclude={"op", "before"}, exclude_none=True)


def inverse(change: Change) -> Change:
    """Return the change that takes a committed `change` back: what was added is removed, what was removed is put back.

    Raises `ValueError` for a change that was never committed.
    """
    match change:
        case SetMood(before=Mood() as before):
            return SetMood(mood=before)
        case SetTemperament(before=Temperament() as before):
            return SetTemperament(temperament=before)
        case SetPersona(before=SetPersona() as before):
            return before
        case SetAppearance():
            return SetAppearance(text=change.before or "")
        case SetEnvironment():
            return SetEnvironment(text=change.before or "")
        case PutGoal(id=int() as key):
            return PutGoal(id=key, goal=change.before) if change.before else RemoveGoal(id=key)
        case PutDesire(id=int() as key):
            return PutDesire(id=key, desire=change.before) if change.before else RemoveDesire(id=key)
        case PutMemory(id=int() as key):
            return PutMemory(id=key, memory=change.before) if change.before else RemoveMemory(id=key)
        case RemoveGoal(before=GoalValue() as goal):
            return PutGoal(id=change.id, goal=goal)
        case RemoveDesire(before=DesireValue() as desire):
            return PutDesire(id=change.id, desire=desire)
        case RemoveMemory(before=MemoryValue() as memory):
            return PutMemory(id=change.id, memory=memory)
    raise ValueError(f"{change.op} was never committed: it does not say what was before")
