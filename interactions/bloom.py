"""The bloom's geometry: eight petals, one per basic emotion, by the formulas of the agreed design."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from django.utils import timezone

from agents.changes import EMOTIONS, Mood
from agents.models import Entity
from agents.state import mood_at

FormName = Literal["small", "large", "portrait"]


@dataclass(frozen=True, slots=True)
class Form:
    """How petals grow: `r0` and `reach` are radii, `width` and `spread` half widths, in the bloom's own units."""

    r0: float
    reach: float
    width: float
    spread: float
    floor: float
    faint: float
    heart: float


FORMS: Mapping[FormName, Form] = {
    "small": Form(r0=3, reach=46, width=8, spread=10, floor=0.46, faint=0.40, heart=6),
    "large": Form(r0=3, reach=46, width=5, spread=13, floor=0.22, faint=0.30, heart=4),
    "portrait": Form(r0=19, reach=30, width=6, spread=12, floor=0.30, faint=0.40, heart=21),
}


@dataclass(frozen=True, slots=True)
class Petal:
    """One drawn petal: `path` and `opacity` are SVG attributes, `angle` turns it clockwise from the top."""

    emotion: str
    angle: int
    path: str
    opacity: str


def form_for(size: int, has_portrait: bool = False) -> FormName:
    """Return the form that is drawn at `size` CSS pixels."""
    if has_portrait and size >= 44:
        return "portrait"
    return "large" if size > 72 else "small"


def petals(emotions: Mapping[str, float], form: FormName) -> tuple[Petal, ...]:
    """Return the eight petals for intensities 0..1 in `emotions`; a missing one counts as 0."""
    return drawn(values_of(emotions), form)


def values_of(emotions: Mapping[str, float]) -> tuple[float, ...]:
    """Return the eight intensities, as exactly as a petal shows them."""
    return tuple(round(emotions.get(name, 0.0), 3) for name in EMOTIONS)


def ghosts() -> tuple[Petal, ...]:
    """Return the eight outlines of a large bloom: how far each petal could reach."""
    return drawn((1.0,) * len(EMOTIONS), "large")


def feeling(subject: Entity | Mood) -> Mood:
    """Return how an entity feels now, or the mood itself."""
    return mood_at(subject, timezone.now()) if isinstance(subject, Entity) else subject


def in_words(mood: Mood, name: str = "") -> str:
    """Return what a bloom shows: "NAME: MOOD LEVEL; three strongest emotions with values"."""
    strongest = sorted(EMOTIONS, key=lambda emotion: -mood.emotions.get(emotion, 0.0))[:3]
    values = ", ".join(f"{emotion} {mood.emotions.get(emotion, 0.0):.2f}" for emotion in strongest)
    return f"{name + ': ' if name else ''}{mood.label} {mood.intensity:.2f}; {values}"


@lru_cache(maxsize=4096)
def drawn(values: tuple[float, ...], form: FormName) -> tuple[Petal, ...]:
    """Return the petals for `values_of` a mood's emotions."""
    shape = FORMS[form]
    return tuple(
        Petal(emotion, 45 * place, _path(shape, value), f"{shape.faint + (1 - shape.faint) * value:.2f}")
        for place, (emotion, value) in enumerate(zip(EMOTIONS, values, strict=True))
    )


def _path(shape: Form, value: float) -> str:
    length = shape.reach * (shape.floor + (1 - shape.floor) * value)
    width = shape.width + shape.spread * value
    low, high, tip = (number(-(shape.r0 + part * length)) for part in (0.28, 0.68, 1.0))
    base, wide, narrow = number(-shape.r0), number(1.2 * width), number(0.55 * width)
    return f"M0 {base}C{wide} {low} {narrow} {high} 0 {tip}C-{narrow} {high} -{wide} {low} 0 {base}Z"


def number(value: float) -> str:
    """Return `value` to a tenth, without a needless ".0"."""
    return f"{value:.1f}".removesuffix(".0")
