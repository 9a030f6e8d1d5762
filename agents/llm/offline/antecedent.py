"""Whom "she", "him" or "it" means, when the lines before say so plainly."""

import re

from agents.llm.offline.lexicon import LEXICON
from agents.llm.offline.patterns import pattern

_FEMALE = set(
    [
        "mother",
        "mum",
        "mom",
        "mama",
        "sister",
        "sisters",
        "daughter",
        "wife",
        "girlfriend",
        "fiancée",
        "grandmother",
        "grandma",
        "granny",
        "nan",
        "aunt",
        "niece",
        "goddaughter",
        "granddaughter",
        "stepmother",
    ]
)
_MALE = set(
    [
        "father",
        "dad",
        "papa",
        "brother",
        "son",
        "husband",
        "boyfriend",
        "fiancé",
        "grandfather",
        "grandad",
        "grandpa",
        "uncle",
        "nephew",
        "godson",
        "grandson",
        "stepfather",
    ]
)
_MENTION = pattern("antecedent", "mention")
_SUBJECT = re.compile(r"^(?P<who>she|he|it)(?P<short>'s)?\s+(?P<rest>.+)", re.I)
_OBJECT = pattern("antecedent", "object")
_DANGLING = pattern("antecedent", "dangling")


def mentioned(text: str) -> str:
    """Return the last person or animal of the visitor's that `text` names: "daughter Mia"."""
    found = ""
    for match in _MENTION.finditer(text):
        head = match.group("head").casefold()
        if head in LEXICON.kin or head in LEXICON.pets:
            who = match.group("who")
            named = re.search(r" [A-Z][\w'-]+$", who)
            found = who if named else who[: match.start("head") - match.start("who") + len(head)]
    pet = re.search(r"\bi(?:'ve got| have got| have|'ve)? (?:an?|got an?) (?:\w+ )?(?P<head>[\w-]+)", text, re.I)
    if not found and pet and pet.group("head").casefold() in LEXICON.pets | LEXICON.kin:
        found = pet.group("head")
    return found


def resolved(clause: str, who: str) -> str:
    """Return `clause` with its pronoun replaced by "my `who`" where it can mean nobody else."""
    if not who:
        return clause
    subject = _SUBJECT.match(clause)
    if subject and _fits(subject.group("who"), who):
        verb = (
            "is "
            if subject.group("short") and not re.match(r"(?:been|got|had|gone)\b", subject.group("rest"), re.I)
            else "has "
            if subject.group("short")
            else ""
        )
        return f"my {who} {verb}{subject.group('rest')}"
    if _SUBJECT.match(clause):
        return clause
    return _OBJECT.sub(lambda match: f"my {who}" if _fits(match.group("who"), who) else match.group(), clause, count=1)


def _fits(pronoun: str, who: str) -> bool:
    words = {word.casefold() for word in who.split()}
    pronoun = pronoun.casefold()
    if pronoun == "it":
        return bool(words & LEXICON.pets)
    female, male = bool(words & _FEMALE), bool(words & _MALE)
    return not male if pronoun in {"she", "her"} else not female


def dangles(clause: str) -> bool:
    """Whether `clause` leans on something said elsewhere: "made it by hand"."""
    return _DANGLING.search(clause) is not None
