"""How close together a talk's events are, along its numbers: the bars of the scrubber.

The scrubber's axis is the number of an event, so a bar stands for a range of numbers, and is the taller the less time
those events took. Only the events at the borders of the ranges are looked up, so a long talk costs no more.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from interactions import log
from interactions.models import Conversation
from interactions.scale import in_words

# Bars at most, and at least: fewer say nothing.
MOST, LEAST = 60, 2
# How tall bars are, in pixels, on a base line at `BASE`; and which part of their place is theirs, the rest is gap.
SHORTEST, TALLEST, BASE, PART = 3.0, 14.6, 20.0, 0.6
# Events of one commit have one time; shorter spans than this are not told apart. Seconds.
SHORTEST_SPAN = 0.1


@dataclass(frozen=True, slots=True)
class Bar:
    """The events after number `begin` up to `end`, which took `span`. Place and width in percent, height in pixels."""

    begin: int
    end: int
    span: timedelta
    x: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Density:
    """The bars in order, and in words where most happened and where least."""

    bars: tuple[Bar, ...] = ()
    words: str = ""

    @property
    def path(self) -> str:
        """All bars as one path: sixty elements would take longer to write than to find."""
        return "".join(
            f"M{bar.x:.2f} {BASE:g}v{-bar.height:.1f}h{bar.width:.2f}v{bar.height:.1f}z" for bar in self.bars
        )


def density(conversation: Conversation, first: int = 1) -> Density:
    """Return the bars of a scrubber from number `first` to the last event; one query. A replay's begins at 0, before
    anything has happened.

    Heights are on a logarithmic scale of events per second: a burst and a pause of a day fit on it both.
    """
    last = conversation.last_seq
    count = min(MOST, last - 1)
    if count < LEAST:
        return Density()
    edges = [1 + round(place * (last - 1) / count) for place in range(count + 1)]
    moments = log.moments(conversation.pk, edges)
    if len(moments) < len(edges):
        return Density()  # erased meanwhile
    heights = _heights(edges, moments)
    width = (last - 1) // count / (last - first) * 100 * PART  # that of the narrowest place, for all
    bars = tuple(
        Bar(
            begin=begin,
            end=end,
            span=moments[end] - moments[begin],
            x=(begin - first) / (last - first) * 100,
            width=width,
            height=height,
        )
        for (begin, end), height in zip(pairwise(edges), heights, strict=True)
    )
    return Density(bars, _words(bars, heights))


def _heights(edges: Sequence[int], moments: dict[int, datetime]) -> list[float]:
    rates = [
        math.log((end - begin) / max(SHORTEST_SPAN, (moments[end] - moments[begin]).total_seconds()))
        for begin, end in pairwise(edges)
    ]
    low, high = min(rates), max(rates)
    room = high - low or 1.0
    return [SHORTEST + (TALLEST - SHORTEST) * (rate - low) / room for rate in rates]


def _words(bars: Sequence[Bar], heights: Sequence[float]) -> str:
    if max(heights) == min(heights):
        return "Events come evenly."
    most, least = (bars[heights.index(pick(heights))] for pick in (max, min))
    return f"Most happened from {_range(most)}, least from {_range(least)}."


def _range(bar: Bar) -> str:
    seconds = bar.span.total_seconds()
    took = "at once" if seconds < SHORTEST_SPAN else f"{seconds:.1f} s" if seconds < 60 else in_words(bar.span)
    return f"event {bar.begin:,} to {bar.end:,} ({took})"
