"""Logs for tests of what pages make of them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from agents.changes import MemoryValue, Mood, PutMemory, SetMood
from agents.events import (
    ActionFinished,
    ActionStarted,
    Event,
    LoggedEvent,
    MemoryRecalled,
    MessageReceived,
    PlanMade,
    RecalledMemory,
    RunFinished,
    RunStarted,
    StateChanged,
    TextFinished,
    Usage,
)
from agents.plan import PlannedAction

NOON = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
RUN = "0b9f6a52-5f1d-4f58-9a4e-2f2f0c1d0001"
OTHER = "0b9f6a52-5f1d-4f58-9a4e-2f2f0c1d0002"
MESSAGE = "6dd4e3f0-3c0e-4f0e-8a3e-000000000001"
OTHER_MESSAGE = "6dd4e3f0-3c0e-4f0e-8a3e-000000000002"

SPEECH = "Look at three things:\n\n1. the **t**\n2. the folds\n\n```py\nx = 1\n\ny = 2\n```\n\nCould you send it?"


def log(*lines: tuple[str, Event], run: str = RUN, first: int = 1) -> list[LoggedEvent]:
    """Return (action, event) pairs as lines of a log, a second apart."""
    return [
        LoggedEvent(seq=seq, run=run, action=action, at=NOON + timedelta(seconds=seq), event=event)
        for seq, (action, event) in enumerate(lines, start=first)
    ]


def mood_change(action: str = "mood1") -> list[tuple[str, Event]]:
    """Return the three events of a change of mood."""
    changed = SetMood(mood=Mood(label="intrigued", intensity=0.72, emotions={"joy": 0.6}), before=Mood())
    return [
        (action, ActionStarted(name="UPDATE_MOOD", context="the letter", args={"mood": "intrigued"})),
        (action, StateChanged(entity="ottilie", version=2, changes=(changed,), cause="the letter")),
        (action, ActionFinished(name="UPDATE_MOOD", result="intrigued 0.72", ms=61)),
    ]


def memory_change(action: str = "mem1") -> list[tuple[str, Event]]:
    """Return the three events of a new memory."""
    memory = PutMemory(id=7, memory=MemoryValue(content="Two hands, same ink.", importance=0.8))
    return [
        (action, ActionStarted(name="ADD_MEMORY", context="worth keeping")),
        (action, StateChanged(entity="ottilie", version=3, changes=(memory,))),
        (action, ActionFinished(name="ADD_MEMORY", result="remembered: Two hands, same ink.", ms=140)),
    ]


def received(text: str = "Hello.", message: str = MESSAGE, client: str = "c1") -> tuple[str, Event]:
    return "", MessageReceived(message=message, text=text, client_message_id=client)


def started(attempt: int = 1, strategy: str = "inline") -> tuple[str, Event]:
    return "", RunStarted(trigger="user_input", strategy=strategy, model="m", attempt=attempt)


def finished(status: str = "finished", **more: object) -> tuple[str, Event]:
    usage = Usage(input_tokens=300, output_tokens=112, model_calls=1, actions=4, ms=6600)
    return "", RunFinished.model_validate({"status": status, "usage": usage, **more})


def thought(text: str = "Same ink, *two* hands.", action: str = "think1") -> tuple[str, Event]:
    return action, TextFinished(is_thought=True, text=text, name="THINK", ms=1800)


def speech(text: str = SPEECH, action: str = "speak1", **more: object) -> tuple[str, Event]:
    return action, TextFinished.model_validate(
        {"is_thought": False, "text": text, "name": "SPEAK", "ms": 4200, "message": MESSAGE, **more}
    )


def whole_turn() -> list[LoggedEvent]:
    """Return a whole inline turn: recalled, thought, felt, remembered, spoke."""
    recalled = RecalledMemory(id=3, content="Letters 1 to 13 are his.", score=0.91)
    plan = tuple(PlannedAction(action=name) for name in ("THINK", "UPDATE_MOOD", "ADD_MEMORY", "SPEAK", "DONE"))
    return log(
        received(),
        started(),
        ("", MemoryRecalled(query="Hello.", memories=(recalled,), considered=31, ms=300)),
        thought(),
        *mood_change(),
        *memory_change(),
        speech(),
        ("", PlanMade(strategy="inline", reasoning="Weigh it, then ask.", actions=plan)),
        finished(),
    )


def pieces(text: str, size: int) -> Iterable[tuple[int, str]]:
    """Yield `text` in pieces of `size` with their offsets."""
    for start in range(0, len(text), size):
        yield start, text[start : start + size]


def conversation_id() -> UUID:
    return UUID("0b9f6a52-5f1d-4f58-9a4e-2f2f0c1dffff")
