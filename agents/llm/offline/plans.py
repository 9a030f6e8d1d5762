"""What a person means to do, and when."""

import re

from agents.llm.offline.grammar import gerund, to_third, to_you
from agents.llm.offline.lexicon import LEXICON
from agents.llm.offline.phrase import echo, trimmed
from agents.llm.offline.shape import Fact
from agents.llm.offline.text import bare

_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
WHEN = (
    rf"(?:tomorrow(?: (?:morning|afternoon|evening|night))?|tonight|later(?: today)?|soon|today|this (?:evening|weekend|afternoon|morning|week|summer|winter|spring|autumn|month|year|{_DAY})"
    rf"|next (?:week(?:end)?|month|year|summer|winter|spring|autumn|{_DAY})|(?:on|by|this|next) {_DAY}(?: (?:morning|afternoon|evening|night))?|in (?:a|an|two|three|four|five|six|\d+) (?:minutes?|hours?|days?|weeks?|months?|years?)"
    r"|at (?:the weekend|christmas|easter|\d{1,2}(?:[:.]\d\d)?\s?(?:am|pm|o'clock)?)|in (?:january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|autumn|winter))"
)
_LEAD = re.compile(rf"^(?P<when>{WHEN}),?\s+(?=i\b|i'm\b|i'll\b)", re.I)
_TO = re.compile(
    r"^i(?:(?:'?m| am)\s+(?:(?:just|finally|now|also|still|really)\s+)*(?P<go>going to|gonna|planning to|about to|hoping to|supposed to)|(?:'ll| will)(?:\s+(?:finally|probably|also|just))?|\s+(?:really |still |finally |just |also )*(?:plan to|intend to|mean to|want to"
    r"|hope to|need to|have to|must|gotta|wanna|should)|'ve got to| have got to|'ve decided to| have decided to| decided to| promised to)\s+(?P<do>.+)",
    re.I,
)
_OF = re.compile(r"^i(?:'?m| am|'ve been| have been)\s+(?:thinking (?:of|about)|looking forward to|planning on|considering)\s+(?P<doing>\w+ing\b.*)", re.I)
_ING = re.compile(rf"^i(?:'?m| am)\s+(?:(?:just|finally|also)\s+)?(?P<doing>\w{{2,}}ing\b.*?\b{WHEN}\b.*)", re.I)
_WHAT = re.compile(rf"^i(?:'ve got| have got| have|'ve)\s+(?P<x>(?:an?|my|the)\s+[\w' -]{{3,60}}?)\s+(?P<when>{WHEN})\b", re.I)
_MY = re.compile(rf"^my (?P<x>exam|interview|appointment|flight|holiday|trip|operation|surgery|test|wedding|concert|presentation|date|birthday party|driving test|first day[\w ]*) (?:is|starts|begins) (?P<when>{WHEN})\b", re.I)
_TRIVIAL = re.compile(
    r"^(?:be (?:back|right back|honest|fine|ok|okay|there)|go(?: now| soon)?$|leave(?: now)?$|run$|go to (?:bed|sleep)|sleep$|bed\b|sleep\b|say|tell you|ask|know|see (?:if|what|how)\b|talk|chat|try$|think (?:about it|it over)?|let you|do (?:it|that|so)$|die\b|cry\b"
    r"|kill|thank|hear|admit|believe|remember|show you|have to|give you|make sure|stop$|wait|you\b|understand|need|love|like|miss|always|never|not\b|help you|keep that|take that|come back|forget|be\b|get going|get back|pee|eat you)",
    re.I,
)
_PLACES = re.compile(r"^(?:the|a|an|my|our)\s|^(?:work|school|church|town|market|court|university|college|hospital)\b|^[A-Z]")
_TIME = re.compile(rf"[\s,]*\b{WHEN}\b", re.I)


def plan(clause: str) -> Fact | None:
    """Return the plan that `clause` states in the first person, or None."""
    lead = _LEAD.match(clause)
    when = lead.group("when") if lead else ""
    clause = clause[lead.end() :] if lead else clause
    what = _WHAT.match(clause) or _MY.match(clause)
    if what:
        thing = re.sub(r"^(?:an?|the|my)\s+", "", what.group("x"), flags=re.I)
        content = to_third(clause) if what.re is _WHAT else f"{{S}}’s {thing} is {what.group('when')}."
        return Fact("appointment", content, x=f"the {thing}", doing=f"the {thing}", importance=0.6, dated=True)
    doing = _doing(clause, when)
    if doing is None:
        return None
    content = to_third(clause)
    if re.search(r"\b(?:every|each|always|usually|often|sometimes)\b", clause, re.I):
        return Fact("fact", content, you=to_you(clause), importance=0.5)
    if re.search(r"\b(?:thinking (?:of|about)|considering)\b", clause, re.I):
        return Fact("wish", content, x=echo(doing, 10), doing=echo(doing, 10), importance=0.5)
    if when:
        content = content[:-1] + f" {when.casefold()}."
    return Fact("plan", content, x=_TIME.sub("", echo(doing, 10)), doing=echo(doing, 10), importance=0.55, dated=_TIME.search(f" {clause} {when}") is not None)


def _doing(clause: str, when: str) -> str | None:
    match = _TO.match(clause)
    if match:
        do = trimmed(match.group("do"))
        if _PLACES.match(do) and (match.group("go") or "").casefold() == "going to":
            return f"going to {do}"
        if _TRIVIAL.match(do) or not do.split()[0].isalpha() or do.split()[0].casefold() in LEXICON.adverbs:
            return None
        return gerund(do)
    match = _OF.match(clause) or _ING.match(clause)
    if match and not re.match(r"(?:feeling|doing (?:ok|fine|well|good)|thinking|talking|going to (?:bed|sleep)|being)\b", match.group("doing"), re.I):
        return trimmed(match.group("doing"))
    past = re.match(r"i\s+(?P<do>(?:will |shall )?\w+ .+)", clause, re.I) if when else None
    return gerund(trimmed(past.group("do"))) if past and past.group("do").split()[0].casefold() in LEXICON.base_verbs else None


def untimed(doing: str) -> str:
    """Return the verb phrase `doing` without its time: painting the shed tomorrow, painting the shed."""
    return bare(_TIME.sub("", doing)) or doing
