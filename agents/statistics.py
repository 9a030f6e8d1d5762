"""How sure one can be of what was counted or measured: intervals that hold the truth in 95 of 100 cases."""

from collections.abc import Sequence
from math import sqrt
from statistics import fmean, stdev
from typing import NamedTuple

Z = 1.96
# Student's t for 95 % by degrees of freedom, 1 to 30 (Fisher and Yates 1938); beyond, the normal value is near enough.
_T = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


class Interval(NamedTuple):
    """A value and the bounds of its interval, in the unit of the value."""

    value: float
    low: float
    high: float


def share(successes: int, tries: int) -> Interval | None:
    """Return the share of successes, 0..1, with Wilson's score interval (E. B. Wilson 1927), which holds for few tries
    and for shares near 0 and 1; None for no tries."""
    if tries <= 0:
        return None
    part, square = successes / tries, Z * Z
    middle = (part + square / (2 * tries)) / (1 + square / tries)
    half = Z / (1 + square / tries) * sqrt(part * (1 - part) / tries + square / (4 * tries * tries))
    return Interval(part, max(0.0, middle - half), min(1.0, middle + half))


def mean(values: Sequence[float]) -> Interval | None:
    """Return the mean with Student's interval ("Student" 1908); of a single value the value alone, None for none."""
    if not values:
        return None
    middle = fmean(values)
    if len(values) < 2:
        return Interval(middle, middle, middle)
    times = _T[len(values) - 2] if len(values) - 1 <= len(_T) else Z
    half = times * stdev(values) / sqrt(len(values))
    return Interval(middle, middle - half, middle + half)
