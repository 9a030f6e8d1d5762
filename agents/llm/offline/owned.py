"""What is said of "my …": whose or what, the name beside it, and the verb, whichever that is."""

import re
from itertools import pairwise

from agents.llm.offline.grammar import base
from agents.llm.offline.lexicon import LEXICON
from agents.llm.offline.patterns import pattern

_BESIDE = pattern("owned", "beside")
_SHORT = pattern("owned", "short")
_AUXILIARY = pattern("owned", "auxiliary")
_WEEKDAY = re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b")
_NAMED = re.compile(r"(?<=my )(?P<relative>\w+) (?P<name>[a-z]+)\b(?!')")
_RELATIVES = LEXICON.kin | LEXICON.pets
_VERBS = LEXICON.base_verbs | LEXICON.state_verbs | LEXICON.thing_verbs
_NOT_PAST = {"shed", "need", "feed", "seed", "weed", "breed", "speed", "steed", "creed", "sled", "greed"}
_MOST_WORDS = 5


def apposed(clause: str) -> str:
    """Return `clause` with "my daughter, Ella," and "our daughter’s starting" written plainly."""
    clause = _WEEKDAY.sub(lambda match: match.group().capitalize(), clause)
    clause = re.sub(r"^our (?=[\w-]+ )", "my ", clause, flags=re.I)
    clause = _BESIDE.sub(lambda match: f"my {match.group('who')} {match.group('name')} ", clause, count=1).strip()
    clause = _SHORT.sub(lambda match: f"my {match.group('who')} {_full(match.group('next'))} ", clause, count=1)
    return _NAMED.sub(_capitalized, clause, count=1)


def _capitalized(match: re.Match[str]) -> str:
    relative, name = match.group("relative"), match.group("name")
    is_name = relative.casefold() in _RELATIVES and name in LEXICON.names
    return f"{relative} {name.capitalize()}" if is_name else match.group()


def _full(following: str) -> str:
    return "has" if following.casefold() in {"been", "got", "gone", "had", "just"} else "is"


def owned(clause: str) -> re.Match[str] | None:
    """Return `clause` split into who, verb and rest where it tells of "my …", else None."""
    words = clause.split()
    if len(words) < 3 or words[0].casefold() != "my" or words[1].casefold() in LEXICON.not_things:
        return None
    for index in range(2, min(len(words), _MOST_WORDS + 2)):
        who, verb = words[1:index], index
        if who[-1].casefold() == "and" or words[index].casefold() == "i":
            continue
        while verb < len(words) - 1 and words[verb].casefold() in LEXICON.adverbs:
            verb += 1
        if _is_verb(words[verb], who):
            split = (
                rf"my (?P<who>{_spaced(who)})(?: (?:{_spaced(words[index:verb])}))? (?P<verb>{re.escape(words[verb])})"
            )
            return re.match(rf"{split}(?: (?P<rest>.+))?$", " ".join(words), re.I)
    return None


def _spaced(words: list[str]) -> str:
    return " ".join(map(re.escape, words))


def _is_verb(word: str, who: list[str]) -> bool:
    low, last = word.casefold().strip(","), who[-1].casefold().removesuffix("'s")
    if who[-1].casefold().endswith("'s") or word != word.lower():
        return False
    if _AUXILIARY.fullmatch(low) or low in LEXICON.past_verbs or low in LEXICON.modals:
        return True
    if low.endswith("ed") and len(low) > 3 and low not in _NOT_PAST:
        return True
    if is_plural(who):
        return low in _VERBS
    if not low.endswith("s") or low.endswith("ss"):
        return False
    named = last in _RELATIVES or any(one.casefold() in _RELATIVES for one in who[:-1])
    return base(low) in _VERBS or (named and low not in LEXICON.kin and low not in LEXICON.pets)


def is_plural(who: list[str]) -> bool:
    """Whether the words `who` stand for more than one."""
    low = [word.casefold() for word in who]
    head = next((word for word in low if word in _RELATIVES), low[-1])
    return "and" in low or head in LEXICON.plural or (head not in LEXICON.kin and head.endswith("s"))


def name_in(who: str) -> str:
    """Return the name that stands beside the person or animal of `who`: daughter Ella, Ella; else ""."""
    words = who.split()
    for before, word in pairwise(words):
        given = word[:1].isupper() or word.casefold() in LEXICON.names
        if before.casefold() in _RELATIVES and given and not word.endswith("'s"):
            return word[:1].upper() + word[1:]
    return ""
