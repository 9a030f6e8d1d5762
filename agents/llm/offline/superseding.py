"""When something new takes the place of something known: one has one home, one opinion of coffee."""

import re

from agents.llm.offline.patterns import pattern
from agents.llm.offline.shape import Fact
from agents.llm.offline.text import stem

_FAVOURITE = pattern("superseding", "favourite")
_TASTE = pattern("superseding", "taste")
_SIMPLE = {name: pattern("superseding", name) for name in ("home", "work", "age", "birthday", "address")}


def supersedes(fact: Fact, content: str, aliases: tuple[str, ...]) -> bool:
    """Whether the memory `content`, on the visitor under one of `aliases`, is an older answer to what `fact` says."""
    rest = re.sub(rf"^(?:{'|'.join(map(re.escape, aliases))})(?:['’]s)?\s+", "", content, flags=re.I)
    if not fact.key or rest == content:
        return False
    kind, _, about = fact.key.partition(" ")
    if kind == "favourite":
        match = _FAVOURITE.match(rest)
        return match is not None and stem(match.group("thing")) == about
    if kind == "taste":
        match = _TASTE.match(rest)
        return match is not None and " ".join(stem(word) for word in match.group("thing").split()) == about
    if kind in _SIMPLE:
        return _SIMPLE[kind].match(rest) is not None
    if kind == "called":
        return re.match(rf"(?:\w+ )?{re.escape(about)} is (?:called|named)\b", rest, re.I) is not None
    return fact.key.endswith(" lives") and re.match(rf"{re.escape(fact.key)}\b", rest, re.I) is not None
