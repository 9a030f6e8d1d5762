"""D17 and D18: emotions and mood are bounded, are pushed by bounded steps, and fade to the baseline."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.changes import EMOTIONS, Feeling, Mood, Temperament
from agents.emotion import dynamics
from agents.emotion.dynamics import FASTEST, SLOWEST, STEP, decayed, moved, settled, tau
from agents.emotion.words import WORDS, is_home
from agents.errors import EmotionError

UNIT, SIGNED = st.floats(0, 1), st.floats(-1, 1)
FELT = st.fixed_dictionaries({name: UNIT for name in EMOTIONS})
MOODS = st.builds(Mood, label=st.sampled_from(["calm", "wistful", "angry", "sad"]), intensity=UNIT, valence=SIGNED,
                  arousal=SIGNED, emotions=FELT, held=st.booleans())  # fmt: skip
FEELINGS = st.builds(Feeling, label=st.just("at home"), intensity=UNIT, valence=SIGNED, arousal=SIGNED, emotions=FELT)
TEMPERAMENTS = st.builds(Temperament, baseline=FEELINGS, stability=UNIT)
SECONDS = st.floats(0, 30 * 86_400)
PUSHES = st.dictionaries(st.sampled_from(EMOTIONS), st.floats(-1, 1))


def numbers(mood: Feeling) -> list[float]:
    return [mood.intensity, mood.valence, mood.arousal, *(mood.emotions.get(name, 0.0) for name in EMOTIONS)]


def is_valid(mood: Mood) -> bool:
    return Mood.model_validate(mood.model_dump()) == mood


@given(MOODS, TEMPERAMENTS, PUSHES)
def test_d17_an_event_moves_nothing_out_of_its_bounds_nor_further_than_a_step(
    mood: Mood, temperament: Temperament, pushes: dict[str, float]
) -> None:
    after = moved(mood, temperament, pushes)
    if after is not None:
        assert is_valid(after)
        assert all(abs(x - y) <= STEP + 0.002 for x, y in zip(numbers(mood), numbers(after), strict=True))
        assert after == moved(mood, temperament, pushes)


@given(MOODS, TEMPERAMENTS, SECONDS, SECONDS)
def test_d18_a_mood_fades_to_the_baseline_and_never_past_it(
    mood: Mood, temperament: Temperament, one: float, more: float
) -> None:
    sooner, later = decayed(mood, temperament, one), decayed(mood, temperament, one + more)
    home = numbers(temperament.baseline)
    for x0, x1, x2, b in zip(numbers(mood), numbers(sooner), numbers(later), home, strict=True):
        assert abs(x2 - b) <= abs(x1 - b) + 1e-9 <= abs(x0 - b) + 2e-9
        assert (x2 - b) * (x0 - b) >= -1e-9, "it does not swing over"
    assert all(-1e-12 <= value <= 1 + 1e-12 for value in later.emotions.values())


@given(MOODS, TEMPERAMENTS, SECONDS)
def test_d18_twice_half_the_time_is_once_the_whole(mood: Mood, temperament: Temperament, seconds: float) -> None:
    once = decayed(mood, temperament, seconds)
    twice = decayed(decayed(mood, temperament, seconds / 2), temperament, seconds / 2)
    assert numbers(twice) == pytest.approx(numbers(once), abs=1e-9)
    assert once == decayed(mood, temperament, seconds)


@given(MOODS, TEMPERAMENTS)
def test_d18_after_long_enough_it_is_at_home_with_the_baseline_s_word_unless_that_is_held(
    mood: Mood, temperament: Temperament
) -> None:
    after = decayed(mood, temperament, 60 * SLOWEST)
    assert numbers(after) == pytest.approx(numbers(temperament.baseline), abs=1e-6)
    stays = mood.held or is_home(mood, temperament.baseline)  # a word alone that was changed has nothing to fade with
    assert after.label == (mood.label if stays else "at home")


def test_d18_a_word_that_alone_was_changed_does_not_fade() -> None:
    temperament = Temperament()
    only_said = Mood(**temperament.baseline.model_dump() | {"label": "curious"})
    assert [decayed(only_said, temperament, seconds).label for seconds in (1, 60 * SLOWEST)] == ["curious"] * 2


@given(MOODS, TEMPERAMENTS, st.floats(-1e9, 0))
def test_d18_a_clock_that_was_set_back_changes_nothing(mood: Mood, temperament: Temperament, seconds: float) -> None:
    assert decayed(mood, temperament, seconds) == mood


def test_d18_after_tau_a_third_is_left_and_who_is_stable_is_sooner_back() -> None:
    mood = Mood(label="angry", emotions={"anger": 1.0})
    after = decayed(mood, Temperament(), tau(0.5))
    assert after.emotions["anger"] == pytest.approx(1 / math.e)
    assert after.label == "annoyed", "the word follows the emotions"
    assert tau(0) == SLOWEST and tau(1) == pytest.approx(FASTEST) and tau(0.2) > tau(0.8)
    assert dynamics.reactivity(0.1) > dynamics.reactivity(0.9)


def test_d18_the_time_that_passed_is_between_stored_times() -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    mood = Mood(emotions={"joy": 1.0}, at=began)
    hour = settled(mood, Temperament(), began + timedelta(hours=1))
    assert numbers(hour) == pytest.approx(numbers(decayed(mood, Temperament(), 3600)), abs=1e-4)
    assert hour.at == began + timedelta(hours=1)
    assert settled(mood.model_copy(update={"at": None}), Temperament(), began).emotions == {"joy": 1.0}


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_d17_the_word_follows_the_emotions_and_says_how_strong(emotion: str) -> None:
    mood, words = Mood(), []
    for _ in range(12):
        mood = moved(mood, Temperament(stability=0), {emotion: 0.2}) or mood
        words.append(mood.label)
    assert list(dict.fromkeys(words)) == list(WORDS[emotion])


def test_d17_a_held_word_stays_until_it_is_released() -> None:
    held = Mood(label="grumpy", held=True)
    after = moved(held, Temperament(), {"joy": 0.3})
    assert after and (after.label, after.held) == ("grumpy", True) and after.emotions["joy"] > 0.2
    free = moved(after.model_copy(update={"held": False}), Temperament(), {"joy": 0.3})
    assert free and free.label == "joyful"


def test_d17_what_nobody_would_notice_is_no_change() -> None:
    assert moved(Mood(), Temperament(), {"joy": 0.01}) is None
    assert moved(Mood(), Temperament(), {}) is None


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_d17_what_is_no_number_is_refused(bad: float) -> None:
    with pytest.raises(EmotionError):
        decayed(Mood(), Temperament(), bad)
    with pytest.raises(EmotionError):
        moved(Mood(), Temperament(), {"joy": bad})
    with pytest.raises(EmotionError):
        tau(bad)
    with pytest.raises(EmotionError):
        dynamics.reactivity(bad)
    for field in ("intensity", "valence", "arousal"):
        with pytest.raises(ValidationError):
            Mood.model_validate({field: bad})
    with pytest.raises(ValidationError):
        Mood(emotions={"joy": bad})
    with pytest.raises(ValidationError):
        Temperament(stability=bad)


@pytest.mark.parametrize("bad", [-0.01, 1.01, 7])
def test_d17_what_is_out_of_range_is_refused(bad: float) -> None:
    with pytest.raises(EmotionError):
        tau(bad)
    with pytest.raises(EmotionError):
        moved(Mood(), Temperament(), {"envy": 0.1})
    with pytest.raises(ValidationError):
        Temperament(stability=bad)
