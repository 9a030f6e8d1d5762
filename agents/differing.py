"""Two states compared, and what a change is about. Pure functions over `agents.mind.EntityState`."""

from collections.abc import Callable, Iterator
from typing import Any

from agents.changes import (
    Change,
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
)
from agents.mind import EntityState, Persona, persona_fields

# A part of the state that one change can overwrite: ("mood", ""), ("persona", "tagline"), ("goals", 7).
Subject = tuple[str, str | int]


def diff(one: EntityState, other: EntityState) -> list[Change]:
    """Return the changes that lead from `one` to `other`, each with the value before. None for equal states.

    What goes comes before what arrives, so that nothing is there twice on the way.
    """
    changes = [*_singles(one, other), *_lists(one, other)]
    return sorted(changes, key=_arrives)


def subjects(change: Change) -> set[Subject]:
    """Return what `change` is about: two changes that share a subject overwrite each other."""
    match change:
        case SetPersona():
            return {("persona", name) for name in persona_fields(change)}
        case PutGoal() | RemoveGoal():
            return {("goals", change.id or 0)}
        case PutDesire() | RemoveDesire():
            return {("desires", change.id or 0)}
        case PutMemory() | RemoveMemory():
            return {("memories", change.id or 0)}
    return {(change.op.split(".")[0], "")}


def at(state: EntityState, subject: Subject) -> Any:
    """Return the value of `subject` in `state`; None for a row that is not in it."""
    part, key = subject
    if part == "persona":
        return getattr(state.persona, str(key))
    whole = getattr(state, part)
    return whole.get(key) if isinstance(whole, dict) else whole


def _arrives(change: Change) -> int:
    """0 for what takes something out of mind, 1 for what puts it there."""
    match change:
        case RemoveGoal() | RemoveDesire() | RemoveMemory():
            return 0
        case PutMemory(memory=memory):
            return 0 if memory.forgotten else 1
    return 1


def _singles(one: EntityState, other: EntityState) -> Iterator[Change]:
    if one.persona != other.persona:
        names = [name for name in Persona.model_fields if getattr(one.persona, name) != getattr(other.persona, name)]
        old = SetPersona.model_construct(**{name: getattr(one.persona, name) for name in names})
        yield SetPersona.model_construct(**{name: getattr(other.persona, name) for name in names}, before=old)
    if one.mood != other.mood:
        yield SetMood(mood=other.mood, before=one.mood)
    if one.temperament != other.temperament:
        yield SetTemperament(temperament=other.temperament, before=one.temperament)
    if one.appearance != other.appearance:
        yield SetAppearance(text=other.appearance, before=one.appearance)
    if one.environment != other.environment:
        yield SetEnvironment(text=other.environment, before=one.environment)


def _lists(one: EntityState, other: EntityState) -> Iterator[Change]:
    yield from _rows(one.goals, other.goals, PutGoal, "goal", RemoveGoal)
    yield from _rows(one.desires, other.desires, PutDesire, "desire", RemoveDesire)
    yield from _rows(one.memories, other.memories, PutMemory, "memory", RemoveMemory)


def _rows(
    one: dict[int, Any], other: dict[int, Any], put: Callable[..., Change], name: str, remove: Callable[..., Change]
) -> Iterator[Change]:
    for key in sorted(one.keys() - other.keys()):
        yield remove(id=key, before=one[key])
    for key in sorted(other):
        if other[key] != one.get(key):
            yield put(id=key, before=one.get(key), **{name: other[key]})
