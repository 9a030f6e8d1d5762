"""The loop breaker (A19): recorded loops of both kinds are found and named, innocent repetition is let be."""

import json
from pathlib import Path
from typing import Any

import pytest

from agents.repetition import analyse
from agents.scene import CompletedAction

LOOPS: list[dict[str, Any]] = json.loads((Path(__file__).parent.parent / "golden" / "loops.json").read_text())


def done(action: str, text: str, ok: bool = True) -> CompletedAction:
    return CompletedAction(id="x", action=action, args={"text": text}, ok=ok)


def recorded(*actions: tuple[str, dict[str, Any]], ok: bool = True) -> list[CompletedAction]:
    return [CompletedAction(id="x", action=name, args=args, ok=ok) for name, args in actions]


@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop["name"])
def test_a19_a_recorded_loop_is_found_at_its_last_action_and_named(loop: dict[str, Any]) -> None:
    actions = recorded(*loop["actions"], ok=not loop.get("failed"))
    found = analyse(actions)
    assert found is not None and found.pattern.startswith(loop["pattern"])
    assert found.similarity >= (0 if loop.get("failed") else 0.75)
    assert [analyse(actions[:end]) for end in range(len(actions))] == [None] * len(actions), "not before it is one"


def memories(*contents: str) -> list[CompletedAction]:
    return recorded(*(("ADD_MEMORY", {"content": content, "importance": 0.5}) for content in contents))


@pytest.mark.parametrize(
    "actions",
    [
        memories("Noor has a cat called Tom.", "Noor has a dog called Rex.", "Noor has a car called Zip."),
        memories("Ada lives in Oslo with two cats.", "Ben lives in Rome with two dogs.", "Cem lives in Bonn alone."),
        recorded(("SPEAK", {"text": "Yes."}), ("SPEAK", {"text": "No."})),
        recorded(("SPEAK", {"text": "Yes."}), ("THINK", {"text": "Sure?"}), ("SPEAK", {"text": "Yes."})),
        recorded(*(("REMOVE_MEMORY", {"memory": number}) for number in (12, 13, 14, 15))),
        recorded(*(("UPDATE_GOAL", {"goal": number, "progress": 0.5}) for number in (1, 2, 3))),
        recorded(
            ("UPDATE_MOOD", {"mood": "calm", "intensity": 0.4}),
            ("SPEAK", {"text": "That was the last of the letters, then."}),
            ("UPDATE_MOOD", {"mood": "calm", "intensity": 0.4}),
        ),
        recorded(
            ("THINK", {"text": "They ask for the weather."}), ("SPEAK", {"text": "Rain, I should think."}),
            ("THINK", {"text": "And now for the time of day."}), ("SPEAK", {"text": "Half past nine by the clock."}),
        ),
    ],
)  # fmt: skip
def test_a19_innocent_repetition_is_let_be(actions: list[CompletedAction]) -> None:
    assert [analyse(actions[: end + 1]) for end in range(len(actions))] == [None] * len(actions)


def test_one_action_is_no_loop() -> None:
    assert analyse([]) is None and analyse([done("THINK", "Where is it?")]) is None


def test_different_content_is_innocent() -> None:
    goals = ["Read the letters", "Mend the roof", "Learn to sing", "Write to Noor", "Sweep the attic"]
    assert analyse([done("ADD_GOAL", goal) for goal in goals]) is None
    assert analyse([done("THINK", "Yes."), done("SPEAK", "Yes."), done("THINK", "No."), done("SPEAK", "No.")]) is None


def test_only_the_last_five_count() -> None:
    first = done("THINK", "I should look for the letter.")
    others = [done("ADD_GOAL", text) for text in ("Read", "Mend the roof", "Sing", "Write home")]
    assert analyse([first, *others, first]) is None
    assert analyse([first, *others[:3], first]) is not None
