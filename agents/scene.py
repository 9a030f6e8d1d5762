"""What an entity has before its eyes when it acts: the input of every prompt, and of the offline responder."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from agents.changes import Frozen
from agents.events import RecalledMemory
from agents.mind import EntityState
from agents.triggers import Trigger


def merged(recalled: tuple[RecalledMemory, ...], found: Sequence[RecalledMemory]) -> tuple[RecalledMemory, ...]:
    """Return what was `recalled` with what was `found` later, each memory once."""
    there = {memory.id for memory in recalled}
    return (*recalled, *(memory for memory in found if memory.id not in there))


class Said(Frozen):
    """One line of the talk. A silent turn of the entity has an empty text."""

    author: Literal["user", "entity"]
    text: str
    at: datetime


class CompletedAction(Frozen):
    """An action of this run that is done (`ok`), or that failed or was left out, with what came of it in words.
    `planned` is its id in the plan, where it has one."""

    id: str
    action: str
    args: dict[str, object] = {}
    result: str = ""
    ok: bool = True
    planned: str = ""


def left_out(id_: str, action: str, reason: str, planned: str) -> CompletedAction:
    """Return what a planned action that was not done counts as."""
    return CompletedAction(id=id_, action=action, result=f"left out: {reason}", ok=False, planned=planned)


class Scene(Frozen):
    """Who acts, how it is, what was said (oldest first; the trigger's own line is the last), what it recalls,
    what it has done already in this run, what has worked for it so far (`lessons`), and the names of the `others` that
    it can tell something."""

    state: EntityState
    person: str
    trigger: Trigger
    history: tuple[Said, ...] = ()
    timers: dict[int, str] = {}  # those that are not over, in words, by id
    recalled: tuple[RecalledMemory, ...] = ()
    completed: tuple[CompletedAction, ...] = ()
    lessons: str = ""
    others: tuple[str, ...] = ()
