"""Which memories come to mind: by the words they share with what was said, by importance, and by recency."""

import math
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from agents.changes import MemoryValue
from agents.events import RecalledMemory
from agents.mind import folded

MOST = 12
WORDS, IMPORTANCE, RECENCY = 0.6, 0.25, 0.15
_STOP = frozenset(
    folded(
        "a an the i you he she it we they me my your his her its our their is am are was were be been do does did have "
        "has had will would can could should to of in on at for with and or but not no so that this what who how why "
        "when where about from as if then than there here just very too"
    ).split()
)


@lru_cache(maxsize=20_000)  # a memory is looked at in every run, and seldom changes
def words(text: str) -> frozenset[str]:
    """Return the content words of `text`, folded, with plain English endings cut."""
    return frozenset(_stem(word) for word in folded(text).split() if word not in _STOP)


def recall(memories: Mapping[int, MemoryValue], query: str, most: int = MOST) -> tuple[RecalledMemory, ...]:
    """Return at most `most` of `memories` (by id), best first, pinned ones always, each with its score 0..1.

    score = 0.6 x share of the query's words found, weighted by inverse document frequency (Sparck Jones 1972),
    + 0.25 x importance + 0.15 x recency (1 for the newest, 0 for the oldest).
    """
    if not memories:
        return ()
    bags = {key: words(memory.content) for key, memory in memories.items()}
    seen = Counter(word for bag in bags.values() for word in bag)
    wanted = {word: math.log(1 + len(bags) / (1 + seen[word])) for word in words(query)}
    total = sum(wanted.values()) or 1.0
    order = {key: place / max(1, len(memories) - 1) for place, key in enumerate(sorted(memories))}
    scored = [
        (
            WORDS * sum(weight for word, weight in wanted.items() if word in bags[key]) / total
            + IMPORTANCE * memory.importance
            + RECENCY * order[key],
            key,
        )
        for key, memory in memories.items()
    ]
    scored.sort(key=lambda pair: (memories[pair[1]].pinned, *pair), reverse=True)
    return tuple(_recalled(key, score, memories[key]) for score, key in scored[:most])


def _recalled(key: int, score: float, memory: MemoryValue) -> RecalledMemory:
    return RecalledMemory(
        id=key,
        content=memory.content,
        score=round(score, 3),
        importance=memory.importance,
        source=memory.source,
        message=memory.message,
    )


def _stem(word: str) -> str:
    for ending in ("ies", "ing", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word
