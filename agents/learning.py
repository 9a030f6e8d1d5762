"""What has worked for an entity, as a few lines in its planner's prompt: made from how its actions turned out.

An action counts as good when it did not fail, its run ended well, and nobody rated the run down. What is said of it is
not the share of good ones but its bounds (Wilson 1927, `agents.statistics`): few cases prove little, so little is said.
"""

from collections.abc import Iterable
from typing import NamedTuple

from agents.statistics import share
from agents.triggers import TriggerKind

# Cases from which something is said, lines in all, and bounds of what is sure to work and sure not to.
LEAST, MOST = 5, 4
WORKS, FAILS = 0.7, 0.6
_CONTEXTS = {"asked": "asked something", "told": "told something"}


class Case(NamedTuple):
    """How often an action was taken in a context, and how often it was good."""

    context: str
    action: str
    tries: int
    good: int


def context_of(kind: TriggerKind, content: str) -> str:
    """Return the kind of situation that a trigger makes: "asked", "told", or the kind of a trigger without a person."""
    if kind != "user_input":
        return kind
    return "asked" if content.rstrip().endswith("?") else "told"


def guidance(cases: Iterable[Case]) -> str:
    """Return at most four lines for the planner, what fails first; "" where nothing is sure enough."""
    bad: list[tuple[float, str]] = []
    well: list[tuple[float, str]] = []
    for case in cases:
        found = share(case.good, case.tries)
        if found is None or case.tries < LEAST or case.action == "DONE":
            continue
        when = _CONTEXTS.get(case.context, f"woken by {case.context.replace('_', ' ')}")
        said = f"- When {when}, {case.action} came out well {case.good} of {case.tries} times"
        if found.high <= FAILS:
            bad.append((found.high, f"{said}: take care, or leave it."))
        elif found.low >= WORKS:
            well.append((-found.low, f"{said}."))
    lines = [line for _bound, line in [*sorted(bad), *sorted(well)]][:MOST]
    return "\n".join(["What has worked for you so far:", *lines]) if lines else ""
