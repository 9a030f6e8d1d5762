"""Events on lanes: bursts share the width, gaps are folded, bars are where and as long as they were."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from agents.changes import Mood, SetMood
from agents.events import (
    ActionFailedEvent,
    ActionFinished,
    ActionStarted,
    Event,
    LoggedEvent,
    MessageReceived,
    QuestionAsked,
    RepetitionStopped,
    StateChanged,
    TextFinished,
)
from interactions.scale import FOLDED, Scale, in_words
from interactions.waterfall import waterfall

BEGIN = datetime(2026, 11, 20, 18, 31, 2, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def lines(*events: tuple[float, str, Event]) -> Sequence[LoggedEvent]:
    return [
        LoggedEvent(seq=seq, run="r", action=action, at=at(seconds), event=event)
        for seq, (seconds, action, event) in enumerate(events, start=1)
    ]


def said(text: str = "It stops at ten past four") -> MessageReceived:
    return MessageReceived(message="m", text=text)


def spoken(text: str = "It isn’t haunted", ms: float = 4_000, is_thought: bool = False) -> TextFinished:
    return TextFinished(is_thought=is_thought, text=text, ms=ms)


def number(place: str) -> float:
    assert place.endswith("%")
    return float(place[:-1])


def test_e3_an_idle_gap_over_a_minute_is_folded_and_says_how_long_it_was():
    scale = Scale([(at(0), at(20)), (at(80), at(90)), (at(90 + 134 * 60), at(100 + 134 * 60))])
    assert [fold.text for fold in scale.folds] == ["2 h 14 min"]  # 60 s are no gap yet
    assert len(scale.bursts) == 2
    assert scale.bursts[0][0] == 0 and scale.bursts[-1][1] == pytest.approx(100)


def test_bursts_share_the_width_by_their_length_and_keep_their_order():
    scale = Scale([(at(0), at(10)), (at(1_000), at(1_040)), (at(2_000), at(2_000))])
    widths = [right - left for left, right in scale.bursts]
    assert widths[1] > widths[0] > widths[2] > 5
    places = [scale.x(at(second)) for second in (0, 5, 10, 500, 1_000, 1_020, 1_040, 2_000)]
    assert places == sorted(places)
    assert scale.x(at(-50)) == 0 and scale.x(at(9_000)) == pytest.approx(100)


def test_many_gaps_leave_most_of_the_width_to_what_happened():
    scale = Scale([(at(200 * each), at(200 * each + 5)) for each in range(60)])
    assert sum(right - left for left, right in scale.bursts) == pytest.approx(100 - FOLDED)


@pytest.mark.parametrize(("seconds", "words"), [(61, "1 min"), (8_040, "2 h 14 min"), (273_600, "3 d 4 h")])
def test_gaps_in_words(seconds, words):
    assert in_words(timedelta(seconds=seconds)) == words


def test_e3_bars_are_where_they_were_and_as_long():
    lanes = waterfall(
        lines(
            (0, "", said()),
            (5, "t", spoken("Why?", 4_000, is_thought=True)),
            (6, "a", ActionStarted(name="ADD_MEMORY")),
            (8, "a", ActionFinished(name="ADD_MEMORY", ms=2_000)),
            (20, "s", spoken(ms=10_000)),
        )
    )
    assert lanes is not None
    assert [(bar.seq, bar.kind) for bar in lanes.done] == [(2, "think"), (5, "speak")]
    assert [(bar.seq, bar.kind, number(bar.x), number(bar.width)) for bar in lanes.called] == [(4, "call", 30, 10)]
    assert [(number(bar.x), number(bar.width)) for bar in lanes.done] == [(5, 20), (50, 50)]
    assert [bar.text for bar in lanes.said] == ["It stops at ten past four"]
    assert set(lanes.places) == {1, 2, 3, 4, 5}
    assert lanes.places[5] == "100.00%"


def test_a_label_is_there_as_far_as_it_fits():
    lanes = waterfall(
        lines((0, "", said()), (100, "a", spoken("Short", 50_000)), (104, "b", spoken("x" * 300, 7_000)),
              (106, "c", spoken("x" * 300, 2_000)), (106.2, "d", spoken("Tiny", 100)))
    )  # fmt: skip
    assert lanes is not None
    assert [(bar.text, bar.has_icon) for bar in lanes.done] == [
        ("Short", True), ("7.0 s", True), ("", True), ("", False),
    ]  # fmt: skip
    assert len(lanes.done[1].title) < 140


def test_trouble_is_drawn_as_such():
    lanes = waterfall(
        lines((0, "a", ActionStarted(name="RECALL")), (1, "a", ActionFailedEvent(name="RECALL", error="no")),
              (2, "", RepetitionStopped(pattern="speak"))),
        trouble=[2, 3],
    )  # fmt: skip
    assert lanes is not None
    assert [bar.kind for bar in (*lanes.called, *lanes.done)] == ["failed", "failed"]


def test_what_is_under_way_ends_where_it_began():
    lanes = waterfall(lines((0, "", said()), (3, "a", ActionStarted(name="RECALL"))))
    assert lanes is not None and [bar.kind for bar in lanes.called] == ["call"]


def test_a_wait_for_the_person_is_a_gap_and_no_bar_of_hours():
    lanes = waterfall(
        lines((0, "", said()), (1, "a", ActionStarted(name="ASK_USER")),
              (2, "a", QuestionAsked(question="Which box?", until=at(9_000))),
              (7_200, "", said("The tin")), (7_201, "a", ActionFinished(name="ASK_USER", ms=7_200_000)))
    )  # fmt: skip
    assert lanes is not None
    assert [fold.text for fold in lanes.folds] == ["1 h 59 min"]
    assert [(bar.kind, bar.title) for bar in lanes.done] == [("speak", "Which box?, 1.0 s")] and not lanes.called


def test_the_ribbon_follows_the_mood():
    glad, cross = Mood(label="glad", emotions={"joy": 0.8}), Mood(label="cross", emotions={"anger": 0.6})
    change = StateChanged(entity="o", version=2, changes=(SetMood(mood=cross, before=glad),))
    lanes = waterfall(lines((0, "", said()), (5, "a", change), (10, "", spoken())))
    assert lanes is not None
    assert [(part.emotion, number(part.x), number(part.width)) for part in lanes.ribbons] == [
        ("joy", 0, 50), ("anger", 50, 50),
    ]  # fmt: skip
    assert [mark.seq for mark in lanes.marks] == [2]
    calm = waterfall(lines((0, "", said()), (10, "", spoken())), mood=glad)
    assert calm is not None and [part.emotion for part in calm.ribbons] == ["joy"]


def test_nothing_has_no_lanes():
    assert waterfall([]) is None
