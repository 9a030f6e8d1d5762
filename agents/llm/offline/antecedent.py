"""Whom "she", "him" or "it" means, when the lines before say so plainly."""

import re

from agents.llm.offline.lexicon import LEXICON
from agents.llm.offline.patterns import pattern

_MENTION = pattern("antecedent", "mention")
_OWNED = re.compile(r"\bi(?:'ve got| have got| have|'ve)? (?:an?|got an?) (?:\w+ )?(?P<head>[\w-]+)", re.I)
_SUBJECT = re.compile(r"^(?P<who>she|he|it)(?P<short>'s)?\s+(?P<rest>.+)", re.I)
_OBJECT = pattern("antecedent", "object")
_DANGLING = pattern("antecedent", "dangling")


def mentioned(text: str) -> tuple[str, ...]:
    """Return the people and animals of the visitor's that `text` names, in order: "daughter Mia"."""
    found: list[str] = []
    for match in _MENTION.finditer(text):
        head = match.group("head").casefold()
        if head in LEXICON.kin or head in LEXICON.pets:
            who = match.group("who")
            named = re.search(r" [A-Z][\w'-]+$", who)
            found.append(who if named else who[: match.start("head") - match.start("who") + len(head)])
    owned = _OWNED.search(text)
    if not found and owned and owned.group("head").casefold() in LEXICON.pets | LEXICON.kin:
        found.append(owned.group("head"))
    return tuple(found)


def resolved(clause: str, among: tuple[str, ...]) -> str:
    """Return `clause` with its pronoun replaced by "my …" where it can mean one of those `among` it, the last first."""
    subject = _SUBJECT.match(clause)
    if subject:
        who = _meant(subject.group("who"), among)
        return f"my {who} {_verb(subject)}{subject.group('rest')}" if who else clause

    def replaced(match: re.Match[str]) -> str:
        who = _meant(match.group("who"), among)
        return f"my {who}" if who else match.group()

    return _OBJECT.sub(replaced, clause, count=1)


def _verb(subject: re.Match[str]) -> str:
    if not subject.group("short"):
        return ""
    return "has " if re.match(r"(?:been|got|had|gone)\b", subject.group("rest"), re.I) else "is "


def _meant(pronoun: str, among: tuple[str, ...]) -> str:
    return next((who for who in reversed(among) if _fits(pronoun.casefold(), who)), "")


def _fits(pronoun: str, who: str) -> bool:
    words = {word.casefold() for word in who.split()}
    if pronoun == "it":
        return bool(words & LEXICON.pets)
    return not words & (LEXICON.male if pronoun in {"she", "her"} else LEXICON.female)


def dangles(clause: str) -> bool:
    """Whether `clause` leans on something said elsewhere: "made it by hand"."""
    return _DANGLING.search(clause) is not None
