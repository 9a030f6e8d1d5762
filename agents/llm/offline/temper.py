"""How a message moves the entity's mood: bounded steps from how it feels now, drifting home to its baseline."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from agents.changes import EMOTIONS, Feeling, Mood
from agents.emotion.dynamics import AROUSING, PLEASANT
from agents.llm.offline.shape import Move
from agents.llm.offline.voice import Voice, topic_of

STEP = 0.22
DRIFT = 0.12
NOTICEABLE = 0.03
# What is strong already grows little: a push counts for the part of the way that is left, times this.
ROOM = 1.5

with (Path(__file__).parent / "appraisal.toml").open("rb") as _file:
    _TABLES = tomllib.load(_file)
APPRAISAL: dict[str, dict[str, float]] = _TABLES["feels"]
WEIGHT: dict[str, int] = _TABLES["weights"]
ASKED = 87
_CAUSES: dict[str, str] = _TABLES["causes"]


def weight(kind: str) -> int:
    """Return how much a move of this kind asks to be answered."""
    return WEIGHT.get(kind, ASKED)


def moved(present: Mood, moves: Iterable[Move], voice: Voice, home: Feeling | None = None) -> Mood | None:
    """Return the mood after `moves`, or None when nobody would notice the difference.

    No emotion goes further than `STEP` in one turn, or out of 0..1. `home` is what it drifts to (the voice's baseline).
    """
    home = home or voice.baseline
    push = _push(moves, voice)
    emotions: dict[str, float] = {}
    for name in EMOTIONS:
        now = present.emotions.get(name, 0.0)
        pushed = push.get(name, 0.0) * voice.sensitivity * ROOM * ((1.0 - now) if push.get(name, 0.0) > 0 else now)
        step = pushed + _homeward(home.emotions.get(name, 0.0) - now)
        emotions[name] = _within(now + _within(step, -STEP, STEP), 0.0, 1.0)
    delta = {name: emotions[name] - present.emotions.get(name, 0.0) for name in EMOTIONS}
    if max(abs(step) for step in delta.values()) < NOTICEABLE:
        return None
    rises = {name: emotions[name] - home.emotions.get(name, 0.0) for name in EMOTIONS}
    strongest = max(abs(rise) for rise in rises.values())
    intensity = present.intensity + _within(home.intensity + 0.6 * strongest - present.intensity, -0.12, 0.12)
    return Mood(
        label=_word(emotions, rises, delta, voice, home),
        intensity=_within(intensity, 0.05, 1.0),
        valence=_axis(present.valence, home.valence, delta, PLEASANT),
        arousal=_axis(present.arousal, home.arousal, delta, AROUSING),
        emotions=emotions,
    )


def cause(moves: Iterable[Move]) -> str:
    """Return in one sentence what in `moves` moved the mood most."""
    strongest = max(
        moves, key=lambda move: sum(abs(step) for step in APPRAISAL.get(move.kind, {}).values()), default=None
    )
    kind = strongest.kind if strongest and strongest.kind in APPRAISAL else ""
    return _CAUSES.get(kind, "It stirred something." if kind else "Nothing stirred; settling back to how I usually am.")


def _push(moves: Iterable[Move], voice: Voice) -> dict[str, float]:
    push: dict[str, float] = {}
    for move in moves:
        topic = topic_of(voice, move.text)
        for source in (APPRAISAL.get(move.kind, {}), topic.feels if topic else {}):
            for name, amount in source.items():
                if abs(amount) > abs(push.get(name, 0.0)):
                    push[name] = amount
    return push


def _homeward(way: float) -> float:
    """Return the step home, when `way` is what is left: a part of it, and all of it once that is little."""
    step = max(DRIFT * abs(way), min(abs(way), NOTICEABLE))
    return step if way > 0 else -step


def _word(
    emotions: dict[str, float], rises: dict[str, float], delta: dict[str, float], voice: Voice, home: Feeling
) -> str:
    """Return the word for a mood: of what just struck, else of the emotion that stands out from the persona's usual,
    else of the strongest."""
    struck = max(EMOTIONS, key=lambda name: delta[name])
    if delta[struck] >= 0.1 and rises[struck] >= 0.1 and emotions[struck] >= 0.2:
        return _level(emotions[struck], voice.moods[struck])
    risen = max(EMOTIONS, key=lambda name: rises[name])
    strongest = max(EMOTIONS, key=lambda name: emotions[name])
    if rises[risen] < 0.07:
        return home.label
    shown = risen if emotions[risen] >= 0.7 * emotions[strongest] else strongest
    if shown == home.dominant and rises[shown] < 0.07:
        return home.label
    return _level(emotions[shown], voice.moods[shown])


def _level(value: float, words: tuple[str, str, str]) -> str:
    return words[0 if value < 0.42 else 1 if value < 0.68 else 2]


def _axis(now: float, home: float, delta: dict[str, float], weights: Mapping[str, float]) -> float:
    step = 0.6 * sum(weights[name] * amount for name, amount in delta.items()) + 0.5 * DRIFT * (home - now)
    return _within(now + _within(step, -0.2, 0.2), -1.0, 1.0)


def _within(value: float, low: float, high: float) -> float:
    return round(min(max(value, low), high), 2)
