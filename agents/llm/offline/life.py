"""Who people are, where they live, what and whom they have."""

import re
from dataclasses import replace

from agents.llm.offline.grammar import to_third, to_you
from agents.llm.offline.lexicon import LEXICON
from agents.llm.offline.owned import name_in, owned
from agents.llm.offline.patterns import pattern
from agents.llm.offline.phrase import echo, key_phrase, trimmed
from agents.llm.offline.shape import Fact, about
from agents.llm.offline.text import typeset

_WORK = pattern("life", "work")
_PLACE = pattern("life", "place")
_AGE = re.compile(r"^i(?:'?m| am)\s+(?P<n>\d{1,3})(?:\s+years?(?:\s+old)?)?$", re.I)
_STATUS = pattern("life", "status")
_HAVE = pattern("life", "have")
_SKIP_HAVE = pattern("life", "skip_have")
_MEAN = pattern("life", "mean")
_MY = pattern("life", "my")
_MY_BARE = pattern("life", "my_bare")
_WHEN = pattern("life", "day")
_ILL = pattern("life", "ill")
MOST_WORDS = 4
_CALLED = re.compile(r"\b(?:called|named|name is|name's|name was)\s+([A-Z][\w'-]+)")


def age(clause: str) -> Fact | None:
    """Return an age that `clause` tells, or None."""
    match = _AGE.match(clause)
    if match is None:
        return None
    return Fact(
        "fact", f"{{S}} is {match.group('n')} years old.", you=f"you are {match.group('n')}", key="age", importance=0.5
    )


def status(clause: str) -> Fact | None:
    """Return a lasting state: "I'm vegetarian" that `clause` tells, or None."""
    return Fact("fact", to_third(clause), you=to_you(clause), importance=0.55) if _STATUS.match(clause) else None


def work(clause: str) -> Fact | None:
    """Return a trade or place of work that `clause` tells, or None."""
    match = _WORK.match(clause)
    if match is None:
        return None
    said = trimmed(about(match))
    x = echo(re.sub(r"^(?:as|the)\s+", "", said, flags=re.I), 5)
    content = to_third(clause) if not match.group("x2") else f"{{S}}’s job is {typeset(said)}."
    is_job = match.group("x3") is None or len(said.split()) <= 5
    return Fact(
        "work" if is_job else "fact",
        content,
        x=x,
        you=to_you(clause),
        key="work" if match.group("x") else "",
        importance=0.6,
    )


def place(clause: str) -> Fact | None:
    """Return a home or origin that `clause` tells, or None."""
    match = _PLACE.match(clause)
    if match is None:
        return None
    where = re.split(
        r"\s+(?:with|and|for|but)\s",
        re.sub(r"^(?:in|at|near|on|by|to|from)\s+", "", trimmed(about(match)), flags=re.I),
    )[0]
    if where[:1].isdigit():
        return Fact("fact", to_third(clause), you=to_you(clause), importance=0.55)
    is_home = bool(re.match(r"i\s+(?:\w+\s+)?live\b|i(?:'?m| am) living|i.*moved", clause, re.I)) and not re.search(
        r"\bwith\b", clause
    )
    return Fact(
        "place", to_third(clause), x=echo(where, 5), you=to_you(clause), key="home" if is_home else "", importance=0.6
    )


def possession(clause: str) -> Fact | None:
    """Return somebody or something that one has that `clause` tells, or None."""
    match = _HAVE.match(clause)
    if match is None or _SKIP_HAVE.search(match.group("x")):
        return None
    words = re.findall(r"[\w'-]+", match.group("x").casefold())
    whose = next((word for word in words[1:4] if word in LEXICON.pets or word in LEXICON.kin), "")
    kind = "pet" if whose in LEXICON.pets else "kin" if whose else "thing"
    name = _CALLED.search(clause)
    x = key_phrase(match.group("x")) or echo(match.group("x"), 4)
    who = name.group(1) if name else f"your {whose}" if whose else ""
    return Fact(
        kind,
        to_third(clause),
        x=x,
        who=who,
        you=to_you(clause),
        unnamed="" if name or words[:1] not in (["a"], ["an"]) else whose,
        importance=0.55,
    )


def belonging(clause: str) -> Fact | None:
    """Return what is said of "my …" that `clause` tells, or None."""
    match = owned(clause) or _MY.match(clause) or _MY_BARE.match(clause)
    if (
        match is None
        or match.group("who").casefold().endswith((" i", " me", " myself"))
        or re.fullmatch(r"(?:it|that|this|so|them)", match.groupdict().get("rest") or "", re.I)
        or match.group("who").split()[0].casefold() in LEXICON.not_things
        or len(match.group("who").split()) > MOST_WORDS
    ):
        return None
    who, verb = match.group("who"), match.group("verb").casefold()
    heads = [word.casefold() for word in who.split()]
    head = next((word for word in heads if word in LEXICON.kin or word in LEXICON.pets), heads[-1])
    kind = "kin" if head in LEXICON.kin else "pet" if head in LEXICON.pets else "fact"
    rest = match.groupdict().get("rest") or ""
    if not rest and kind == "fact" and verb in {"is", "was", "has", "does", "did", "can", "will"}:
        return None
    fact = Fact(
        kind,
        to_third(clause),
        x=f"your {typeset(who)}",
        who=name_in(who) or f"your {typeset(who)}",
        you=to_you(clause),
        importance=0.55,
        dated=_WHEN.search(rest) is not None,
    )
    if (
        verb in {"died", "passed away"}
        or (rest.startswith("away") and verb == "passed")
        or re.search(r"\bdead\b", rest)
    ):
        return replace(fact, kind="grief", importance=0.85)
    if kind != "fact" and _ILL.search(f"{verb} {rest}"):
        return replace(fact, kind="bad_news", importance=0.8)
    if kind == "kin" and _MEAN.search(f"{verb} {rest}"):
        return replace(fact, kind="angry", content="")
    if _CALLED.search(clause):
        return replace(fact, key=f"called {head}", who=_CALLED.findall(clause)[0])
    if verb in {"lives", "live"}:
        return replace(fact, key=f"{who.casefold()} lives")
    if head in {"birthday", "address", "age"} and verb == "is":
        return replace(fact, key=head, importance=0.7)
    return fact
