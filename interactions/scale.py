"""Time as a place on the timeline: bursts of events one after the other, and folds where nothing happened."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

# An idle gap longer than this is folded (the agreed design: over 60 s).
IDLE = timedelta(seconds=60)
# What all folds together take of the width at most, and one of them, in per cent.
FOLDED, FOLD = 36.0, 8.0
# The width in CSS pixels that labels are fitted to; the lanes of a wide window, and of a phone that scrolls.
WIDTH = 850
# A burst is at least so long, so that what took no time has a place.
LEAST = timedelta(seconds=1)
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)
APART, LABEL = 76, 64  # pixels between ticks, and a whole label's


@dataclass(frozen=True, slots=True)
class Tick:
    """A moment on the axis. `text` is empty where there is no room."""

    x: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Fold:
    """A gap that is not drawn in its length."""

    x: str
    end: str
    middle: str
    width: str
    text: str


@dataclass(frozen=True, slots=True)
class _Burst:
    start: datetime
    end: datetime
    left: float
    right: float

    def x(self, moment: datetime) -> float:
        part = (moment - self.start) / (self.end - self.start)
        return self.left + (self.right - self.left) * min(1.0, max(0.0, part))


class Scale:
    """The places of moments, made from the spans (start, end) that are drawn; at least one."""

    def __init__(self, spans: Iterable[tuple[datetime, datetime]]) -> None:
        merged: list[list[datetime]] = []
        for start, end in sorted(spans):
            if merged and start - merged[-1][1] <= IDLE:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([start, end])
        self._bursts = list(_placed([(start, max(end, start + LEAST)) for start, end in merged]))
        self._starts = [burst.start for burst in self._bursts]

    @property
    def began(self) -> datetime:
        """The first moment."""
        return self._starts[0]

    @property
    def bursts(self) -> list[tuple[float, float]]:
        """Where each burst is, in per cent."""
        return [(burst.left, burst.right) for burst in self._bursts]

    def x(self, moment: datetime) -> float:
        """Return the place of a moment in per cent; one in a gap is at the end of the burst before."""
        return self._bursts[max(0, bisect_right(self._starts, moment) - 1)].x(moment)

    @property
    def folds(self) -> list[Fold]:
        """The gaps between the bursts."""
        found = []
        for before, after in zip(self._bursts, self._bursts[1:], strict=False):
            left, right = before.right, after.left
            text = in_words(after.start - before.end)
            found.append(Fold(percent(left), percent(right), percent((left + right) / 2), percent(right - left), text))
        return found

    @property
    def ticks(self) -> list[Tick]:
        """The beginning of each burst and round times in it, where there is room."""
        return [tick for burst in self._bursts for tick in _ticks(burst)]


def percent(value: float) -> str:
    """Return a number of per cent as an attribute of SVG."""
    return f"{value:.2f}%"


def in_words(gap: timedelta) -> str:
    """Return how long a gap is: "17 min", "2 h 14 min", "3 d 4 h"."""
    minutes = int(gap.total_seconds()) // 60
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // 1440} d {minutes % 1440 // 60} h"


def _placed(spans: list[tuple[datetime, datetime]]) -> Iterable[_Burst]:
    gaps = len(spans) - 1
    fold = min(FOLD, FOLDED / gaps) if gaps else 0.0
    room, left = 100.0 - fold * gaps, 0.0
    # A third is shared alike, so that a short burst beside a long one can be read; the rest by length.
    whole = sum((end - start).total_seconds() for start, end in spans)
    for start, end in spans:
        width = room / 3 / len(spans) + room * 2 / 3 * (end - start).total_seconds() / whole
        yield _Burst(start, end, left, left + width)
        left += width + fold


def _ticks(burst: _Burst) -> Iterable[Tick]:
    pixels = (burst.right - burst.left) * WIDTH / 100
    start = timezone.localtime(burst.start)
    yield Tick(percent(burst.left), start, f"{start:%H:%M:%S}" if pixels >= LABEL else "")
    length = (burst.end - burst.start).total_seconds()
    step = next((step for step in STEPS if step / length * pixels >= APART), None)
    if step is None:
        return
    for number in range(1, int(length // step) + 1):
        at = start + timedelta(seconds=number * step)
        x = burst.x(at)
        has_room = (burst.right - x) * WIDTH / 100 >= LABEL / 2
        yield Tick(percent(x), at, (f":{at:%S}" if step < 60 else f"{at:%H:%M}") if has_room else "")
