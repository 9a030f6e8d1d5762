"""The loop breaker: looks at the last actions of a run for a pattern that goes nowhere.

Two kinds of loop are known. One is a text that comes again. The other is a pattern of actions that comes again, such as
AAA, ABAB or ABCABC; since a pattern alone can be innocent (three facts are three memories), what the actions say has
to be like what they said before, too, but less so.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from agents.mind import folded
from agents.scene import CompletedAction

WINDOW = 5
# Likeness, 0..1, from which a text is the same again. Patterns need less, the less the longer they are.
ALIKE = 0.9
# Shorter texts are alike by chance ("Yes." and "Yes?").
SHORTEST = 12
# Patterns: their period, how often they have to be seen, how alike their rounds have to be.
PATTERNS = ((1, 3, 0.85, "AAA"), (2, 2, 0.75, "ABAB"), (3, 2, 0.75, "ABCABC"))
_LEAST = min(least for _period, _times, least, _letters in PATTERNS)


class Loop(NamedTuple):
    """A loop, in words for people, how like each other its rounds are (0..1), and the actions that make it."""

    pattern: str
    similarity: float
    actions: tuple[str, ...]


def analyse(completed: Sequence[CompletedAction]) -> Loop | None:
    """Return the loop that the last of two or more `completed` actions are in; None when there is none.

    The text of the last one is compared to those of the last five. Likeness is the lesser of two ratios of Ratcliff
    and Obershelp (1988, as in `difflib`): of the signs and of the words of the folded texts, so that neither one
    changed letter nor a sentence of the same make ("Ada has a cat", "Ben has a dog") decides alone.
    """
    if len(completed) < 2:
        return None
    return _text_again(completed[-WINDOW:]) or _pattern_again(completed) or _failing(completed[-WINDOW:])


def likeness(one: CompletedAction, other: CompletedAction) -> float:
    """Return how like each other two actions are: 0 for different ones, 1 for the same with the same content."""
    if one.action != other.action:
        return 0.0
    first, second = _content(one), _content(other)
    if first == second:
        return 1.0
    if min(len(first), len(second)) < SHORTEST:
        return 0.0
    signs = SequenceMatcher(None, first, second, autojunk=False)
    if signs.quick_ratio() < _LEAST:
        return signs.quick_ratio()
    words = SequenceMatcher(None, first.split(), second.split(), autojunk=False)
    return min(signs.ratio(), words.ratio())


def _text_again(last: Sequence[CompletedAction]) -> Loop | None:
    newest = last[-1]
    for place in range(len(last) - 2, -1, -1):
        is_next = place == len(last) - 2
        if not is_next and ("text" not in newest.args or len(_content(newest)) < SHORTEST):
            continue  # a mood can come back, and so can a short word
        similarity = likeness(newest, last[place])
        if similarity >= ALIKE:
            names = tuple(done.action for done in last[place:])
            how = (
                "twice in a row"
                if is_next
                else f"again after {len(names) - 2} other action{'s' if len(names) > 3 else ''}"
            )
            return Loop(f"{newest.action} {how} with nearly the same content", round(similarity, 2), names)
    return None


def _pattern_again(completed: Sequence[CompletedAction]) -> Loop | None:
    for period, times, least, letters in PATTERNS:
        last = completed[-period * times :]
        names = tuple(done.action for done in last)
        if len(last) < period * times or len(set(names[:period])) != period:
            continue
        similarity = min(likeness(last[place], last[place - period]) for place in range(period, len(last)))
        if similarity >= least:
            words = " and ".join(names[:period]) if period > 1 else names[0]
            how = "in turn" if period > 1 else f"{times} times in a row"
            return Loop(f"{words} {how} ({letters}) with like content", round(similarity, 2), names)
    return None


def _failing(last: Sequence[CompletedAction]) -> Loop | None:
    names = tuple(done.action for done in last)
    if len(last) == WINDOW and len(set(names)) == 1 and not any(done.ok for done in last):
        return Loop(f"{names[0]} five times in a row, failing each time", 0.0, names)
    return None


def _content(item: CompletedAction) -> str:
    return folded(" ".join(f"{value}" for _key, value in sorted(item.args.items())))[:2_000]
