"""Which memories come to mind."""

from agents.changes import MemoryValue
from agents.memory.recall import MOST, recall

MEMORIES = {
    1: MemoryValue(content="Noor has a sister called Mira who lives in Oslo.", importance=0.5),
    2: MemoryValue(content="Noor likes rooibos tea.", importance=0.5),
    3: MemoryValue(content="The roof of the attic leaks.", importance=0.9),
}


def test_the_memory_that_shares_the_words_comes_first() -> None:
    assert recall(MEMORIES, "Where does my sister live?")[0].id == 1
    assert recall(MEMORIES, "Which tea do I like?")[0].id == 2


def test_without_words_importance_decides() -> None:
    assert recall(MEMORIES, "Hm.")[0].id == 3


def test_scores_lie_between_0_and_1_and_fall() -> None:
    scores = [memory.score for memory in recall(MEMORIES, "Noor's sister Mira likes tea in Oslo under the attic roof")]
    assert scores == sorted(scores, reverse=True) and all(0 <= score <= 1 for score in scores)


def test_pinned_memories_always_come() -> None:
    many = {n: MemoryValue(content=f"Fact {n} about tea", importance=1) for n in range(2, 60)}
    pinned = {1: MemoryValue(content="Never mention the boat.", importance=0, pinned=True)}
    found = recall({**pinned, **many}, "tea")
    assert found[0].id == 1 and len(found) == MOST


def test_nothing_known_is_nothing_recalled() -> None:
    assert recall({}, "tea") == ()
