"""The incremental parser of plans."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.errors import PlanRejected
from agents.strategies.plan_stream import PlanStream
from agents.strategies.steps import Piece, Step

PLAN: dict[str, Any] = {
    "reasoning": "a greeting",
    "can_extend": False,
    "actions": [
        {"action": "THINK", "context": "first", "text": "A \"new\" voice. 'Hm', {odd} [brackets] \\ and ünïcödé 🌊."},
        {"action": "UPDATE_MOOD", "mood": "curious", "intensity": 0.6, "emotions": {"joy": 0.5}},
        {"action": "SPEAK", "text": "Good evening.\n\nCome in, **sit**."},
        {"action": "DONE"},
    ],
}


def feed(text: str, size: int) -> tuple[PlanStream, list[Piece | Step]]:
    stream = PlanStream()
    items: list[Piece | Step] = []
    for start in range(0, len(text), size):
        items += stream.feed(text[start : start + size])
    return stream, items


def streamed(items: list[Piece | Step], action: str) -> str:
    return "".join(item.text for item in items if isinstance(item, Piece) and item.action == action)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 10_000])
@pytest.mark.parametrize("wrap", ["{}", "\n {}\n", "```json\n{}\n```"])
def test_the_plan_is_the_same_however_it_is_cut(size: int, wrap: str) -> None:
    text = wrap.replace("{}", json.dumps(PLAN, ensure_ascii=size % 2 == 0))
    stream, items = feed(text, size)
    last, plan = stream.close()
    steps = [item.planned for item in items if isinstance(item, Step)]
    assert last == []
    assert [step.action for step in steps] == ["THINK", "UPDATE_MOOD", "SPEAK", "DONE"]
    assert plan.reasoning == "a greeting" and plan.can_extend is False and list(plan.actions) == steps
    assert streamed(items, "THINK") == steps[0].args["text"] == PLAN["actions"][0]["text"]
    assert streamed(items, "SPEAK") == PLAN["actions"][2]["text"]


def test_text_is_handed_on_before_its_action_is_whole() -> None:
    stream = PlanStream()
    items = stream.feed('{"actions": [{"action": "SPEAK", "text": "Good eve')
    assert [item.text for item in items if isinstance(item, Piece)] == ["Good eve"]
    items = stream.feed("ning, No")
    assert [item.text for item in items if isinstance(item, Piece)] == ["ning, No"]


def test_an_action_is_a_step_as_soon_as_it_closes() -> None:
    stream = PlanStream()
    items = stream.feed('{"actions": [{"action": "UPDATE_MOOD", "mood": "calm", "intensity": 0.2}, {"action": "SP')
    assert [item.planned.action for item in items if isinstance(item, Step)] == ["UPDATE_MOOD"]


def test_prose_is_spoken_as_it_comes() -> None:
    stream, items = feed("Good evening, Noor. {Not JSON.}\n", 4)
    last, plan = stream.close()
    assert streamed(items + last, "SPEAK") == "Good evening, Noor. {Not JSON.}"
    assert [planned.action for planned in plan.actions] == ["SPEAK"]
    assert isinstance(last[-1], Step)


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_what_stands_in_think_tags_is_a_thought(size: int) -> None:
    stream, items = feed("<think>\nShe is back.\n</think>\n\nWelcome back.", size)
    last, plan = stream.close()
    assert streamed(items, "THINK") == "She is back."
    assert streamed(items + last, "SPEAK") == "Welcome back."
    assert [planned.action for planned in plan.actions] == ["THINK", "SPEAK"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"actions": [{"action": "FLY"}]}', "there is no action 'FLY'"),
        ('{"actions": [{"action": "SPEAK"}]}', "SPEAK: text: Field required"),
        ('{"actions": [{"action": "SPEAK", "text": ["a"]}]}', "SPEAK: text: Input should be a valid string"),
        ('{"actions": [{"action": "SPEAK", "text": "a", "volume": 3}]}', "SPEAK: volume: Extra inputs"),
        ('{"actions": [{"text": "a"}]}', 'string "action"'),
        ('{"actions": []}', "at least one action"),
        ('{"actions": [{"action": "SPEAK", "text": "cut o', "ends in the middle"),
        ('{"actions": [{"action": "THINK" "text": "a"}]}', "action 1"),
        ('{"reasoning": "and nothing else"}', "at least one action"),
        ("", "says nothing"),
        ("  \n", "says nothing"),
    ],
)
def test_a_broken_plan_is_rejected_with_what_is_wrong(text: str, problem: str) -> None:
    def read() -> None:
        stream, _items = feed(text, 5)
        stream.close()

    with pytest.raises(PlanRejected) as caught:
        read()
    assert problem in "; ".join(caught.value.errors)
    assert caught.value.raw in text


def test_a_cut_speech_is_known_as_open() -> None:
    stream, items = feed('{"actions": [{"action": "SPEAK", "text": "Good eve', 6)
    assert stream.open_text == (items[0].id, "SPEAK")


def test_signs_that_no_database_takes_are_left_out() -> None:
    stream, items = feed(json.dumps({"actions": [{"action": "SPEAK", "text": "a\x00b\x1bc"}]}), 3)
    stream.close()
    assert streamed(items, "SPEAK") == "abc"


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=60), size=st.integers(1, 9), ascii_=st.booleans())
def test_any_speech_survives_any_cut(text: str, size: int, ascii_: bool) -> None:
    raw = json.dumps({"actions": [{"action": "SPEAK", "text": "x" + text}]}, ensure_ascii=ascii_)
    try:
        raw.encode()
    except UnicodeEncodeError:
        return
    stream, items = feed(raw, size)
    step = next(item for item in items if isinstance(item, Step))
    stream.close()
    assert streamed(items, "SPEAK") == step.planned.args["text"]


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=80), size=st.integers(1, 9))
def test_no_answer_whatever_breaks_the_parser(text: str, size: int) -> None:
    try:
        stream, _items = feed(text, size)
        stream.close()
    except PlanRejected:
        pass
