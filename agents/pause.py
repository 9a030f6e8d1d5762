"""Pauses: an action that cannot be done at once lets its run wait, without a worker, until it goes on."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from agents.changes import Frozen

Choice = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
PauseKind = Literal["question", "moment"]

# An answer button more would not be read; a WAIT longer than this is a timer's.
MOST_CHOICES = 8
LONGEST_WAIT = 24 * 3600.0


class Pause(Frozen):
    """What a run waits for: the person's answer to a question, or a moment.

    `seconds` is how long; None: as long as the entity's questions stay open (its setting, in hours).
    """

    kind: PauseKind
    text: str = Field("", max_length=2_000)
    choices: tuple[Choice, ...] = Field((), max_length=MOST_CHOICES)
    seconds: float | None = Field(None, gt=0)


class Paused(Frozen):
    """A pause under way, as the run's row keeps it: the action that waits, and since when."""

    kind: PauseKind
    action: str
    name: str
    began: datetime
    text: str = ""
    choices: tuple[str, ...] = ()
