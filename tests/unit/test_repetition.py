"""The loop breaker."""

from agents.repetition import analyse
from agents.scene import CompletedAction


def done(action: str, text: str, ok: bool = True) -> CompletedAction:
    return CompletedAction(id="x", action=action, args={"text": text}, ok=ok)


def test_one_action_is_no_loop() -> None:
    assert analyse([]) is None and analyse([done("THINK", "Where is it?")]) is None


def test_the_same_thought_twice_is_a_loop() -> None:
    pattern = analyse([done("THINK", "I should look for the letter."), done("THINK", "I should look for the letter!")])
    assert pattern is not None and "THINK" in pattern


def test_two_in_turn_are_a_loop() -> None:
    pair = [done("THINK", "I should look for the letter."), done("SPEAK", "Where did you put the letter?")]
    pattern = analyse([*pair, *pair])
    assert pattern is not None and "THINK and SPEAK" in pattern


def test_different_content_is_innocent() -> None:
    goals = ["Read the letters", "Mend the roof", "Learn to sing", "Write to Noor", "Sweep the attic"]
    assert analyse([done("ADD_GOAL", goal) for goal in goals]) is None
    assert analyse([done("THINK", "Yes."), done("SPEAK", "Yes."), done("THINK", "No."), done("SPEAK", "No.")]) is None


def test_only_the_last_five_count() -> None:
    first = done("THINK", "I should look for the letter.")
    others = [done("ADD_GOAL", text) for text in ("Read", "Mend the roof", "Sing", "Write home")]
    assert analyse([first, *others, first]) is None


def test_five_failures_of_one_action_are_a_loop() -> None:
    ids = ["12", "99", "4711", "8", "230"]
    assert analyse([done("REMOVE_MEMORY", number, ok=False) for number in ids]) is not None
