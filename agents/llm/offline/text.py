"""Reading text as text: cleaning, sentences and clauses, words, stems. No meaning yet."""

import re
from functools import lru_cache

from agents.llm.offline.lexicon import LEXICON
from agents.llm.offline.patterns import pattern

READ_CHARS = 2_000
CLAUSE_CHARS = 280
MAX_CLAUSES = 12

_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "„": '"', "\u00a0": " "})
_CONTROL = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ue000-\uf8ff\ufff0-\uffff]"
)
_CONTRACTED = re.compile(rf"(?<![\w'’])(?:{'|'.join(LEXICON.written_out)})(?![\w'’])", re.I)
_SPACE = re.compile(r"[^\S\n]+")
_END = re.compile(r"(?<!\bDr\.)(?<!\bMr\.)(?<!\bMrs\.)(?<!\bSt\.)(?<=[.!?…])\s+|\n+|(?<=[;:])\s+(?=[A-Za-z])")
_CLAUSE = pattern("text", "clause")
_CONDITION = pattern("text", "condition")
_QUESTION = pattern("text", "question")
_FILLER = pattern("text", "filler")
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@lru_cache(maxsize=512)
def cleaned(text: str) -> str:
    """Return `text` without what can't be printed, quotes made plain, cut to what is read of it."""
    if len(text) > READ_CHARS:
        text = text[:READ_CHARS].rsplit(" ", 1)[0]
    text = text.encode("utf-8", "replace").decode().translate(_QUOTES)
    text = _CONTRACTED.sub(lambda match: LEXICON.written_out[match.group().casefold()], text)
    return _SPACE.sub(" ", _CONTROL.sub(" ", text)).strip()


def typeset(text: str) -> str:
    """Return `text` with the apostrophes and quotes that the voices use."""
    return re.sub(r'"([^"]*)"', r"“\1”", text).replace("'", "’")


@lru_cache(maxsize=512)
def clauses(text: str) -> tuple[tuple[str, bool], ...]:
    """Return the clauses of cleaned `text`, each with whether it asks something."""
    found: list[tuple[str, bool]] = []
    for sentence in _END.split(text):
        sentence = sentence.strip()
        if not sentence or len(found) >= MAX_CLAUSES:
            continue
        asks = bool(re.search(r"\?[\s\"'!?)…]*\W*$", sentence))
        parts = [sentence] if _CONDITION.match(sentence) else [part for part in _CLAUSE.split(sentence) if part.strip()]
        trailing = asks and len(parts) > 1 and _QUESTION.match(unfilled(parts[-1])) is not None
        for index, part in enumerate(parts):
            own = asks and (index == len(parts) - 1 or not trailing)
            found.append((_cut(part.strip(" ,")), own or is_question(part)))
    return tuple(found[:MAX_CLAUSES])


def _cut(clause: str) -> str:
    return clause if len(clause) <= CLAUSE_CHARS else clause[:CLAUSE_CHARS].rsplit(" ", 1)[0]


def is_question(clause: str) -> bool:
    """Whether `clause` is built like a question."""
    return _QUESTION.match(clause.strip()) is not None


def unfilled(clause: str) -> str:
    """Return `clause` without the words that only warm up for it."""
    return _FILLER.sub("", clause).strip() or clause.strip()


def bare(clause: str) -> str:
    """Return `clause` without the punctuation at its ends."""
    return clause.strip(" \t\n.,!?…;:-–—\"'()[]*")


@lru_cache(maxsize=4096)
def stem(word: str) -> str:
    """Return what forms of one word share: crude, and only ever compared with itself."""
    word = word.casefold().replace("’", "'").removesuffix("'s").strip("'")
    word = LEXICON.concepts.get(word, word)
    for ending, instead in (("ies", "y"), ("ying", "y"), ("ing", ""), ("ied", "y"), ("ed", ""), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)] + instead
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]
    return word.rstrip("e") if len(word) > 3 else word


@lru_cache(maxsize=1024)
def content_stems(text: str) -> frozenset[str]:
    """Return the stems of the words in `text` that carry meaning."""
    words = (word.casefold().replace("’", "'") for word in WORD.findall(text[:READ_CHARS]))
    return frozenset(stem(word) for word in words if word.removesuffix("'s") not in LEXICON.stop and len(word) > 1)


def capitalized(text: str) -> str:
    """Return `text` with its first letter upper case; the rest stays."""
    return text[:1].upper() + text[1:]


def lowered(text: str) -> str:
    """Return `text` as the middle of a sentence: first letter lower, but for names and "I"."""
    first = text.split(" ", 1)[0].rstrip(",.;:")
    if (
        first in {"I", "I’m", "I'm", "I’ve", "I've", "I’ll", "I'd"}
        or first.isupper()
        or first.casefold() not in LEXICON.openers
    ):
        return text
    return text[:1].lower() + text[1:]


def shortened(text: str, limit: int) -> str:
    """Return `text` with at most `limit` characters, cut at a word."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(",.;: ") + "…"
