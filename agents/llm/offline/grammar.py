"""Turning a clause round: from "I" to a third person for memories, to "you" for speech, and back again."""

import re

from agents.llm.offline.lexicon import LEXICON
from agents.llm.offline.text import WORD, bare, lowered, typeset

VISITOR = "The visitor"

_IRREGULAR = {
    "am": "is",
    "are": "is",
    "have": "has",
    "do": "does",
    "were": "was",
    "don't": "doesn't",
    "haven't": "hasn't",
}
_PLURAL = {
    "is": "are", "has": "have", "does": "do", "was": "were", "doesn't": "don't", "hasn't": "haven't",
    "isn't": "aren't", "wasn't": "weren't",
}  # fmt: skip
_TO_YOU = {
    "i": "you", "me": "you", "my": "your", "mine": "yours", "myself": "yourself", "i'm": "you’re", "i've": "you’ve",
    "i'll": "you’ll", "i'd": "you’d", "im": "you’re", "we": "you", "our": "your", "ours": "yours", "us": "you",
}  # fmt: skip
_TO_ME = {"you": "me", "your": "my", "yours": "mine", "yourself": "myself"}
_TO_THEM = {
    "i": "they", "me": "them", "my": "their", "mine": "theirs", "myself": "themself", "i'm": "they're",
    "i've": "they've", "i'll": "they'll", "i'd": "they'd", "im": "they're",
}  # fmt: skip
_FROM_THEM = {
    "they": "you", "them": "you", "their": "your", "theirs": "yours", "themself": "yourself", "themselves": "yourself",
    "they're": "you’re", "they've": "you’ve", "they'll": "you’ll", "they'd": "you’d",
}  # fmt: skip
_OTHERS = re.compile(r"\b(?:they|them|their|theirs|we|our|us|you|your|yours)\b|\bwe'", re.I)
_FIRST = re.compile(r"\b(?:i|me|my|mine|myself|i'm|i've|i'll|i'd)\b", re.I)
_NOT_S = {"need", "feed", "speed", "bleed", "breed", "succeed", "proceed", "shed", "embed", "wed"}


def third(verb: str) -> str:
    """Return the form of `verb` that follows "she": lives, has, but also lived and can."""
    low = verb.casefold()
    if low in _IRREGULAR:
        return _IRREGULAR[low]
    if low in LEXICON.modals or low in LEXICON.past_verbs or (low.endswith("ed") and low not in _NOT_S):
        return verb
    if re.search(r"(?:s|sh|ch|x|z|o)$", low):
        return verb + "es"
    if re.search(r"[^aeiou]y$", low):
        return verb[:-1] + "ies"
    return verb + "s"


def base(verb: str) -> str:
    """Return the form of `verb` that follows "you": the opposite of `third`."""
    low = verb.casefold().replace("’", "'")
    if low in _PLURAL:
        return _PLURAL[low].replace("'", "’")
    if low in LEXICON.modals or low in LEXICON.past_verbs or low.endswith("ss") or not low.endswith("s"):
        return verb
    if low.endswith("ies") and len(low) > 4:
        return verb[:-3] + "y"
    if re.search(r"(?:ss|sh|ch|x|zz|o)es$", low):
        return verb[:-2]
    return verb[:-1]


def gerund(phrase: str) -> str:
    """Return the verb phrase `phrase` with its verb in -ing: paint the shed, painting the shed."""
    verb, _, rest = phrase.partition(" ")
    low = verb.casefold()
    if low == "be":
        form = "being"
    elif low in LEXICON.doubling:
        form = low + low[-1] + "ing"
    elif low.endswith("ie"):
        form = low[:-2] + "ying"
    elif low.endswith("e") and not low.endswith(("ee", "oe", "ye")):
        form = low[:-1] + "ing"
    else:
        form = low + "ing"
    return f"{form} {rest}".strip()


def _mapped(text: str, table: dict[str, str]) -> str:
    return WORD.sub(lambda match: table.get(match.group().casefold().replace("’", "'"), match.group()), text)


def to_you(clause: str) -> str:
    """Return the visitor's own words about themself as said to them: I was sad, you were sad."""
    text = re.sub(r"\bi am\b", "I'm", clause, flags=re.I)
    text = re.sub(r"\bi was\b", "iwas", text, flags=re.I)
    return typeset(_mapped(text, {**_TO_YOU, **_TO_ME, "iwas": "you were"}))


def phrase_to_you(phrase: str) -> str:
    """Return an object phrase as said to the visitor: my old shed, your old shed; your lamp, my lamp."""
    return typeset(_mapped(phrase, {**_TO_YOU, **_TO_ME}))


def is_plain(clause: str) -> bool:
    """Whether `clause` can be turned to the third person without becoming ambiguous."""
    if _OTHERS.search(clause) or len(clause) > 140 or '"' in clause:
        return False
    if re.match(r"my\b", clause, re.I):
        return _FIRST.search(clause[2:]) is None
    return True


def to_third(clause: str, subject: str = "{S}") -> str:
    """Return the first-person `clause` as a sentence about `subject`; quoted where turning it round is not safe."""
    clause = bare(clause)
    if not is_plain(clause):
        return quoted(clause, subject)
    owned = re.match(r"(?:my)\s+(.*)", clause, re.I | re.S)
    if owned:
        return f"{subject}’s {typeset(owned.group(1))}."
    rest = _after_subject(clause)
    if rest is None:
        return quoted(clause, subject)
    return f"{subject} {typeset(_mapped(rest, _TO_THEM))}."


def quoted(clause: str, subject: str = "{S}") -> str:
    """Return the words of `clause` as something that `subject` said."""
    words = re.sub(r"\bi\b", "I", bare(clause))
    return f"{subject} said: “{typeset(words)}”"


def _after_subject(clause: str) -> str | None:
    """Return `clause` without its "I", its verbs made to fit "she"; None when it does not begin with "I"."""
    match = re.match(r"i(?:'(m|ve|ll|d)|(?=m\s)(m))?\s+(.*)", clause, re.I | re.S)
    if match is None:
        return None
    short, rest = (match.group(1) or match.group(2) or "").casefold(), match.group(3)
    if short:
        return {"m": "is", "ve": "has", "ll": "will", "d": "would"}[short] + " " + rest
    words = re.sub(r"^((?:\w+ )?)do (?!not\b)(?=[a-z]+ )", r"\1", rest, flags=re.I).split(" ")
    for index, word in enumerate(words):
        if word.casefold() not in LEXICON.adverbs:
            words[index] = third(word)
            break
    for index in range(len(words) - 1):
        if words[index].casefold() == "and" and words[index + 1].casefold() in LEXICON.base_verbs:
            words[index + 1] = third(words[index + 1])
    return " ".join(words)


def spoken(content: str, aliases: tuple[str, ...]) -> str:
    """Return a stored memory about the visitor as said to them, without a full stop: your sister lives in Oslo."""
    text = content.strip().rstrip(".")
    for alias in aliases:
        owned = re.match(rf"{re.escape(alias)}(?:['’]s|['’](?=\s))\s+(.*)", text, re.I | re.S)
        if owned:
            return "your " + _without(owned.group(1).replace("(their ", "(your "), aliases)
        plain = re.match(rf"{re.escape(alias)}\s+(.*)", text, re.I | re.S)
        if plain:
            return "you " + _without(_to_second(plain.group(1)), aliases)
    if re.match(r"they\b|their\b", text, re.I):
        word, _, rest = text.partition(" ")
        return ("your " + rest) if word.casefold() == "their" else "you " + _to_second(rest)
    return _without(lowered(text), aliases)


def _to_second(rest: str) -> str:
    """Return what followed the visitor's name with its verbs and pronouns made to fit "you"."""
    if rest.startswith("said:"):
        return rest
    words = rest.split(" ")
    for index, word in enumerate(words):
        if word.casefold() not in LEXICON.adverbs:
            words[index] = base(word)
            break
    for index in range(len(words) - 1):
        if words[index] == "and" and base(words[index + 1]) in LEXICON.base_verbs:
            words[index + 1] = base(words[index + 1])
    return _mapped(" ".join(words), _FROM_THEM)


def _without(text: str, aliases: tuple[str, ...]) -> str:
    """Return `text` with the visitor's names in its middle replaced, outside quotes and names given as such."""
    if "“" in text or re.search(r"\b(?:name is|called|named|known as)\b", text):
        return text
    for alias in aliases:
        text = re.sub(rf"\b{re.escape(alias)}['’]s\b", "your", text)
        text = re.sub(rf"\b{re.escape(alias)}\b", "you", text)
    return text
