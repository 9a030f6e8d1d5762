"""Finding what a clause is about: the noun phrase that a reply can take up."""

import re
from itertools import pairwise

from agents.llm.offline.grammar import phrase_to_you
from agents.llm.offline.lexicon import LEXICON
from agents.llm.offline.patterns import pattern
from agents.llm.offline.text import WORD, bare, typeset

_DETERMINERS = {
    "a": "the", "an": "the", "the": "the", "some": "the", "another": "the other", "my": "your", "our": "your",
    "your": "my", "his": "his", "her": "her", "their": "their",
}  # fmt: skip
_TAIL = pattern("phrase", "tail")


def trimmed(phrase: str) -> str:
    """Return `phrase` without the words that trail after what it says."""
    phrase = bare(
        re.split(r"\s+(?:because|since|but|although|though|when|while|if|so that|which)\b|\s[-–—]\s|\.\s", phrase)[0]
    )
    while True:
        shorter = bare(_TAIL.sub("", phrase))
        if shorter == phrase or not shorter:
            return phrase
        phrase = shorter


def echo(phrase: str, most: int = 7) -> str:
    """Return `phrase` as it can be said back to the visitor; empty when it is too long to sound right."""
    phrase = trimmed(phrase).split(", ")[0]
    return phrase_to_you(phrase) if 0 < len(phrase.split()) <= most and len(phrase) <= 60 else ""


def key_phrase(clause: str) -> str:
    """Return what `clause` is about as said to the visitor ("the box of old letters"); empty when that is not clear."""
    words = [match.group() for match in WORD.finditer(clause)]
    for index, word in enumerate(words):
        if word.casefold() in _DETERMINERS:
            taken = _nouns(words[index + 1 :])
            if taken and taken[-1].casefold() not in LEXICON.empty and taken[0].casefold() not in LEXICON.empty:
                return typeset(f"{_DETERMINERS[word.casefold()]} {' '.join(taken)}")
    return typeset(_proper(words) or _after_preposition(words))


def _nouns(words: list[str], most: int = 3) -> list[str]:
    taken: list[str] = []
    for index, word in enumerate(words):
        low = word.casefold()
        if low == "of" and taken and index + 1 < len(words) and most > 1:
            rest = words[index + 1 :]
            rest = rest[1:] if rest[0].casefold() in _DETERMINERS else rest
            more = _nouns(rest, 2)
            return [*taken, "of", *more] if more else taken
        if low in LEXICON.stop or len(taken) >= most or low in LEXICON.foreign - LEXICON.stop or _verbal(low, taken):
            break
        taken.append(word)
    while taken and taken[-1].casefold() in LEXICON.adjectives:
        taken.pop()
    return taken


def _verbal(low: str, taken: list[str]) -> bool:
    if low.endswith("ly") or low in LEXICON.adverbs or low in LEXICON.modals:
        return True
    if not taken or taken[-1].casefold() in LEXICON.adjectives:
        return False
    ends = low.endswith(("ed", "ing", "s")) and not low.endswith("ss")
    return ends or low in LEXICON.past_verbs or low in LEXICON.base_verbs


def _proper(words: list[str]) -> str:
    for index, word in enumerate(words[1:], 1):
        if len(word) > 2 and word[0].isupper() and not word.isupper() and not word.startswith(("I'", "I’")):
            following = words[index + 1 : index + 2]
            tail = [other for other in following if other[0].isupper() and len(other) > 2]
            return " ".join([word, *tail])
    return ""


def _after_preposition(words: list[str]) -> str:
    for before, word in pairwise(words):
        low = word.casefold()
        is_noun = (
            low not in LEXICON.stop and low not in LEXICON.empty and not low.endswith(("ly", "ed")) and len(low) > 3
        )
        if before.casefold() in {"about", "with", "of", "against"} and is_noun:
            return word
    return ""
