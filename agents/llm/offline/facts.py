"""What a clause tells about the person who wrote it: facts worth keeping, as data."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from agents.llm.offline.feelings import feeling
from agents.llm.offline.grammar import to_third, to_you
from agents.llm.offline.happenings import lasting, news, ongoing, wish
from agents.llm.offline.lexicon import LEXICON
from agents.llm.offline.life import age, belonging, place, possession, status, work
from agents.llm.offline.owned import apposed
from agents.llm.offline.plans import plan
from agents.llm.offline.shape import Fact
from agents.llm.offline.tastes import dislike, favourite, like
from agents.llm.offline.text import bare, shortened, typeset

_RULES: tuple[Callable[[str], Fact | None], ...] = (
    news,
    feeling,
    favourite,
    like,
    dislike,
    age,
    plan,
    wish,
    status,
    ongoing,
    work,
    place,
    possession,
    belonging,
    lasting,
)
FAMILIES = frozenset(LEXICON.feelings.values())
_SUPPOSED = re.compile(r"(?:if|maybe|perhaps|suppose|imagine|what if|as if|i wish|i wonder)\b", re.I)


@lru_cache(maxsize=2048)
def facts_in(clause: str) -> tuple[Fact, ...]:
    """Return what `clause` (cleaned, no question) tells about its writer; mostly nothing or one fact."""
    clause = re.sub(r"\s+(?:there|here)$", "", bare(clause), flags=re.I)
    clause = apposed(clause)
    if len(clause) < 4 or len(clause) > 280 or _SUPPOSED.match(clause):
        return ()
    fact = next((fact for rule in _RULES if (fact := rule(clause)) is not None), None)
    return (_with_cause(fact, clause),) if fact else ()


def _with_cause(fact: Fact, clause: str) -> Fact:
    """Return the feeling `fact` as the heavier thing that it is about: "I'm sad because my cat died" is a grief."""
    cause = re.search(r"\b(?:because|since|that|as)\s+((?:i|my|we)\b.*)", clause, re.I)
    if cause is None or fact.kind not in FAMILIES:
        return fact
    about = next((one for rule in (news, belonging) if (one := rule(bare(cause.group(1)))) is not None), None)
    if about is None or about.kind not in {"grief", "bad_news", "good_news"}:
        return fact
    return replace(about, content=fact.content or about.content, dated=False)


def remembered_fact(clause: str) -> Fact:
    """Return what "remember that …" asks to be kept, whatever it is about."""
    found = facts_in(clause)
    if found and found[0].content:
        return replace(found[0], importance=max(found[0].importance, 0.7))
    return Fact("fact", _any(clause), you=to_you(clause), importance=0.7)


def _any(clause: str) -> str:
    clause = shortened(bare(clause), 300)
    if re.match(r"(?:i|i'm|i've|my)\b", clause, re.I):
        return to_third(clause)
    return f"{{S}} asked to have this remembered: {typeset(clause)}."
