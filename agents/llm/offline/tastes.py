"""What people like, dislike and like best."""

from agents.llm.offline.grammar import to_third
from agents.llm.offline.patterns import pattern
from agents.llm.offline.phrase import echo, trimmed
from agents.llm.offline.shape import Fact, about, is_vague
from agents.llm.offline.text import stem, typeset

_LIKE = pattern("tastes", "like")
_DISLIKE = pattern("tastes", "dislike")
_FAVOURITE = pattern("tastes", "favourite")
_FAVOURITE_BACK = pattern("tastes", "favourite_back")


def favourite(clause: str) -> Fact | None:
    """Return a favourite: "my favourite tea is rooibos" that `clause` tells, or None."""
    match = _FAVOURITE.match(clause) or _FAVOURITE_BACK.match(clause)
    if match is None:
        return None
    thing, kind = trimmed(match.group("x")), match.group("y").strip()
    content = f"{{S}}’s favourite {typeset(kind)} is {typeset(thing)}."
    return Fact("favourite", content, x=echo(thing), y=kind, key=f"favourite {stem(kind)}", importance=0.6)


def like(clause: str) -> Fact | None:
    """Return a liking that `clause` tells, or None."""
    match = _LIKE.match(clause)
    if match is None or is_vague(about(match)):
        return None
    return Fact("like", to_third(clause), x=echo(about(match)), key=_taste(about(match)), importance=0.5)


def dislike(clause: str) -> Fact | None:
    """Return an aversion or a fear that `clause` tells, or None."""
    match = _DISLIKE.match(clause)
    if match is None or is_vague(about(match)):
        return None
    return Fact("dislike", to_third(clause), x=echo(about(match)), key=_taste(about(match)), importance=0.5)


def _taste(thing: str) -> str:
    return "taste " + " ".join(stem(word) for word in trimmed(thing).split())
