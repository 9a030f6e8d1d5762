"""What a person means to do, and when."""

import re

from agents.llm.offline.grammar import gerund, to_third, to_you
from agents.llm.offline.lexicon import LEXICON
from agents.llm.offline.patterns import part, pattern
from agents.llm.offline.phrase import echo, trimmed
from agents.llm.offline.shape import Fact
from agents.llm.offline.text import bare

WHEN = part("when")
_LEAD = re.compile(rf"^(?P<when>{WHEN}),?\s+(?=i\b|i'm\b|i'll\b)", re.I)
_TOGETHER = re.compile(r"^(?:we|(?:my [\w ]{2,30}|[A-Z][\w'-]+) and i)(?:'re| are) (?=\w+ing\b)", re.I)
_TO = pattern("plans", "to")
_OF = pattern("plans", "of")
_ING = re.compile(rf"^i(?:'?m| am)\s+(?:(?:just|finally|also)\s+)?(?P<doing>\w{{2,}}ing\b.*?\b{WHEN}\b.*)", re.I)
_WHAT = pattern("plans", "what")
_MY = pattern("plans", "my")
_TRIVIAL = pattern("plans", "trivial")
_PLACES = re.compile(
    r"^(?:the|a|an|my|our)\s|^(?:work|school|church|town|market|court|university|college|hospital)\b|^[A-Z]"
)
_TIME = re.compile(rf"[\s,]*\b{WHEN}\b", re.I)


def plan(clause: str) -> Fact | None:
    """Return the plan that `clause` states in the first person, or None."""
    lead = _LEAD.match(clause)
    when = lead.group("when") if lead else ""
    clause = _TOGETHER.sub("I'm ", clause[lead.end() :] if lead else clause)
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
    return Fact(
        "plan",
        content,
        x=_TIME.sub("", echo(doing, 10)),
        doing=echo(doing, 10),
        importance=0.55,
        dated=_TIME.search(f" {clause} {when}") is not None,
    )


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
    if match and not re.match(
        r"(?:feeling|doing (?:ok|fine|well|good)|thinking|talking|going to (?:bed|sleep)|being)\b",
        match.group("doing"),
        re.I,
    ):
        return trimmed(match.group("doing"))
    past = re.match(r"i\s+(?P<do>(?:will |shall )?\w+ .+)", clause, re.I) if when else None
    return (
        gerund(trimmed(past.group("do")))
        if past and past.group("do").split()[0].casefold() in LEXICON.base_verbs
        else None
    )


def untimed(doing: str) -> str:
    """Return the verb phrase `doing` without its time: painting the shed tomorrow, painting the shed."""
    return bare(_TIME.sub("", doing)) or doing
