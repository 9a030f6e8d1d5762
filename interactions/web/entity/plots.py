"""Mood and emotions over time, as SVG: each curve jumps where something was felt, and fades between."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Min
from django.utils import timezone

from agents.changes import EMOTIONS, Feeling, Mood, SetMood, SetTemperament, Temperament
from agents.emotion import settled
from agents.models import Entity, StateVersion
from agents.state import changes_of, mood_of, temperament_of

WIDTH, MOOD_HEIGHT, ROW_HEIGHT = 600, 120, 32
WINDOWS: dict[str, tuple[str, timedelta | None]] = {
    "day": ("24 h", timedelta(hours=24)),
    "week": ("7 days", timedelta(days=7)),
    "all": ("All", None),
}
# Versions that are read at most, steps of a curve, and changes of mood that a point stands for.
READ, STEPS, POINTS = 400, 120, 24
TICKS, LATEST = 4, 6
# The shortest time that is drawn.
LEAST = timedelta(minutes=8)


@dataclass(frozen=True, slots=True)
class Felt:
    """A change of mood: when, to what, from what, why, and by which version."""

    at: datetime
    mood: Mood
    before: Mood
    cause: str
    number: int


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve as SVG attributes; `words` say it to who does not see it."""

    name: str
    line: str
    area: str
    home: str
    now: str
    words: str


@dataclass(frozen=True, slots=True)
class Point:
    """A change of mood on the time axis: `x` in percent, and what it was."""

    x: str
    number: int
    at: datetime
    label: str
    cause: str


@dataclass(frozen=True, slots=True)
class Plots:
    window: str
    mood: Curve
    emotions: tuple[Curve, ...]
    points: tuple[Point, ...]
    latest: tuple[Point, ...]  # the newest first, for who reads
    ticks: tuple[tuple[str, str, str], ...]  # place in percent, anchor, words
    is_thinned: bool

    @property
    def windows(self) -> list[tuple[str, str, bool]]:
        """The windows to choose from: name, words, whether it is shown."""
        return [(name, words, name == self.window) for name, (words, _) in WINDOWS.items()]


def plots_of(entity: Entity, window: str | None, now: datetime | None = None) -> Plots:
    """Return the plots of `entity` in a window of WINDOWS (two queries).

    For any other name it is the week, or the whole life of one who is younger: a week would show next to nothing.
    """
    now = now or timezone.now()
    usual = "week" if entity.created_at < now - timedelta(days=7) else "all"
    chosen = window if window in WINDOWS else usual
    length = WINDOWS[chosen][1]
    start = now - length if length else min(entity.created_at, now - LEAST)
    felt, temperaments, is_thinned = _felt(entity, start)
    track = _track(entity, felt, temperaments, max(start, min(entity.created_at, now)), now)
    home = temperament_of(entity).baseline
    curves = tuple(_emotion_curve(name, track, home, start, now) for name in EMOTIONS)
    caused = [one for one in felt if one.number > 1]
    return Plots(
        window=chosen,
        mood=_mood_curve(track, home, start, now),
        emotions=curves,
        points=tuple(_point(one, start, now) for one in _strongest(caused, start, now)),
        latest=tuple(_point(one, start, now) for one in caused[: -LATEST - 1 : -1]),
        ticks=_ticks(start, now),
        is_thinned=is_thinned,
    )


def _felt(entity: Entity, start: datetime) -> tuple[list[Felt], list[tuple[datetime, Temperament]], bool]:
    """The changes of mood and of temperament since `start`, oldest first; of very many versions every so many."""
    rows = StateVersion.objects.filter(entity=entity, at__gte=start)
    span = rows.aggregate(first=Min("number"), count=Count("pk"))
    stride = 1 + (span["count"] - 1) // READ if span["count"] else 1
    if stride > 1:
        rows = rows.annotate(turn=(entity.version - F("number")) % stride).filter(turn=0)
    felt: list[Felt] = []
    temperaments: list[tuple[datetime, Temperament]] = []
    for version in rows.order_by("number").only("number", "at", "changes", "cause"):
        for change in changes_of(version):
            match change:
                case SetMood():
                    felt.append(
                        Felt(version.at, change.mood, change.before or change.mood, version.cause, version.number)
                    )
                case SetTemperament():
                    temperaments.append((version.at, change.temperament))
    return felt, temperaments, stride > 1


def _track(
    entity: Entity, felt: list[Felt], temperaments: list[tuple[datetime, Temperament]], start: datetime, now: datetime
) -> list[tuple[datetime, Feeling]]:
    """The mood at every step, and on both sides of every jump."""
    present = felt[0].before if felt else mood_of(entity)
    if felt and felt[0].number == 1:
        present = felt[0].mood
    kept = _last_in_each_step(felt, start, now)
    temperament = temperament_of(entity)
    if temperaments and temperaments[0][0] <= start:
        temperament = temperaments[0][1]
    step = (now - start) / STEPS
    moments: list[tuple[datetime, Felt | Temperament | None]] = [(start + step * n, None) for n in range(STEPS)]
    moments += [(one.at, one) for one in kept if one.at >= start]
    moments += [(at, new) for at, new in temperaments if at > start]
    moments.append((now, None))
    track: list[tuple[datetime, Feeling]] = []
    for at, event in sorted(moments, key=lambda moment: moment[0]):
        mood = settled(present, temperament, at)
        track.append((at, mood))
        if isinstance(event, Felt):
            present = event.mood
            track.append((at, present))
        elif isinstance(event, Temperament):
            present, temperament = mood, event
    return track


def _last_in_each_step(felt: list[Felt], start: datetime, now: datetime) -> list[Felt]:
    """Of changes that no eye could tell apart the last."""
    return list({int((one.at - start) / (now - start) * 2 * STEPS): one for one in felt}.values())


def _mood_curve(track: list[tuple[datetime, Feeling]], home: Feeling, start: datetime, now: datetime) -> Curve:
    values = [(at, mood.valence) for at, mood in track]
    return _curve("mood", values, home.valence, (start, now), MOOD_HEIGHT, low=-1.0)


def _emotion_curve(
    name: str, track: list[tuple[datetime, Feeling]], home: Feeling, start: datetime, now: datetime
) -> Curve:
    values = [(at, mood.emotions.get(name, 0.0)) for at, mood in track]
    return _curve(name, values, home.emotions.get(name, 0.0), (start, now), ROW_HEIGHT, low=0.0)


def _curve(
    name: str, values: list[tuple[datetime, float]], home: float, span: tuple[datetime, datetime], height: int,
    low: float,
) -> Curve:  # fmt: skip
    def y(value: float) -> str:
        return f"{1 + (height - 2) * (1 - (value - low) / (1 - low)):.1f}"

    places = [(f"{_part(at, *span) * WIDTH:.1f}", y(value)) for at, value in values]
    line = "M" + "L".join(f"{x} {place}" for x, place in _distinct(places))
    zero = y(0.0)
    numbers = [value for _, value in values]
    words = f"{name.capitalize()}: from {min(numbers):.2f} to {max(numbers):.2f}, now {numbers[-1]:.2f}"
    if name == "mood":
        words = f"Valence: from {min(numbers):.2f} to {max(numbers):.2f}, now {numbers[-1]:.2f}"
    return Curve(name, line, f"{line}L{places[-1][0]} {zero}L{places[0][0]} {zero}Z", f"M0 {y(home)}H{WIDTH}",
                 f"{numbers[-1]:.2f}", f"{words}, usually {home:.2f}")  # fmt: skip


def _distinct(places: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return list(dict.fromkeys(places))


def _strongest(felt: list[Felt], start: datetime, now: datetime) -> Iterable[Felt]:
    """At most POINTS of the changes: of those that lie together the one that moved most."""
    strongest: dict[int, Felt] = {}
    for one in felt:
        place = int(_part(one.at, start, now) * (POINTS - 1))
        if place not in strongest or _distance(one) >= _distance(strongest[place]):
            strongest[place] = one
    return strongest.values()


def _point(one: Felt, start: datetime, now: datetime) -> Point:
    return Point(f"{100 * _part(one.at, start, now):.1f}%", one.number, one.at, one.mood.label, one.cause)


def _distance(one: Felt) -> float:
    return sum(abs(one.mood.emotions.get(name, 0.0) - one.before.emotions.get(name, 0.0)) for name in EMOTIONS)


def _ticks(start: datetime, now: datetime) -> tuple[tuple[str, str, str], ...]:
    span = now - start
    is_short = span <= timedelta(days=2)
    ticks = []
    for n in range(TICKS):
        at = timezone.localtime(start + span * n / TICKS)
        words = f"{at:%H:%M}" if is_short else f"{at.day} {at:%b}"
        ticks.append((f"{100 * n / TICKS:.0f}%", "start" if n == 0 else "middle", words))
    return (*ticks, ("100%", "end", "now"))


def _part(at: datetime, start: datetime, now: datetime) -> float:
    """Where `at` lies, from 0 at `start` to 1 at `now`."""
    return max(0.0, min(1.0, (at - start) / (now - start)))
