"""What a text does to the one who hears it."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from agents.changes import EMOTIONS, Frozen

# Characters of a text that are appraised; what is said after them moves nobody.
HEARD = 4_000
# What touches a goal counts so much more, and is expected so much where nothing else is felt.
AT_STAKE, EXPECTED = 1.25, 0.08
# Letters from which on a word of a goal is one that says what it is about.
TELLING = 6
# Traits make an event count between half and twice.
LEAST, MOST = 0.5, 2.0
_NEGATED = re.compile(
    r"(?:\b(?:not|never|no|without|hardly|isn|wasn|aren|don|doesn|didn|won|can)\b\W+(?:t\W+)?)(?:\w+\W+){0,2}$"
)


class Kind(Frozen):
    """A kind of event: by which `words` (regular expressions) it is known, what it makes one feel, and why."""

    words: tuple[str, ...] = Field(min_length=1)
    feels: dict[str, float]
    cause: str


class Trait(Frozen):
    """A trait: the words of a persona that tell of it, and what it multiplies."""

    words: tuple[str, ...] = Field(min_length=1)
    times: dict[str, float]


class Appraisal(Frozen):
    """What an event does: pushes -1..1 of emotions, and the cause in words."""

    deltas: dict[str, float]
    cause: str


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(word.replace(" ", r"\s+") for word in words) + r")\b")


with (Path(__file__).parent / "lexicon.toml").open("rb") as _file:
    _TABLES = tomllib.load(_file)
_KINDS = [(kind, _pattern(kind.words)) for kind in map(Kind.model_validate, _TABLES["kinds"].values())]
_TRAITS = [(trait, _pattern(trait.words)) for trait in map(Trait.model_validate, _TABLES["traits"].values())]


def appraise(text: str, persona: str = "", goals: Iterable[str] = ()) -> Appraisal | None:
    """Return what `text` does to somebody with this `persona` and these `goals`; None when it leaves them cold.

    Emotions arise from how events, actions and objects are appraised against one's goals, standards and tastes: Ortony,
    A., Clore, G. L. & Collins, A. (1988), "The Cognitive Structure of Emotions"; Scherer, K. R. (2001), "Appraisal
    considered as a process of multilevel sequential checking" (relevance first, then implication). Kinds of event are
    known by a lexicon (lexicon.toml); of several that push one emotion the strongest counts. Traits found in the
    persona's words multiply, and so does what touches a goal. The same text gives the same, always.
    """
    heard = _plain(text[:HEARD])
    push: dict[str, float] = {}
    cause, strongest = "", 0.0
    for kind, pattern in _KINDS:
        found = _first(pattern, heard)
        if found is None:
            continue
        for name, amount in kind.feels.items():
            if abs(amount) > abs(push.get(name, 0.0)):
                push[name] = amount
        if (strength := sum(map(abs, kind.feels.values()))) > strongest:
            cause, strongest = f"{kind.cause} “{found}”", strength
    stake = _at_stake(heard, goals)
    if stake and not push:
        push, cause = {"anticipation": EXPECTED}, f"It touches what I am after. “{stake}”"
    if not push:
        return None
    times, factor = traits(persona), AT_STAKE if stake else 1.0
    deltas = {name: _bounded(push[name] * times.get(name, 1.0) * factor) for name in EMOTIONS if name in push}
    return Appraisal(deltas=deltas, cause=cause)


@lru_cache(maxsize=256)
def traits(persona: str) -> Mapping[str, float]:
    """Return by emotion how much more, or less, events count for somebody described so."""
    said = _plain(persona)
    times = dict.fromkeys(EMOTIONS, 1.0)
    for trait, pattern in _TRAITS:
        if _first(pattern, said) is not None:
            for name, factor in trait.times.items():
                times[name] = max(LEAST, min(MOST, times[name] * factor))
    return times


def _plain(text: str) -> str:
    return text.casefold().replace("’", "'")


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    """Return the first place where `pattern` is said and not denied."""
    for match in pattern.finditer(text):
        if not _NEGATED.search(text[max(0, match.start() - 32) : match.start()]):
            return " ".join(match.group().split())
    return None


def _at_stake(text: str, goals: Iterable[str]) -> str:
    said = set(re.findall(r"\w+", text))
    words = (word for goal in goals for word in re.findall(r"\w+", _plain(goal)))
    return next((word for word in words if len(word) >= TELLING and word in said), "")


def _bounded(value: float) -> float:
    return round(max(-1.0, min(1.0, value)), 4)
