"""What an entity has before its eyes when it acts: the input of every prompt, and of the offline responder."""

from datetime import datetime
from typing import Literal

from agents.changes import Frozen
from agents.events import RecalledMemory
from agents.mind import EntityState
from agents.triggers import Trigger


class Said(Frozen):
    """One line of the talk. A silent turn of the entity has an empty text."""

    author: Literal["user", "entity"]
    text: str
    at: datetime


class CompletedAction(Frozen):
    """An action of this run that is done (`ok`) or that failed, with what came of it in words."""

    id: str
    action: str
    args: dict[str, object] = {}
    result: str = ""
    ok: bool = True


class Scene(Frozen):
    """Who acts, how it is, what was said (oldest first; the trigger's own line is the last), what it recalls,
    and what it has done already in this run."""

    state: EntityState
    person: str
    trigger: Trigger
    history: tuple[Said, ...] = ()
    recalled: tuple[RecalledMemory, ...] = ()
    completed: tuple[CompletedAction, ...] = ()
