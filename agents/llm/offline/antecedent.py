"""Whom "she", "him" or "it" means, when the lines before say so plainly."""

import re

from agents.llm.offline.lexicon import LEXICON
from agents.llm.offline.owned import apposed, name_in
from agents.llm.offline.patterns import pattern
from agents.llm.offline.text import typeset

_MENTION = pattern("antecedent", "mention")
_OWNED = re.compile(r"\bi(?:'ve got| have got| have|'ve)? (?:an?|got an?) (?:\w+ )?(?P<head>[\w-]+)", re.I)
_SUBJECT = re.compile(r"^(?P<who>she|he|it)(?P<short>'s)?\s+(?P<rest>.+)", re.I)
_OBJECT = pattern("antecedent", "object")
_PERSON = pattern("antecedent", "person")
_DANGLING = pattern("antecedent", "dangling")


def mentioned(text: str) -> tuple[str, ...]:
    """Return the people and animals of the visitor's that `text` names, in order: "daughter Mia"."""
    found: list[str] = []
    for match in _MENTION.finditer(apposed(text)):
        head = match.group("head").casefold()
        if head in LEXICON.kin or head in LEXICON.pets:
            who = match.group("who")
            named = re.search(r" [A-Z][\w'-]+$", who)
            found.append(who if named else who[: match.start("head") - match.start("who") + len(head)])
    owned = _OWNED.search(text)
    if not found and owned and owned.group("head").casefold() in LEXICON.pets | LEXICON.kin:
        found.append(owned.group("head"))
    return tuple(found)


def by_name(clause: str, among: tuple[str, ...]) -> str:
    """Return `clause` with a name at its head as "my …" where it is that of one of those `among` it."""
    for who in reversed(among):
        if name_in(who) and re.match(rf"{re.escape(name_in(who))}(?:'s)? [a-z]", clause):
            return apposed(f"my {who}{clause[len(name_in(who)) :]}")
    return clause


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


def pointed_out(question: str, among: tuple[str, ...]) -> tuple[str, str]:
    """Return `question` with its "she" or "he" as "my …" without a name, and whom it means: "daughter Ella".

    Whom is also somebody of the visitor's that the question names itself; "" where it speaks of nobody known.
    """
    own = mentioned(question)
    if own:
        return question, own[-1]
    for name in (one for one in reversed(among) if name_in(one)):
        if re.search(rf"\b{re.escape(name_in(name))}\b", question):
            return question, name
    match = _PERSON.search(question)
    who = _meant(match.group("who"), among) if match else ""
    if match is None or not who:
        return question, ""
    plain = who.removesuffix(name_in(who)).strip()
    short = {"'s": " is", "'ll": " will", "'d": " would"}.get((match.group("short") or "").casefold(), "")
    return f"{question[: match.start()]}my {plain}{short}{question[match.end() :]}", who


def called(who: str) -> str:
    """Return `who` as said to the visitor: by name where there is one ("Ella"), else "your daughter"."""
    return name_in(who) or f"your {typeset(who)}"


def _verb(subject: re.Match[str]) -> str:
    if not subject.group("short"):
        return ""
    return "has " if re.match(r"(?:been|got|had|gone)\b", subject.group("rest"), re.I) else "is "


def _meant(pronoun: str, among: tuple[str, ...]) -> str:
    fitting = [who for who in reversed(among) if _fits(pronoun.casefold(), who)]
    sex = LEXICON.female if pronoun.casefold() in {"she", "her"} else LEXICON.male
    surely = [who for who in fitting if {word.casefold() for word in who.split()} & sex]
    return next(iter(surely if surely and fitting[0] != among[-1] else fitting), "")


def _fits(pronoun: str, who: str) -> bool:
    words = {word.casefold() for word in who.split()}
    if pronoun == "it":
        return bool(words & LEXICON.pets)
    return not words & (LEXICON.male if pronoun in {"she", "her"} else LEXICON.female)


def dangles(clause: str) -> bool:
    """Whether `clause` leans on something said elsewhere: "made it by hand"."""
    return _DANGLING.search(clause) is not None
