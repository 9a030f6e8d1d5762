"""How a message moves the entity's mood: bounded steps from how it feels now, drifting home to its baseline."""

from collections.abc import Iterable

from agents.changes import EMOTIONS, Mood
from agents.llm.offline.shape import Move
from agents.llm.offline.voice import Voice, topic_of

STEP = 0.22
DRIFT = 0.12
NOTICEABLE = 0.03
# What is strong already grows little: a push counts for the part of the way that is left, times this.
ROOM = 1.5

_HURT = {"sadness": 0.17, "trust": 0.05, "joy": -0.14, "anticipation": -0.16}
# What each kind of move does to the one who hears it, before the voice's sensitivity.
APPRAISAL: dict[str, dict[str, float]] = {
    "greet": {"joy": 0.06, "anticipation": 0.06}, "back": {"joy": 0.08, "trust": 0.04}, "name": {"trust": 0.09, "joy": 0.07},
    "like": {"joy": 0.06, "anticipation": 0.06}, "favourite": {"joy": 0.07, "trust": 0.04}, "dislike": {"disgust": 0.05, "trust": 0.03},
    "kin": {"trust": 0.07, "anticipation": 0.05}, "pet": {"joy": 0.09, "trust": 0.04}, "work": {"trust": 0.05, "anticipation": 0.05},
    "place": {"trust": 0.05, "anticipation": 0.06}, "thing": {"anticipation": 0.07}, "event": {"anticipation": 0.12, "surprise": 0.08},
    "doing": {"anticipation": 0.10, "trust": 0.03}, "fact": {"trust": 0.06, "anticipation": 0.05}, "plan": {"anticipation": 0.13, "joy": 0.03},
    "appointment": {"anticipation": 0.12, "fear": 0.03}, "wish": {"anticipation": 0.10, "joy": 0.05}, "remember": {"trust": 0.10},
    "sad": _HURT, "lonely": {"sadness": 0.15, "trust": 0.08, "joy": -0.08, "anticipation": -0.10}, "grief": {"sadness": 0.24, "trust": 0.08, "joy": -0.24, "surprise": 0.05, "anticipation": -0.24},
    "bad_news": {"sadness": 0.17, "surprise": 0.08, "joy": -0.18, "anger": 0.04, "anticipation": -0.14}, "tired": {"sadness": 0.05, "trust": 0.05},
    "sick": {"sadness": 0.07, "fear": 0.06, "trust": 0.04}, "angry": {"anger": 0.07, "fear": 0.04, "trust": 0.02}, "bored": {"anticipation": 0.05, "joy": -0.03},
    "afraid": {"fear": 0.12, "trust": 0.06}, "happy": {"joy": 0.16, "trust": 0.04, "sadness": -0.06}, "good_news": {"joy": 0.20, "surprise": 0.12, "sadness": -0.08},
    "crisis": {"fear": 0.2, "sadness": 0.2, "joy": -0.2, "trust": 0.05}, "calm": {"joy": 0.04}, "thanks": {"joy": 0.10, "trust": 0.07}, "compliment": {"joy": 0.16, "trust": 0.08, "surprise": 0.05},
    "love": {"joy": 0.14, "trust": 0.10, "surprise": 0.14}, "insult": {"anger": 0.17, "sadness": 0.08, "joy": -0.12, "trust": -0.12, "disgust": 0.08},
    "sorry": {"trust": 0.08, "anger": -0.10, "joy": 0.04}, "bye": {"sadness": 0.07, "trust": 0.03}, "forget": {"sadness": 0.06, "trust": 0.03},
    "forget_name": {"sadness": 0.09}, "forget_all": {"sadness": 0.16, "surprise": 0.06}, "forget_last": {"sadness": 0.04}, "silence": {"trust": 0.04, "anticipation": -0.04},
    "help": {"anticipation": 0.12, "trust": 0.05}, "goal_done": {"joy": 0.15, "anticipation": -0.06}, "opinion": {"anticipation": 0.06}, "advice": {"trust": 0.07},
    "ask_how": {"joy": 0.06, "trust": 0.05}, "ask_feel": {"trust": 0.07, "surprise": 0.04}, "ask_about_you": {"surprise": 0.05, "trust": 0.04}, "ask_story": {"joy": 0.08},
    "ask_joke": {"joy": 0.06}, "ask_doing": {"joy": 0.04}, "ask_name": {"trust": 0.05}, "ask_all": {"trust": 0.06}, "recall": {"trust": 0.05}, "cannot": {"sadness": 0.03, "anger": 0.03},
    "laugh": {"joy": 0.10}, "yes": {"joy": 0.03}, "wow": {"joy": 0.05, "surprise": 0.03}, "confused": {"surprise": 0.06}, "foreign": {"surprise": 0.08}, "emoji": {"surprise": 0.06},
}  # fmt: skip
_PLEASANT = {"joy": 1.0, "trust": 0.5, "anticipation": 0.3, "surprise": 0.05, "fear": -0.7, "sadness": -0.9, "disgust": -0.6, "anger": -0.8}
_AROUSING = {"joy": 0.3, "trust": -0.1, "anticipation": 0.5, "surprise": 0.8, "fear": 0.8, "sadness": -0.4, "disgust": 0.2, "anger": 0.9}


def moved(present: Mood, moves: Iterable[Move], voice: Voice) -> Mood | None:
    """Return the mood after `moves`, or None when nobody would notice the difference.

    No emotion goes further than `STEP` in one turn, or out of 0..1.
    """
    home = voice.baseline
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
        label=_word(emotions, rises, delta, voice),
        intensity=_within(intensity, 0.05, 1.0),
        valence=_axis(present.valence, home.valence, delta, _PLEASANT),
        arousal=_axis(present.arousal, home.arousal, delta, _AROUSING),
        emotions=emotions,
    )


_CAUSES = {
    "crisis": "They are in danger, and that comes before everything.",
    "grief": "Somebody is gone, and they told me.", "good_news": "Their good news is catching.", "bad_news": "That is hard news, and not only for them.",
    "sad": "They are low, and it reaches me.", "lonely": "They are alone, and it reaches me.", "tired": "They are worn out.", "afraid": "They are worried.",
    "sick": "They are not well.", "angry": "There is anger about.", "happy": "They are glad, and it is catching.", "insult": "That was meant to hurt.",
    "compliment": "That was kind.", "love": "That was unexpected, and kind.", "thanks": "They thanked me.", "sorry": "They made it right.", "bye": "They are leaving.",
    "name": "They trusted me with a name.", "greet": "Somebody came to talk.", "back": "They came back.", "forget": "Something has to be let go.",
    "forget_all": "All of it has to be let go.", "forget_name": "A name has to be let go.", "plan": "There is something ahead.", "appointment": "There is something ahead.",
    "event": "Something happened, and I want to know more.", "like": "They showed me something they like.", "favourite": "They showed me something they like.",
    "goal_done": "Something is settled.", "help": "They need me for something.", "ask_how": "They asked how I am.", "ask_feel": "They asked what I feel.",
    "pet": "An animal came into the talk.", "kin": "They spoke of their people.", "remember": "They gave me something to keep.", "wish": "They told me a wish.",
    "ask_all": "They asked what I have kept of them.", "recall": "They asked what I have kept of them.", "ask_name": "They asked whether I know them.",
    "ask_about_you": "They want to know who I am.", "ask_doing": "They want to know what it is like here.", "ask_story": "They asked for a story.", "ask_joke": "They asked for a joke.",
    "place": "They told me where they belong.", "work": "They told me what they do.", "fact": "They told me something of themself.", "doing": "They are in the middle of something.",
    "thing": "They told me of a thing of theirs.", "dislike": "They told me what they can’t abide.", "opinion": "They want to know what I think.", "advice": "They trust me with a decision.",
    "cannot": "I had to say no.", "wow": "They were taken with it.", "yes": "We agree.", "bored": "They are bored.", "confused": "I was not understood.",
    "emoji": "They sent a small picture.", "foreign": "I could not follow.", "calm": "They are well.",
    "silence": "They want quiet, and that is restful.", "laugh": "They laughed.",
}  # fmt: skip


def cause(moves: Iterable[Move]) -> str:
    """Return in one sentence what in `moves` moved the mood most."""
    strongest = max(moves, key=lambda move: sum(abs(step) for step in APPRAISAL.get(move.kind, {}).values()), default=None)
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


def _word(emotions: dict[str, float], rises: dict[str, float], delta: dict[str, float], voice: Voice) -> str:
    """Return the word for a mood: of what just struck, else of the emotion that stands out from the persona's usual,
    else of the strongest."""
    struck = max(EMOTIONS, key=lambda name: delta[name])
    if delta[struck] >= 0.1 and rises[struck] >= 0.1 and emotions[struck] >= 0.2:
        return _level(emotions[struck], voice.moods[struck])
    risen = max(EMOTIONS, key=lambda name: rises[name])
    strongest = max(EMOTIONS, key=lambda name: emotions[name])
    if rises[risen] < 0.07:
        return voice.baseline.label
    shown = risen if emotions[risen] >= 0.7 * emotions[strongest] else strongest
    if shown == voice.baseline.dominant and rises[shown] < 0.07:
        return voice.baseline.label
    return _level(emotions[shown], voice.moods[shown])


def _level(value: float, words: tuple[str, str, str]) -> str:
    return words[0 if value < 0.42 else 1 if value < 0.68 else 2]


def _axis(now: float, home: float, delta: dict[str, float], weights: dict[str, float]) -> float:
    step = 0.6 * sum(weights[name] * amount for name, amount in delta.items()) + 0.5 * DRIFT * (home - now)
    return _within(now + _within(step, -0.2, 0.2), -1.0, 1.0)


def _within(value: float, low: float, high: float) -> float:
    return round(min(max(value, low), high), 2)
