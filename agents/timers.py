"""What an action asks of the clock, as data: timers to set or cancel. `interactions.timers` carries it out."""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from agents.changes import Frozen, Line

MINUTE, DAY = 60, 24 * 3600
# A timer that repeats more often than this is a nuisance, one further away than this a mistake. Seconds.
SHORTEST_REPEAT, FURTHEST = 5 * MINUTE, 5 * 366 * DAY

_CLOCK = re.compile(r"([01]?\d|2[0-3]):[0-5]\d", re.A)
_TOMORROW = re.compile(r"tomorrow (?:at )?(?P<clock>\S+)", re.I)


def _moment(text: str) -> str:
    """Return `text` if it is a time of day (18:30), of tomorrow's, or a date with one (2026-03-05 18:30)."""
    text = text.strip()
    if not _CLOCK.fullmatch(text) and not clock_of_tomorrow(text):
        try:
            datetime.fromisoformat(text)
        except ValueError:
            raise ValueError('a time is written "18:30" or "2026-03-05 18:30"') from None
    return text


Moment = Annotated[str, Field(max_length=40), AfterValidator(_moment)]


def is_clock(text: str) -> bool:
    """Whether `text` is a time of day without a date."""
    return _CLOCK.fullmatch(text) is not None


def clock_of_tomorrow(text: str) -> str:
    """Return the time of day in "tomorrow 18:30", "" when `text` is not of this form."""
    found = _TOMORROW.fullmatch(text)
    return found["clock"] if found and is_clock(found["clock"]) else ""


def in_words(seconds: float) -> str:
    """Return a span in words: "10 minutes", "1 hour", "3 days"."""
    for unit, size in (("day", DAY), ("hour", 3600), ("minute", MINUTE)):
        if seconds >= size and seconds % size == 0:
            count = round(seconds / size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    if seconds >= MINUTE:
        return f"{seconds / MINUTE:g} minutes"
    return f"{seconds:g} second{'' if seconds == 1 else 's'}"


class SetTimer(Frozen):
    """A timer: when it is first due (in seconds from now, or at a time in the person's zone), and how it repeats.

    `every` repeats by seconds; `daily` at the time of day that `at` names.
    """

    op: Literal["timer.set"] = "timer.set"
    what: Line
    in_seconds: float | None = Field(None, gt=0, le=FURTHEST)
    at: Moment | None = None
    every: int | None = Field(None, ge=SHORTEST_REPEAT, le=FURTHEST)
    daily: bool = False


class CancelTimer(Frozen):
    """Stop the entity's timer with this number, or the one whose words these are."""

    op: Literal["timer.cancel"] = "timer.cancel"
    which: Line
