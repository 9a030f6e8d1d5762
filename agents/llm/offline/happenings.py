"""What people do, did, wish for and hear."""

import re

from agents.llm.offline.grammar import gerund, to_third, to_you
from agents.llm.offline.lexicon import LEXICON
from agents.llm.offline.patterns import pattern
from agents.llm.offline.phrase import echo, key_phrase, trimmed
from agents.llm.offline.shape import Fact, is_vague

_ONGOING = pattern("happenings", "ongoing")
_NEVER = pattern("happenings", "never")
_WISH = pattern("happenings", "wish")
_POLITE = pattern("happenings", "polite")
_STATE = re.compile(r"^i\s+(?:(?P<adv>\w+)\s+)?(?P<verb>\w+)(?:\s+(?P<rest>.+))?$", re.I)
_SLIGHT, _TO_YOU = pattern("happenings", "slight"), pattern("happenings", "to_you")
_NEWS_GOOD = pattern("happenings", "news_good")
_NEWS_BAD = pattern("happenings", "news_bad")


def ongoing(clause: str) -> Fact | None:
    """Return something one is in the middle of that `clause` tells, or None."""
    if not _ONGOING.match(clause):
        return None
    return Fact("doing", to_third(clause), x=key_phrase(clause), you=to_you(trimmed(clause)), importance=0.5)


def lasting(clause: str) -> Fact | None:
    """A lasting trait ("I play the cello", "I used to sail") or an event ("I found a box of old letters")."""
    if _NEVER.match(clause):
        return Fact("fact", to_third(clause), you=to_you(trimmed(clause)), importance=0.5)
    match = _STATE.match(clause)
    if match is None or len(clause.split()) < 3:
        return None
    adverb, verb, rest = (
        (match.group("adv") or "").casefold(),
        match.group("verb").casefold(),
        match.group("rest") or "",
    )
    if adverb and adverb not in LEXICON.adverbs:
        verb, rest = adverb, f"{verb} {rest}"
    you = to_you(trimmed(clause)) if len(trimmed(clause).split()) <= 12 else ""
    if verb in LEXICON.event_verbs and not is_vague(rest) and not re.match(r"(?:it|that|you|so)\b", rest):
        return Fact("event", to_third(clause), x=key_phrase(rest), you=you, importance=0.5)
    is_past = (verb in LEXICON.past_verbs or (verb.endswith("ed") and len(verb) > 4)) and not _SLIGHT.match(verb)
    if is_past and not is_vague(rest) and re.search(r"\w{3}", rest) and not _TO_YOU.search(rest):
        return Fact("event", to_third(clause), x=key_phrase(rest), you=you, importance=0.4)
    if (
        verb in LEXICON.state_verbs and not is_vague(rest) and verb not in {"know", "believe", "need", "have"}
    ) or re.match(r"used to\s", f"{verb} {rest}"):
        return Fact("fact", to_third(clause), x=key_phrase(rest), you=you, importance=0.5)
    return None


def wish(clause: str) -> Fact | None:
    """Return a wish that `clause` tells, or None."""
    match = _WISH.match(clause)
    if match is None:
        return None
    do = trimmed(next(value for value in match.groups() if value))
    if _POLITE.match(do):
        return None
    doing = echo(do if match.group("do4") else gerund(do))
    return Fact("wish", to_third(clause), x=key_phrase(do), doing=doing, importance=0.5)


def news(clause: str) -> Fact | None:
    """Return good or bad news that `clause` tells, or None."""
    for kind, form in (("good_news", _NEWS_GOOD), ("bad_news", _NEWS_BAD)):
        if form.match(clause):
            has_content = re.search(r"\bnews\b|\bguess\b", clause, re.I) is None
            return Fact(
                kind,
                to_third(clause) if has_content else "",
                x=key_phrase(clause) if has_content else "",
                you=to_you(clause) if has_content else "",
                importance=0.65,
            )
    return None
