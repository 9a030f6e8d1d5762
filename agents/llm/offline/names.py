"""Names: how people say theirs, and when a word is none."""

import re

from agents.llm.offline.lexicon import LEXICON
from agents.llm.offline.patterns import pattern
from agents.llm.offline.phrase import trimmed
from agents.llm.offline.text import bare, unfilled

_NAME = r"(?P<name>[^\W\d_][\w'’.-]*(?:[ -](?:(?:van|de|von|der|la|di|al|O')\s)?[^\W\d_][\w'’-]*){0,2})"
_SAID = pattern("names", "said")
_AM = re.compile(rf"^(?:i'm|i am|im|it's|it is|this is)\s+{_NAME}$", re.I)
_HERE = re.compile(rf"^{_NAME} here$", re.I)
_NOT = pattern("names", "not")
_ASKED = pattern("names", "asked")
_EXCLAMATION = pattern("names", "exclamation")
_PARTICLES = frozenset({"van", "de", "von", "der", "la", "di", "al"})


def asks_name(line: str) -> bool:
    """Whether the entity's `line` asks for a name."""
    return _ASKED.search(line.replace("’", "'")) is not None


def named(clause: str, asked: bool = False) -> str:
    """Return the name that `clause` gives its writer, else "". `asked`: whether it answers a question for one."""
    clause = trimmed(unfilled(clause))
    said = _SAID.match(clause)
    if said:
        return _accepted(said.group("name"), clause[said.end() :], is_certain=True)
    am = _AM.match(clause) or _HERE.match(clause)
    if am:
        return _accepted(am.group("name"), "", is_certain=False)
    if asked and len(clause.split()) <= 3 and not _EXCLAMATION.match(clause) and re.fullmatch(_NAME, clause):
        return _accepted(clause, "", is_certain=len(clause.split()) == 1 and clause[:1].isupper())
    return ""


def denies_name(clause: str) -> bool:
    """Whether `clause` says that a name is wrong."""
    return _NOT.match(bare(clause)) is not None


def _accepted(candidate: str, after: str, *, is_certain: bool) -> str:
    """Return `candidate` cut to the words that are a name, and written as one; "" when none is."""
    words: list[str] = []
    for word in candidate.replace("’", "'").split():
        low = word.casefold().rstrip(".'-")
        if (
            low in LEXICON.not_names
            or low in LEXICON.feelings
            or (words and not word[:1].isupper() and low not in _PARTICLES)
        ):
            break
        words.append(word.strip(".'-"))
    if not words or not words[0]:
        return ""
    first = words[0]
    is_name = (
        (first[:1].isupper() and not (first.isupper() and len(first) > 3))
        or first.casefold() in LEXICON.names
        or not first.isascii()
    )
    if not is_name:
        alone = len(words) == len(candidate.split()) and not re.match(r"\s*\w", after)
        if not (is_certain and alone and not first.casefold().endswith(("ing", "ed"))):
            return ""
    if not is_certain and (len(words) < len(candidate.split()) or first.casefold().endswith(("ing", "ed"))):
        return ""
    if len(" ".join(words)) > 40:
        return ""
    return " ".join(_as_name(word) for word in words)


def _as_name(word: str) -> str:
    shouted = word.isupper() and len(word) > 3
    is_particle = word in _PARTICLES
    return word if (word[:1].isupper() and not shouted) or is_particle else word[:1].upper() + word[1:].lower()
