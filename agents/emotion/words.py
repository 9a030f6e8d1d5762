"""The word for a mood, from its emotions."""

from collections.abc import Mapping

from agents.changes import EMOTIONS, Feeling

# Each basic emotion weak, plain and strong: Plutchik, R. (1980), "A general psychoevolutionary theory of emotion".
WORDS: Mapping[str, tuple[str, str, str]] = {
    "joy": ("serene", "joyful", "ecstatic"),
    "trust": ("at ease", "trusting", "devoted"),
    "fear": ("apprehensive", "afraid", "terrified"),
    "surprise": ("taken aback", "surprised", "amazed"),
    "sadness": ("pensive", "sad", "grieving"),
    "disgust": ("put off", "disgusted", "revolted"),
    "anger": ("annoyed", "angry", "furious"),
    "anticipation": ("interested", "expectant", "eager"),
}
OURS = frozenset(word for words in WORDS.values() for word in words)
# From these values on an emotion is called by its plain and its strong word.
PLAIN, STRONG = 0.42, 0.7
# An emotion stands out, and a mood is away from home, from this difference on.
APART = 0.07


def word_for(mood: Feeling, home: Feeling) -> str:
    """Return the word for what stands out in `mood` from the baseline `home`; the baseline's own where nothing does.

    What has risen most is named, and not what is strongest: somebody who always trusts is not described by it.
    """
    rises = {name: mood.emotions.get(name, 0.0) - home.emotions.get(name, 0.0) for name in EMOTIONS}
    risen = max(EMOTIONS, key=lambda name: rises[name])
    if rises[risen] < APART:
        return home.label
    value = mood.emotions.get(risen, 0.0)
    return WORDS[risen][0 if value < PLAIN else 1 if value < STRONG else 2]


def is_home(mood: Feeling, home: Feeling) -> bool:
    """Whether nobody would tell `mood` from the baseline `home`, but for its word."""
    apart = [mood.emotions.get(name, 0.0) - home.emotions.get(name, 0.0) for name in EMOTIONS]
    apart += [mood.intensity - home.intensity, mood.valence - home.valence, mood.arousal - home.arousal]
    return all(abs(difference) < APART for difference in apart)
