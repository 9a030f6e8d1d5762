"""The loop breaker: looks at the last actions of a run for a pattern that goes nowhere."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from agents.mind import folded
from agents.scene import CompletedAction

WINDOW = 5
ALIKE = 0.9
# Shorter texts are alike by chance ("Yes." and "Yes?").
SHORTEST = 12


def analyse(completed: Sequence[CompletedAction]) -> str | None:
    """Return the pattern, in words, that the last five of two or more `completed` actions repeat; None for none.

    Two texts are alike when their folded forms match by a ratio of at least 0.9 (Ratcliff and Obershelp, as in
    `difflib`). A loop is: the same action with like content twice in a row, or a pair of actions in turn, twice.
    """
    last = list(completed[-WINDOW:])
    if len(last) < 2:
        return None
    if _same(last[-1], last[-2]):
        return f"{last[-1].action} twice with nearly the same content"
    if len(last) >= 4 and _same(last[-1], last[-3]) and _same(last[-2], last[-4]):
        return f"{last[-2].action} and {last[-1].action} in turn with nearly the same content"
    if len(last) == WINDOW and len({item.action for item in last}) == 1 and not all(item.ok for item in last):
        return f"{last[-1].action} five times, failing"
    return None


def _same(one: CompletedAction, other: CompletedAction) -> bool:
    if one.action != other.action:
        return False
    first, second = _content(one), _content(other)
    if first == second:
        return True
    if min(len(first), len(second)) < SHORTEST:
        return False
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    return matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


def _content(item: CompletedAction) -> str:
    return folded(" ".join(f"{value}" for _key, value in sorted(item.args.items())))[:2_000]
