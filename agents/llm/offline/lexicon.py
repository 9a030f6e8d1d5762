"""The words the offline responder knows, from lexicon.toml."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Word lists; all lower case."""

    stop: frozenset[str]
    openers: frozenset[str]
    names: frozenset[str]
    not_names: frozenset[str]
    kin: frozenset[str]
    pets: frozenset[str]
    state_verbs: frozenset[str]
    past_verbs: frozenset[str]
    thing_verbs: frozenset[str]
    event_verbs: frozenset[str]
    modals: frozenset[str]
    adverbs: frozenset[str]
    doubling: frozenset[str]
    base_verbs: frozenset[str]
    adjectives: frozenset[str]
    not_things: frozenset[str]
    foreign: frozenset[str]
    empty: frozenset[str]
    plural: frozenset[str]
    female: frozenset[str]
    male: frozenset[str]
    concepts: dict[str, str]
    written_out: dict[str, str]
    feelings: dict[str, str]


def _load() -> Lexicon:
    with (Path(__file__).parent / "lexicon.toml").open("rb") as file:
        data: dict[str, Any] = tomllib.load(file)
    words = {name: frozenset(text.split()) for name, text in data["words"].items()}
    concepts = {word: one for one, text in data["concepts"].items() for word in text.split()}
    feelings = {phrase: family for family, phrases in data["feelings"].items() for phrase in phrases}
    return Lexicon(concepts=concepts, feelings=feelings, written_out=data["written_out"], **words)


LEXICON = _load()
