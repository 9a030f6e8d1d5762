"""A version of the state in one line: what happened, for lists."""

from functools import singledispatch

from agents.changes import (
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
from agents.mind import persona_fields
from agents.models import StateVersion
from agents.state import changes_of


def headline(version: StateVersion) -> str:
    """Return what `version` is, in a few words: “Mood to wistful 0.64”, “Rolled back to version 176”."""
    if version.restores is not None:
        return f"Rolled back to version {version.restores}"
    if version.undoes is not None:
        return f"Undid version {version.undoes}"
    if version.undoes_run is not None:
        return "Undid a whole turn"
    if version.number == 1:
        return version.cause.capitalize()
    changes = changes_of(version)
    more = f", and {len(changes) - 1} more" if len(changes) > 1 else ""
    return _said(changes[0]) + more if changes else version.cause


@singledispatch
def _said(change: object) -> str:
    raise TypeError(f"{change!r} is no change")


@_said.register
def _(change: SetMood) -> str:
    held = ", held" if change.mood.held else ""
    return f"Mood to {change.mood.label} {change.mood.intensity:.2f}{held}"


@_said.register
def _(change: SetTemperament) -> str:
    return "Temperament edited"


@_said.register
def _(change: SetPersona) -> str:
    names = {"name": "Name", "tagline": "Line about it", "persona": "Persona", "voice": "Voice"}
    return " and ".join(names[name] for name in persona_fields(change)) + " edited"


@_said.register
def _(change: SetAppearance) -> str:
    return "Appearance changed"


@_said.register
def _(change: SetEnvironment) -> str:
    return "Environment changed"


@_said.register
def _(change: PutGoal) -> str:
    return f"{_verb('Goal', change.goal.status, change.before is None)}: {change.goal.text}"


@_said.register
def _(change: PutDesire) -> str:
    return f"{_verb('Desire', change.desire.status, change.before is None)}: {change.desire.text}"


@_said.register
def _(change: PutMemory) -> str:
    if change.memory.forgotten:
        verb = "Forgot"
    elif change.before is None:
        verb = "Remembered"
    elif change.before.forgotten:
        verb = "Remembered again"
    elif change.before.pinned != change.memory.pinned:
        verb = "Pinned" if change.memory.pinned else "Unpinned"
    else:
        verb = "Memory edited"
    return f"{verb}: {change.memory.content}"


@_said.register
def _(change: RemoveGoal) -> str:
    return f"Goal taken back: {change.before.text if change.before else change.id}"


@_said.register
def _(change: RemoveDesire) -> str:
    return f"Desire taken back: {change.before.text if change.before else change.id}"


@_said.register
def _(change: RemoveMemory) -> str:
    return f"Memory taken back: {change.before.content if change.before else change.id}"


def _verb(kind: str, status: str, is_new: bool) -> str:
    if status != "active":
        return f"{kind} {status}"
    return f"New {kind.lower()}" if is_new else f"{kind} changed"
