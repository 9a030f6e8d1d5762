"""Voices: how an entity sounds, read from voices/*.toml, and the choice of a line that was not said before."""

import re
import tomllib
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from agents.changes import EMOTIONS, Frozen, Mood
from agents.llm.offline.text import capitalized

DIRECTORY = Path(__file__).parent / "voices"
Lines = tuple[Annotated[str, StringConstraints(min_length=2, max_length=600)], ...]
_SLOT = re.compile(r"\{(\w+)\}")


class Topic(Frozen):
    """Something the entity has its own lines for: `says` when it is told, `answers` when it is asked.

    A telling that also matches `goal_match` makes it take up `goal`.
    """

    match: str
    says: Lines = ()
    answers: Lines = ()
    goal: str = ""
    goal_match: str = ""
    feels: dict[str, float] = Field(default_factory=dict)


class Voice(Frozen):
    """One voices/*.toml file. A line that begins with * says that something is kept, and is said only if it is."""

    asks: float = Field(0.6, ge=0, le=1, description="Part of the turns that may end in a further question.")
    parts: int = Field(2, ge=1, le=4, description="Most things one reply takes up.")
    lists: str = Field("prose", pattern="^(prose|sentences|numbered)$")
    sensitivity: float = Field(1.0, ge=0, le=2, description="How far words move the mood.")
    baseline: Mood
    moods: dict[str, tuple[str, str, str]]
    company: str = Field(description="The goal it takes up when the visitor is unhappy.")
    say: dict[str, Lines]
    think: dict[str, Lines]
    topics: dict[str, Topic] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_whole(self) -> "Voice":
        if set(self.moods) != set(EMOTIONS):
            raise ValueError("moods must name each of the eight emotions")
        return self


@lru_cache(maxsize=16)
def voice(name: str) -> Voice:
    """Return the voice called `name`; the plain one when there is none of that name."""
    path = DIRECTORY / f"{name}.toml"
    if not re.fullmatch(r"[a-z0-9_-]+", name) or not path.is_file():
        path = DIRECTORY / "plain.toml"
    with path.open("rb") as file:
        return Voice.model_validate(tomllib.load(file))


def topic_of(which: Voice, clause: str) -> Topic | None:
    """Return the first topic of the voice that `clause` touches."""
    return next((topic for topic in which.topics.values() if re.search(topic.match, clause, re.I)), None)


class Picker:
    """Chooses lines: always the same for the same talk, and none twice while others are left."""

    def __init__(self, spoken: Sequence[str], seed: str, turn: int) -> None:
        """`spoken`: the entity's lines so far; `seed`: what tells this talk from others; `turn` counts its turns."""
        self._spoken = list(spoken)
        self._seed, self._turn = zlib.crc32(seed.encode("utf-8", "replace")), turn

    def line(self, lines: Sequence[str], values: Mapping[str, str], *, kept: bool = True, naming: bool = False) -> str:
        """Return one of `lines` with its slots filled from `values`; "" when none can be said.

        `kept`: whether lines that say that something is kept are true. `naming`: rather one that says what it is about.
        """
        fits = [line for line in lines if self._can(line, values, kept)]
        about = [line for line in fits if _SLOT.search(line) and self._last_said(line) < 0] if naming else []
        fits = about or fits
        if not fits:
            return ""
        start = (self._turn + self._seed % 997 + zlib.crc32(fits[0].encode())) % len(fits)
        order = [fits[(start + step) % len(fits)] for step in range(len(fits))]
        fresh = [line for line in order if self._last_said(line) < 0]
        chosen = fresh[0] if fresh else min(order, key=self._last_said)
        filled = _filled(chosen, values)
        self._spoken.append(filled)
        return filled

    def has_fresh(self, lines: Sequence[str], values: Mapping[str, str]) -> bool:
        """Whether one of `lines` could be said and was not said yet."""
        return any(self._can(line, values, True) and self._last_said(line) < 0 for line in lines)

    def was_said(self, text: str) -> bool:
        """Whether `text` was part of something said so far."""
        return any(text.casefold() in said.casefold() for said in self._spoken)

    def chance(self, part: float) -> bool:
        """Whether something that is done in the given part of the turns is done in this one."""
        return (self._seed + self._turn * 37) % 100 < part * 100

    def _can(self, line: str, values: Mapping[str, str], kept: bool) -> bool:
        return (kept or not line.startswith("*")) and all(values.get(slot.lower()) for slot in _SLOT.findall(line))

    def _last_said(self, line: str) -> int:
        """Return the number of the latest text in which `line` was said, -1 if in none."""
        pieces = [piece for piece in _SLOT.split(line.lstrip("*"))[::2] if len(piece.strip()) > 2]
        if sum(len(piece) for piece in pieces) < 6:
            return -1
        for number in range(len(self._spoken) - 1, -1, -1):
            if _in_order(pieces, self._spoken[number]):
                return number
        return -1


def _in_order(pieces: list[str], text: str) -> bool:
    at = 0
    for piece in pieces:
        at = text.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True


def _filled(line: str, values: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        slot = match.group(1)
        text = values[slot.lower()]
        return capitalized(text) if slot[0].isupper() else text

    return re.sub(r"([.?!])\.(?!\.)", r"\1", _SLOT.sub(value, line.lstrip("*")))
