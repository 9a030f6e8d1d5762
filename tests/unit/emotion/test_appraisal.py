"""D17: what is said does something to the one who hears it, by what it is and by who they are."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.changes import EMOTIONS, Mood, Temperament
from agents.emotion import appraise, moved
from agents.emotion.appraisal import _KINDS, LEAST, MOST, traits
from agents.samples import samples


@pytest.mark.parametrize(
    ("text", "emotion"),
    [
        ("Thank you, that helped a lot.", "joy"),
        ("You are useless.", "anger"),
        ("My grandmother died last night.", "sadness"),
        ("I'll delete you.", "fear"),
        ("That soup is disgusting!", "disgust"),
        ("Guess what: they called back.", "surprise"),
        ("I trust you. It is a secret.", "trust"),
        ("Tomorrow we sail.", "anticipation"),
    ],
)
def test_d17_each_of_the_eight_emotions_has_its_causes(text: str, emotion: str) -> None:
    appraisal = appraise(text)
    assert appraisal and max(appraisal.deltas, key=lambda name: appraisal.deltas[name]) == emotion
    assert "“" in appraisal.cause, "the cause quotes what was said"
    assert moved(Mood(), Temperament(), appraisal.deltas)


@pytest.mark.parametrize("text", ["", "The train leaves at nine.", "I'm not sad at all.", "I am never angry", "\0"])
def test_d17_what_says_nothing_to_them_leaves_them_as_they_are(text: str) -> None:
    assert appraise(text) is None


def test_d17_the_same_words_do_more_to_one_than_to_another() -> None:
    plain, shy, calm = (appraise("I'll destroy it.", who) for who in ("", "A shy, nervous boy.", "Patient and brave."))
    assert plain and shy and calm
    assert shy.deltas["fear"] > plain.deltas["fear"] > calm.deltas["fear"]


def test_d17_what_touches_a_goal_counts_more() -> None:
    goals = ["Put the harbour ledgers in order"]
    text = "Good news: the harbour ledgers are complete."
    told, cold = appraise(text, goals=goals), appraise(text)
    assert told and cold and told.deltas["joy"] > cold.deltas["joy"]
    only = appraise("Where are the ledgers?", goals=goals)
    assert only and list(only.deltas) == ["anticipation"] and "ledgers" in only.cause


@given(st.text(max_size=400), st.text(max_size=100))
def test_d17_whatever_is_said_pushes_are_bounded_and_always_the_same(text: str, persona: str) -> None:
    appraisal = appraise(text, persona)
    assert appraisal == appraise(text, persona)
    if appraisal:
        assert all(name in EMOTIONS and -1 <= push <= 1 for name, push in appraisal.deltas.items())


def test_d17_every_kind_of_event_and_every_persona_has_valid_numbers() -> None:
    assert all(name in EMOTIONS and -1 <= push <= 1 for kind, _ in _KINDS for name, push in kind.feels.items())
    for sample in samples():
        assert all(LEAST <= factor <= MOST for factor in traits(sample.persona).values())
        assert set(traits(sample.persona).values()) != {1.0}, f"{sample.name} is somebody"


def test_d17_a_long_hostile_text_takes_no_time() -> None:
    began = time.perf_counter()
    appraise("you are so very really not " * 5_000, "not " * 5_000)
    assert time.perf_counter() - began < 0.2
