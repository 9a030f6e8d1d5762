"""How a person says they feel."""

import re

from agents.llm.offline.grammar import phrase_to_you, quoted, to_third, to_you
from agents.llm.offline.lexicon import LEXICON
from agents.llm.offline.patterns import pattern
from agents.llm.offline.phrase import trimmed
from agents.llm.offline.shape import Fact
from agents.llm.offline.text import bare, typeset

_FEEL = pattern("feelings", "feel")
_CANNOT = re.compile(r"^i (?:can't|cannot|couldn't|could not) sleep\b.*", re.I)
_LEAD, _TAIL = pattern("feelings", "lead"), pattern("feelings", "tail")
_ACHE = pattern("feelings", "ache")
_POINTED = pattern("feelings", "pointed")
_HEAVY = pattern("feelings", "heavy")
_LONGEST_FIRST = sorted(LEXICON.feelings, key=len, reverse=True)
_CAUSE = pattern("feelings", "cause")
_SUPPOSED = pattern("feelings", "supposed")
_OF_OTHERS = frozenset({"afraid", "happy", "sad", "angry"})
_AFTER = pattern("feelings", "after")
_BETWEEN = pattern("feelings", "between")
_NO_CAUSE = {
    "calm": {"at", "with", "for", "in", "to", "of", "by"}, "happy": {"to", "at"}, "afraid": {"of", "that", "to", "i"},
    "sad": {"to", "for", "with", "on", "in", "at"}, "sick": {"to"}, "lonely": {"to"}, "tired": {"to"},
}  # fmt: skip


def feeling(clause: str) -> Fact | None:
    """Return the feeling that `clause` states, kind = its family (sad, tired, angry, …, calm), or None."""
    clause = _plainly(clause)
    if _ACHE.match(clause):
        return Fact("sick", to_third(clause), you=to_you(clause), importance=0.4, dated=True)
    if _HEAVY.match(clause):
        return Fact("sad", quoted(clause), you=to_you(clause), importance=0.45, dated=True)
    if _CANNOT.match(clause):
        return Fact("tired", to_third(clause), you=to_you(clause), importance=0.4, dated=True)
    match = _FEEL.match(clause)
    if match is None:
        return None
    rest, negated = match.group("rest"), bool(match.group("not"))
    low = rest.casefold()
    phrase = next(
        (one for one in _LONGEST_FIRST if low.startswith(one) and not low[len(one) : len(one) + 1].isalpha()), ""
    )
    if not phrase:
        return None
    family = _family(LEXICON.feelings[phrase], negated)
    after = _BETWEEN.sub(" ", rest[len(phrase) :])
    cause = _CAUSE.match(after)
    if cause and _POINTED.match(cause.group("cause")):
        cause, after = None, ""
    if family in _OF_OTHERS and _SUPPOSED.match(after):
        return Fact(family, quoted(clause), y=phrase, you=to_you(clause), importance=0.45, dated=True)
    if not cause and not _AFTER.match(after):
        return None
    if cause and (
        cause.group("link").casefold() in _NO_CAUSE.get(family, set())
        or (phrase == "mad" and cause.group("link") == "about")
    ):
        return None
    word = ("not " if negated else "") + phrase
    return Fact(
        family,
        _content(clause, word, family, cause),
        x=_echo(cause),
        y=word,
        you=to_you(clause),
        importance=0.45,
        dated=True,
    )


def _plainly(clause: str) -> str:
    """Return `clause` without what only leads up to it or hedges it at its end."""
    clause = _LEAD.sub("", clause)
    while (shorter := bare(_TAIL.sub("", clause))) != clause:
        clause = shorter
    return clause


def _family(family: str, negated: bool) -> str:
    if not negated:
        return family
    return "sad" if family in {"happy", "calm"} else "calm"


def _echo(cause: re.Match[str] | None) -> str:
    """Return the cause as a noun phrase that can be said back, when it is one."""
    if cause is None or cause.group("link").casefold() in {"because", "since", "that", "as"}:
        return ""
    thing = trimmed(cause.group("cause"))
    return phrase_to_you(thing) if len(thing.split()) <= 5 else ""


def _content(clause: str, word: str, family: str, cause: re.Match[str] | None) -> str:
    """Return the sentence to remember; nothing for a passing "fine"."""
    if family == "calm":
        return ""
    if cause is None:
        return f"{{S}} felt {typeset(word)}."
    turned = to_third("I felt " + word + " " + bare(cause.group(0)))
    return turned if not turned.startswith("{S} said") else quoted(clause)
