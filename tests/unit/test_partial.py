"""Texts that are still streaming, folded from what may come twice, overlap, or be missing."""

from interactions.live import Delta
from interactions.partial import OpenTexts


def delta(offset: int, text: str, action: str = "a", run: str = "r") -> Delta:
    return Delta(run, action, offset, text, is_thought=False)


def test_what_was_seen_already_is_not_handed_on_again() -> None:
    open_ = OpenTexts()
    assert open_.delta(delta(0, "Good evening")) == delta(0, "Good evening")
    assert open_.delta(delta(0, "Good evening")) is None
    assert open_.delta(delta(5, "even")) is None


def test_of_an_overlap_only_the_new_part_is_handed_on() -> None:
    open_ = OpenTexts()
    open_.delta(delta(0, "Good eve"))
    assert open_.delta(delta(5, "evening, Noor")) == delta(8, "ning, Noor")
    assert open_.texts["a"].text == "Good evening, Noor"


def test_what_has_a_gap_before_it_is_left_out() -> None:
    open_ = OpenTexts()
    assert open_.delta(delta(4, "evening")) is None
    open_.delta(delta(0, "Good"))
    assert open_.delta(delta(9, "Noor")) is None


def test_a_finished_text_a_void_one_and_a_new_attempt_are_no_longer_open() -> None:
    for kind, action in (
        ("text.finished", "a"),
        ("action.skipped", "a"),
        ("run.started", None),
        ("run.finished", None),
    ):
        open_ = OpenTexts()
        open_.delta(delta(0, "Good"))
        open_.delta(delta(0, "Else", action="b", run="other"))
        open_.event(kind, "r", action)
        assert list(open_.texts) == ["b"]
