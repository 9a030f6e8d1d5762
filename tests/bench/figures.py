"""What was measured, and how it is told."""

import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Values = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: one value, or a median and a 99th percentile.

    `target` has a limit per value (None: none); `at_least` makes it a lower one. `least` is the least app's.
    """

    scenario: str
    name: str
    values: Values
    target: tuple[float | None, ...] = ()
    at_least: bool = False
    least: Values = ()

    def holds(self) -> bool:
        """Whether every value keeps its limit."""
        pairs = [(value, limit) for value, limit in zip(self.values, self.target, strict=False) if limit is not None]
        return all(value >= limit if self.at_least else value <= limit for value, limit in pairs)


def spread(values: Iterable[float]) -> Values:
    """Return the median and the 99th percentile (nearest rank)."""
    ordered = sorted(values)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


def number(value: float) -> str:
    """Return three digits of a value, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def several(values: Sequence[float | None]) -> str:
    """Return values side by side: `12 / 40`."""
    return " / ".join("-" if value is None else number(value) for value in values)


def say(line: str = "") -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def table(runs: Sequence[Sequence[Figure]]) -> list[str]:
    """Return the table: one column per run, a verdict over all of them."""
    heads = ["scenario", "figure", *(f"run {place}" for place in range(1, len(runs) + 1))]
    rows = [[*heads, "target", "least app", "ratio", "verdict"]]
    rows += [_row([figure for run in runs for figure in run if figure.name == name]) for name in _names(runs)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [lines[0], "-" * max(map(len, lines)), *lines[1:]]


def _names(runs: Sequence[Sequence[Figure]]) -> list[str]:
    return list(dict.fromkeys(figure.name for run in runs for figure in run))


def _row(figures: list[Figure]) -> list[str]:
    first = figures[0]
    sign = "≥ " if first.at_least else "≤ "
    target = sign + several(first.target) if first.target else ""
    verdict = ("holds" if all(figure.holds() for figure in figures) else "SHORT") if first.target else ""
    return [
        first.scenario, first.name, *(several(figure.values) for figure in figures), target,
        several(_middle([figure.least for figure in figures])), _ratio(figures), verdict,
    ]  # fmt: skip


def _middle(values: list[Values]) -> Values:
    return tuple(statistics.median(each) for each in zip(*values, strict=True))


def _ratio(figures: list[Figure]) -> str:
    ours, least = _middle([figure.values for figure in figures]), _middle([figure.least for figure in figures])
    return " / ".join(f"{value / other:.1f}" for value, other in zip(ours, least, strict=False) if other)
