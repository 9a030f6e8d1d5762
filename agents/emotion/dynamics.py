"""What becomes of feelings: they are pushed by bounded steps, and fade to the baseline with time."""

import math
from collections.abc import Mapping
from datetime import datetime

from agents.changes import EMOTIONS, Feeling, Mood, Temperament
from agents.emotion.words import OURS, is_home, word_for
from agents.errors import EmotionError

# Seconds in which a feeling of the least and of the most stable one falls to 1/e of its distance from the baseline.
SLOWEST, FASTEST = 12 * 3600.0, 1800.0
# A mood outlasts the emotions that made it: Ekman, P. (1994), "Moods, emotions, and traits".
MOOD_LASTS = 3.0
# One event moves nothing further than this, and less than `NOTICEABLE` is no change of mood.
STEP, NOTICEABLE = 0.3, 0.03
# How much of a change of emotions shows in valence, arousal and intensity.
SHOWN = 0.6
# Where the eight lie in the circumplex: Russell, J. A. (1980), "A circumplex model of affect"; rounded.
PLEASANT: Mapping[str, float] = {
    "joy": 1.0, "trust": 0.5, "fear": -0.7, "surprise": 0.05,
    "sadness": -0.9, "disgust": -0.6, "anger": -0.8, "anticipation": 0.3,
}  # fmt: skip
AROUSING: Mapping[str, float] = {
    "joy": 0.3, "trust": -0.1, "fear": 0.8, "surprise": 0.8,
    "sadness": -0.4, "disgust": 0.2, "anger": 0.9, "anticipation": 0.5,
}  # fmt: skip


def tau(stability: float) -> float:
    """Return the time constant of emotions in seconds: `SLOWEST * (FASTEST / SLOWEST) ** stability`.

    Who is emotionally stable is sooner back: Davidson, R. J. (1998), "Affective style and affective disorders"; that
    emotions decay to a mood set by the personality is Gebhard, P. (2005), "ALMA". Raises `EmotionError` for a
    stability that is not within 0..1.
    """
    if not 0 <= stability <= 1:  # no number compares as false
        raise EmotionError("Stability is a number from 0 to 1.")
    return SLOWEST * math.pow(FASTEST / SLOWEST, stability)


def reactivity(stability: float) -> float:
    """Return how far events move somebody, from 1.5 (not stable at all) to 0.5: `1.5 - stability`.

    Raises `EmotionError` like `tau`.
    """
    if not 0 <= stability <= 1:
        raise EmotionError("Stability is a number from 0 to 1.")
    return 1.5 - stability


def decayed(mood: Mood, temperament: Temperament, seconds: float) -> Mood:
    """Return `mood` after `seconds` in which nothing happened: `x(t) = b + (x0 - b) * exp(-t / tau)`.

    Emotions and intensity fade with `tau` of the stability, valence and arousal `MOOD_LASTS` times slower. Twice half
    the time gives the same as once the whole; a time that is not positive changes nothing. Raises `EmotionError` when
    `seconds` is no finite number.
    """
    if not math.isfinite(seconds):
        raise EmotionError("A time that has passed is a finite number of seconds.")
    if seconds <= 0:
        return mood
    home, constant = temperament.baseline, tau(temperament.stability)
    fast, slow = math.exp(-seconds / constant), math.exp(-seconds / (MOOD_LASTS * constant))
    names = {*mood.emotions, *home.emotions}
    emotions = {
        name: _toward(mood.emotions.get(name, 0.0), home.emotions.get(name, 0.0), fast)
        for name in (*EMOTIONS, *sorted(names - {*EMOTIONS}))
        if name in names
    }
    faded = mood.model_copy(
        update={
            "intensity": _toward(mood.intensity, home.intensity, fast),
            "valence": _toward(mood.valence, home.valence, slow),
            "arousal": _toward(mood.arousal, home.arousal, slow),
            "emotions": emotions,
        }
    )
    return faded.model_copy(update={"label": _label(mood, faded, home)})


def settled(mood: Mood, temperament: Temperament, at: datetime) -> Mood:
    """Return `mood`, which holds since its own time, as it is at `at`. One without a time does not fade.

    Numbers have four digits: they are shown, or written.
    """
    if mood.at is None or at <= mood.at:
        return mood
    faded = decayed(mood, temperament, (at - mood.at).total_seconds())
    axes = {name: round(getattr(faded, name), 4) for name in ("intensity", "valence", "arousal")}
    emotions = {name: round(value, 4) for name, value in faded.emotions.items()}
    return faded.model_copy(update={**axes, "emotions": emotions, "at": at})


def moved(mood: Mood, temperament: Temperament, deltas: Mapping[str, float]) -> Mood | None:
    """Return `mood` after an event that pushes emotions by `deltas` (-1..1 each); None when nobody would notice.

    Each push, times `reactivity`, is bounded to `STEP` and counts for the room that is left: `x + d * (1 - x)` upwards,
    `x + d * x` downwards; so no emotion leaves 0..1. Valence and arousal follow by where the emotions lie in the
    circumplex, intensity by what stands out most; each by `STEP` at most. The time is left to whoever writes it.
    Raises `EmotionError` for a delta that is no number or of no emotion.
    """
    factor, home = reactivity(temperament.stability), temperament.baseline
    emotions = {**mood.emotions, **{name: mood.emotions.get(name, 0.0) for name in EMOTIONS}}
    for name, delta in deltas.items():
        if name not in EMOTIONS or not math.isfinite(delta):
            raise EmotionError(f"“{name}” by {delta} is no push of one of the eight emotions.")
        emotions[name] = _pushed(emotions[name], _within(delta * factor, STEP))
    change = {name: emotions[name] - mood.emotions.get(name, 0.0) for name in EMOTIONS}
    if max(abs(step) for step in change.values()) < NOTICEABLE:
        return None
    apart = max(abs(emotions[name] - home.emotions.get(name, 0.0)) for name in EMOTIONS)
    wanted = min(1.0, home.intensity + SHOWN * apart)
    after = Mood(
        label=mood.label,
        intensity=_unit(mood.intensity + _within(wanted - mood.intensity, STEP)),
        valence=_axis(mood.valence, change, PLEASANT),
        arousal=_axis(mood.arousal, change, AROUSING),
        emotions={name: _unit(value) for name, value in emotions.items()},
        held=mood.held,
    )
    return after if after.held else after.model_copy(update={"label": word_for(after, home)})


def _label(before: Mood, mood: Mood, home: Feeling) -> str:
    """The word for a mood that has faded: a held one stays; one that was found for it otherwise stays until it is as
    usual again. Where nothing was far from usual there was nothing to fade: then the word is what had changed."""
    if mood.held or is_home(before, home):
        return mood.label
    if is_home(mood, home):
        return home.label
    return word_for(mood, home) if mood.label in OURS else mood.label


def _toward(value: float, home: float, left: float) -> float:
    return home + (value - home) * left


def _pushed(value: float, step: float) -> float:
    return value + step * ((1.0 - value) if step > 0 else value)


def _axis(now: float, change: Mapping[str, float], weights: Mapping[str, float]) -> float:
    step = SHOWN * sum(weights[name] * amount for name, amount in change.items())
    return round(max(-1.0, min(1.0, now + _within(step, STEP))), 3)


def _within(step: float, most: float) -> float:
    return max(-most, min(most, step))


def _unit(value: float) -> float:
    return round(max(0.0, min(1.0, value)), 3)
