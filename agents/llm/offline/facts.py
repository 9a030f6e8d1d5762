"""What a clause tells about the person who wrote it: facts worth keeping, as data."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from agents.llm.offline.feelings import feeling
from agents.llm.offline.grammar import gerund, to_third, to_you
from agents.llm.offline.lexicon import LEXICON
from agents.llm.offline.phrase import echo, key_phrase, trimmed
from agents.llm.offline.plans import plan
from agents.llm.offline.shape import Fact
from agents.llm.offline.text import bare, shortened, stem, typeset

_I = r"i(?:\s+(?:really|absolutely|just|still|also|always|do|totally|secretly|rather|so|truly|quite|kind of|kinda|simply|mostly))*"
_LIKE = re.compile(
    rf"^{_I}\s+(?P<verb>like|love|adore|enjoy|prefer|am fond of|am into|am crazy about|collect)\s+(?P<x>.+)|"
    r"^i'?m\s+(?:a (?:big |huge )?fan of|fond of|into|crazy about|keen on|mad about|obsessed with)\s+(?P<x2>.+)",
    re.I,
)
_DISLIKE = re.compile(
    rf"^{_I}\s+(?:hate|dislike|detest|loathe|can't stand|cannot stand|can't bear|despise)\s+(?P<x>.+)|"
    r"^i\s+(?:really\s+)?(?:don't|do not|never)\s+(?:really\s+)?(?:like|enjoy|care for|love)\s+(?P<x2>.+)|"
    r"^i(?:'?m| am)\s+(?:\w+\s+)?(?:afraid|scared|terrified|frightened) of\s+(?P<x3>.+)|"
    r"^i(?:'?m| am)\s+(?:\w+\s+)?allergic to\s+(?P<x4>.+)",
    re.I,
)
_FAVOURITE = re.compile(r"^my (?P<all>(?:all-time )?favou?rite (?P<y>[\w' -]{2,40}?) (?:is|are|was|has always been) (?P<x>.+))", re.I)
_FAVOURITE_BACK = re.compile(r"^(?P<x>[\w' -]{2,40}?) (?:is|are) my (?:all-time )?favou?rite (?P<y>[\w' -]{2,40})$", re.I)
_WORK = re.compile(
    r"^i\s+(?:work|am working)\s+(?P<x>(?:as|at|in|for|on|with)\s+.+)|^my job is\s+(?P<x2>.+)|"
    r"^i(?:'?m| am)\s+(?P<x3>(?:an?|the)\s+(?!bit|little|lot|mess|fan|fool|idiot|failure|genius|man|woman|person|human|robot|morning|night|big|huge).+)",
    re.I,
)
_PLACE = re.compile(
    r"^(?P<i>i\s+(?:(?:now|currently|still|actually)\s+)?live|i'?m living|i am living|i grew up|i was born|i(?:'ve| have)? moved)\s+(?P<x>(?:in|at|near|on|by|with|to|above)\s+.+)|"
    r"^i(?:'?m| am| come)\s+(?:originally )?from\s+(?P<x2>.+)",
    re.I,
)
_AGE = re.compile(r"^i(?:'?m| am)\s+(?P<n>\d{1,3})(?:\s+years?(?:\s+old)?)?$", re.I)
_STATUS = re.compile(
    r"^i(?:'?m| am)\s+(?:(?:now|recently|newly|happily|still|almost|a)\s+)?(?:(?:a )?(?:vegetarian|vegan)|married|divorced|engaged|retired|pregnant|left-handed"
    r"|colou?r ?blind|deaf|blind|unemployed|self-employed|diabetic|dyslexic|autistic|widowed|single|the (?:oldest|youngest|middle).*|an only child|good at .+|bad at .+"
    r"|(?:german|french|italian|spanish|dutch|danish|swedish|norwegian|finnish|polish|russian|american|canadian|scottish|irish|welsh|english|british|indian|chinese|japanese"
    r"|korean|greek|turkish|swiss|austrian|belgian|portuguese|brazilian|mexican))\b.*",
    re.I,
)
_ONGOING = re.compile(
    r"^i(?:'?m| am|'ve been| have been)\s+(?:(?:currently|still|just|now)\s+)?(?:learning|reading|writing|building|working on|studying|training|looking for|restoring|repairing|trying to"
    r"|knitting|painting|renovating|researching|saving|raising|practi[sc]ing|teaching)\s+.+",
    re.I,
)
_HAVE = re.compile(
    r"^i(?:\s+(?:also|still|now|only|just))?\s*(?:have got|have|'ve got|own|keep)\s+(?P<x>(?:an?|the|my|two|three|four|five|six|seven|\d+|some|no|many|one)\s+.+)", re.I
)
_MY = re.compile(
    r"^my (?P<who>[\w' -]{2,40}?) (?P<verb>is|are|was|were|has|have|had|lives?|lived|works?|worked|loves?|likes?|hates?|plays?|studies|study|comes?|came|moved|stops?|stopped|broke|died"
    r"|collects?|keeps?|makes?|made|teaches|taught|runs?|ran|wants?|says?|gave|left|needs?|turns?|turned|started|used|owns?|speaks?|sings?|got|goes|went|grew|built|bought|passed|barks?"
    r"|leaks?|squeaks?|creaks?|won't|doesn't|don't|isn't|can't|hasn't|wasn't|will|can) (?P<rest>.+)",
    re.I,
)
_MY_BARE = re.compile(r"^my (?P<who>[\w' -]{2,30}?) (?P<verb>stopped|broke|died|left|leaks|squeaks|creaks|stops|ran away|passed away)$", re.I)
_CALLED = re.compile(r"\b(?:called|named|name is|name's|name was)\s+([A-Z][\w'-]+)")
_STATE = re.compile(r"^i\s+(?:(?P<adv>\w+)\s+)?(?P<verb>\w+)(?:\s+(?P<rest>.+))?$", re.I)
_SKIP_HAVE = re.compile(r"\b(?:question|idea|feeling|problem|clue|doubt|choice|lot|bit|headache|cold|thought|point|request|favou?r|confession|guess|theory|hunch)\b", re.I)
_VAGUE = re.compile(r"^(?:it|that|this|them|him|her|you|both|so|to|everything|nothing|something|those|these|how|what|when|where|being|the way|talking (?:to|with) you.*)\b(?:$|\s|'s)", re.I)


@lru_cache(maxsize=2048)
def facts_in(clause: str) -> tuple[Fact, ...]:
    """Return what `clause` (cleaned, no question) tells about its writer; mostly nothing or one fact."""
    clause = re.sub(r"\s+(?:there|here)$", "", bare(clause), flags=re.I)
    if len(clause) < 4 or len(clause) > 280 or re.match(r"(?:if|maybe|perhaps|suppose|imagine|what if|as if|i wish|i wonder)\b", clause, re.I):
        return ()
    fact = next((fact for rule in _RULES if (fact := rule(clause)) is not None), None)
    return (_with_cause(fact, clause),) if fact else ()


def _with_cause(fact: Fact, clause: str) -> Fact:
    """Return the feeling `fact` as the heavier thing that it is about: "I'm sad because my cat died" is a grief."""
    cause = re.search(r"\b(?:because|since|that|as)\s+((?:i|my|we)\b.*)", clause, re.I)
    if cause is None or fact.kind not in FAMILIES:
        return fact
    about = next((one for rule in (_news, _my) if (one := rule(bare(cause.group(1)))) is not None), None)
    if about is None or about.kind not in {"grief", "bad_news", "good_news"}:
        return fact
    return replace(about, content=fact.content or about.content, dated=False)


def _group(match: re.Match[str]) -> str:
    return next((value for key, value in match.groupdict().items() if key.startswith("x") and value), "")


def _favourite(clause: str) -> Fact | None:
    match = _FAVOURITE.match(clause) or _FAVOURITE_BACK.match(clause)
    if match is None:
        return None
    thing, kind = trimmed(match.group("x")), match.group("y").strip()
    content = f"{{S}}’s favourite {typeset(kind)} is {typeset(thing)}."
    return Fact("favourite", content, x=echo(thing), y=kind, key=f"favourite {stem(kind)}", importance=0.6)


def _like(clause: str) -> Fact | None:
    match = _LIKE.match(clause)
    if match is None or _VAGUE.match(_group(match)):
        return None
    return Fact("like", to_third(clause), x=echo(_group(match)), key=_taste(_group(match)), importance=0.5)


def _dislike(clause: str) -> Fact | None:
    match = _DISLIKE.match(clause)
    if match is None or _VAGUE.match(_group(match)):
        return None
    return Fact("dislike", to_third(clause), x=echo(_group(match)), key=_taste(_group(match)), importance=0.5)


def _taste(thing: str) -> str:
    return "taste " + " ".join(stem(word) for word in trimmed(thing).split())


def _age(clause: str) -> Fact | None:
    match = _AGE.match(clause)
    if match is None:
        return None
    return Fact("fact", f"{{S}} is {match.group('n')} years old.", you=f"you are {match.group('n')}", key="age", importance=0.5)


def _status(clause: str) -> Fact | None:
    return Fact("fact", to_third(clause), you=to_you(clause), importance=0.55) if _STATUS.match(clause) else None


def _work(clause: str) -> Fact | None:
    match = _WORK.match(clause)
    if match is None:
        return None
    said = trimmed(_group(match))
    x = echo(re.sub(r"^(?:as|the)\s+", "", said, flags=re.I), 5)
    content = to_third(clause) if not match.group("x2") else f"{{S}}’s job is {typeset(said)}."
    is_job = match.group("x3") is None or len(said.split()) <= 5
    return Fact("work" if is_job else "fact", content, x=x, you=to_you(clause), key="work" if match.group("x") else "", importance=0.6)


def _place(clause: str) -> Fact | None:
    match = _PLACE.match(clause)
    if match is None:
        return None
    where = re.split(r"\s+(?:with|and|for|but)\s", re.sub(r"^(?:in|at|near|on|by|to|from)\s+", "", trimmed(_group(match)), flags=re.I))[0]
    is_home = bool(re.match(r"i\s+(?:\w+\s+)?live\b|i(?:'?m| am) living|i.*moved", clause, re.I)) and not re.search(r"\bwith\b", clause)
    return Fact("place", to_third(clause), x=echo(where, 5), you=to_you(clause), key="home" if is_home else "", importance=0.6)


def _possession(clause: str) -> Fact | None:
    match = _HAVE.match(clause)
    if match is None or _SKIP_HAVE.search(match.group("x")):
        return None
    words = re.findall(r"[\w'-]+", match.group("x").casefold())
    whose = next((word for word in words[1:4] if word in LEXICON.pets or word in LEXICON.kin), "")
    kind = "pet" if whose in LEXICON.pets else "kin" if whose else "thing"
    name = _CALLED.search(clause)
    x = key_phrase(match.group("x")) or echo(match.group("x"), 4)
    who = name.group(1) if name else f"your {whose}" if whose else ""
    return Fact(kind, to_third(clause), x=x, who=who, you=to_you(clause), unnamed="" if name or words[:1] not in (["a"], ["an"]) else whose, importance=0.55)


def _my(clause: str) -> Fact | None:
    match = _MY.match(clause) or _MY_BARE.match(clause)
    if match is None or match.group("who").split()[0].casefold() in LEXICON.not_things or len(match.group("who").split()) > 3:
        return None
    who, verb = match.group("who"), match.group("verb").casefold()
    heads = [word.casefold() for word in who.split()]
    head = next((word for word in heads if word in LEXICON.kin or word in LEXICON.pets), heads[-1])
    kind = "kin" if head in LEXICON.kin else "pet" if head in LEXICON.pets else "fact"
    fact = Fact(kind, to_third(clause), x=f"your {typeset(who)}", who=f"your {typeset(who)}", you=to_you(clause), importance=0.55)
    rest = match.groupdict().get("rest") or ""
    if verb in {"died", "passed away"} or (rest.startswith("away") and verb == "passed") or re.search(r"\b(?:dead|dying|cancer|hospital)\b", rest):
        return replace(fact, kind="grief", importance=0.85)
    if _CALLED.search(clause):
        return replace(fact, key=f"called {head}", who=_CALLED.findall(clause)[0])
    if verb in {"lives", "live"}:
        return replace(fact, key=f"{who.casefold()} lives")
    if head in {"birthday", "address", "age"} and verb == "is":
        return replace(fact, key=head, importance=0.7)
    return fact


def _ongoing(clause: str) -> Fact | None:
    if not _ONGOING.match(clause):
        return None
    return Fact("doing", to_third(clause), x=key_phrase(clause), you=to_you(trimmed(clause)), importance=0.5)


def _lasting(clause: str) -> Fact | None:
    """A lasting trait ("I play the cello", "I used to sail") or an event ("I found a box of old letters")."""
    match = _STATE.match(clause)
    if match is None or len(clause.split()) < 3:
        return None
    adverb, verb, rest = (match.group("adv") or "").casefold(), match.group("verb").casefold(), match.group("rest") or ""
    if adverb and adverb not in LEXICON.adverbs:
        verb, rest = adverb, f"{verb} {rest}"
    you = to_you(trimmed(clause)) if len(trimmed(clause).split()) <= 12 else ""
    if verb in LEXICON.event_verbs and not _VAGUE.match(rest) and not re.match(r"(?:it|that|you|so)\b", rest):
        return Fact("event", to_third(clause), x=key_phrase(rest), you=you, importance=0.5)
    if (verb in LEXICON.state_verbs and not _VAGUE.match(rest) and verb not in {"know", "believe", "need", "have"}) or re.match(r"used to\s", f"{verb} {rest}"):
        return Fact("fact", to_third(clause), x=key_phrase(rest), you=you, importance=0.5)
    return None


def _wish(clause: str) -> Fact | None:
    match = re.match(r"^i(?:'d| would) (?:really )?(?:love|like) to (?P<do>.+)|^i(?:'ve| have) always wanted to (?P<do2>.+)|^my dream is to (?P<do3>.+)|^i dream of (?P<do4>.+)", clause, re.I)
    if match is None:
        return None
    do = trimmed(next(value for value in match.groups() if value))
    if re.match(r"(?:know|ask|hear|see|talk|tell|say|thank|chat|speak|read) ?(?:you|more|if|about|what|how|why|a question)?\b", do, re.I):
        return None
    doing = echo(do if match.group("do4") else gerund(do))
    return Fact("wish", to_third(clause), x=key_phrase(do), doing=doing, importance=0.5)


_NEWS_GOOD = re.compile(
    r"^(?:(?:i have |i've got |some )?(?:great|good|wonderful|amazing|fantastic|big|happy) news\b.*|i (?:finally )?(?:got (?:the|a|that|my dream) (?:new )?job|got (?:promoted|engaged|married|accepted|in|the keys)|won\b.*"
    r"|passed\b.*|graduated\b.*|made it)(?:\b.*)?|(?:i'm|i am) (?:pregnant|engaged|getting married|having a baby)\b.*|we(?:'re| are) (?:having|expecting) a baby.*|it worked|i did it)$",
    re.I,
)
_NEWS_BAD = re.compile(
    r"^(?:(?:i have |i've got |some )?(?:bad|terrible|awful|sad|horrible) news\b.*|i (?:lost|just lost|got fired from|was fired from) my (?:job|home|house|money|flat|keys|wallet)\b.*|i (?:got|was) (?:fired|dumped|laid off|rejected|robbed|evicted)\b.*"
    r"|i failed\b.*|we broke up\b.*|my (?:boyfriend|girlfriend|husband|wife|partner) (?:left|dumped) me\b.*|i had an accident\b.*|i(?:'ve| have) been (?:fired|dumped|rejected)\b.*)$",
    re.I,
)


def _news(clause: str) -> Fact | None:
    for kind, pattern in (("good_news", _NEWS_GOOD), ("bad_news", _NEWS_BAD)):
        if pattern.match(clause):
            has_content = re.search(r"\bnews\b", clause, re.I) is None
            return Fact(kind, to_third(clause) if has_content else "", x=key_phrase(clause) if has_content else "", you=to_you(clause) if has_content else "", importance=0.65)
    return None


FAMILIES = frozenset(LEXICON.feelings.values())
_RULES: tuple[Callable[[str], Fact | None], ...] = (
    _news, feeling, _favourite, _like, _dislike, _age, plan, _wish, _status, _ongoing, _work, _place, _possession, _my, _lasting,
)  # fmt: skip


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
