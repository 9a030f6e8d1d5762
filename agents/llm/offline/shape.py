"""The shapes that the modules of the offline responder pass to each other."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.llm.offline.patterns import pattern

_VAGUE = pattern("shape", "vague")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a visitor told about themself.

    `content` is the sentence to remember, with {S} where the visitor's name goes (empty: not worth keeping); `dated`
    says that the day belongs to it. The rest is for speech, in the second person: `x` what it is about, `y` its kind,
    `who` the person or animal, `you` the whole clause, `doing` the verb phrase of a plan. Facts with one non-empty
    `key` replace each other: one has one name, one home, one opinion of coffee.
    """

    kind: str
    content: str
    x: str = ""
    y: str = ""
    who: str = ""
    you: str = ""
    doing: str = ""
    unnamed: str = ""
    key: str = ""
    importance: float = 0.5
    dated: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """What one clause of a message does: its kind, the clause, and what was found in it."""

    kind: str
    text: str
    asks: bool = False
    x: str = ""
    fact: Fact | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One action of a plan, with its flat arguments."""

    action: str
    context: str = ""
    args: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scripted:
    """A turn whose plan follows from what it is about. `texts` are those of its text actions, and `hangs_on` is the
    action on whose result they depend."""

    reasoning: str
    steps: tuple[Step, ...]
    texts: Mapping[str, str] = field(default_factory=dict)
    hangs_on: str = ""


def about(match: re.Match[str]) -> str:
    """Return what the groups x, x2, … of `match` hold: the one that took part."""
    return next((value for key, value in match.groupdict().items() if key.startswith("x") and value), "")


def is_vague(thing: str) -> bool:
    """Whether `thing` is only pointed at ("it", "that one") and not named."""
    return _VAGUE.match(thing) is not None
