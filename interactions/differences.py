"""Changes of an entity's state in words: what was there before, and what came."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import singledispatch

from agents.changes import (
    EMOTIONS,
    Change,
    DesireValue,
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


@dataclass(frozen=True, slots=True)
class Difference:
    """The lines that left and the lines that came, in the part of the state called `path`."""

    path: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def differences(changes: Iterable[Change]) -> list[Difference]:
    """Return what `changes` did, one difference each."""
    return [_difference(change) for change in changes]


@singledispatch
def _difference(change: object) -> Difference:
    raise TypeError(f"{change!r} is no change")


@_difference.register
def _(change: SetMood) -> Difference:
    before = change.before or Mood()
    moved = [name for name in EMOTIONS if change.mood.emotions.get(name, 0) != before.emotions.get(name, 0)]
    return Difference("mood", (_mood(before, moved),), (_mood(change.mood, moved),))


@_difference.register
def _(change: SetTemperament) -> Difference:
    before = change.before or Temperament()
    return Difference("temperament", _temperament(before), _temperament(change.temperament))


@_difference.register
def _(change: SetPersona) -> Difference:
    fields = change.model_dump(exclude={"op", "before"}, exclude_none=True)
    old = change.before.model_dump(exclude={"op", "before"}, exclude_none=True) if change.before else {}
    changed = [name for name in fields if fields[name] != old.get(name)]
    return Difference(
        "persona",
        tuple(f"{name}: {old[name]}" for name in changed if old.get(name)),
        tuple(f"{name}: {fields[name]}" for name in changed if fields[name]),
    )


@_difference.register
def _(change: SetAppearance) -> Difference:
    return Difference("appearance", _line(change.before), _line(change.text))


@_difference.register
def _(change: SetEnvironment) -> Difference:
    return Difference("environment", _line(change.before), _line(change.text))


@_difference.register
def _(change: PutGoal) -> Difference:
    return Difference("goals", _goal(change.before), _goal(change.goal))


@_difference.register
def _(change: PutDesire) -> Difference:
    return Difference("desires", _desire(change.before), _desire(change.desire))


@_difference.register
def _(change: PutMemory) -> Difference:
    return Difference("memories", _memory(change.before), _memory(change.memory))


@_difference.register
def _(change: RemoveGoal) -> Difference:
    return Difference("goals", _goal(change.before))


@_difference.register
def _(change: RemoveDesire) -> Difference:
    return Difference("desires", _desire(change.before))


@_difference.register
def _(change: RemoveMemory) -> Difference:
    return Difference("memories", _memory(change.before))


def _line(text: str | None) -> tuple[str, ...]:
    return (text,) if text else ()


def _mood(mood: Mood, emotions: Iterable[str]) -> str:
    values = "".join(f", {name} {mood.emotions.get(name, 0):.2f}" for name in emotions)
    return f"{mood.label} {mood.intensity:.2f}{values}{', held' if mood.held else ''}"


def _temperament(of: Temperament) -> tuple[str, ...]:
    home = of.baseline
    strong = [name for name in EMOTIONS if home.emotions.get(name, 0)]
    return (f"stability {of.stability:.2f}", f"usually {_mood(Mood(**home.model_dump()), strong)}")


def _goal(goal: GoalValue | None) -> tuple[str, ...]:
    if goal is None:
        return ()
    end = f"{goal.status}: {goal.reason}" if goal.reason else goal.status
    done = f", {goal.progress:.0%} done" if goal.progress else ""
    return (f"“{goal.text}” priority {goal.priority:.2f}{done}{'' if goal.status == 'active' else f', {end}'}",)


def _desire(desire: DesireValue | None) -> tuple[str, ...]:
    if desire is None:
        return ()
    end = "" if desire.status == "active" else f", {desire.status}"
    return (f"“{desire.text}” intensity {desire.intensity:.2f}{end}",)


def _memory(memory: MemoryValue | None) -> tuple[str, ...]:
    if memory is None or memory.forgotten:
        return ()
    return (f"“{memory.content}” importance {memory.importance:.2f}{', pinned' if memory.pinned else ''}",)
