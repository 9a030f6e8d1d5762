"""Who watches a run is told what it does, and can do it no harm."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from agents import observe
from agents.events import RunFinished
from agents.llm.gateway import CallRecord
from agents.observe import Subject
from tests.scripted import plan
from tests.unit.test_sequence import DONE, SPEAK, THINK, Played

MOOD = {"action": "UPDATE_MOOD", "mood": "curious", "intensity": 0.6}
NO_GOAL = {"action": "REMOVE_GOAL", "goal": 99, "outcome": "completed", "reason": "?"}


class Told:
    """Keeps what it is told, and `breaks` after that where a test says so."""

    breaks = False

    def __init__(self, subject: Subject) -> None:
        self.subject, self.calls, self.actions, self.ends = subject, [], [], []  # type: ignore[var-annotated]

    def asked(self, call: CallRecord, failure: str) -> None:
        self.calls.append((call.model, call.output_tokens > 0, failure))
        assert not self.breaks

    def acted(self, name: str, id_: str, began: int, failure: str) -> None:
        self.actions.append((name, failure))
        assert not self.breaks

    def ended(self, finished: RunFinished | None) -> None:
        self.ends.append(finished)
        assert not self.breaks


@pytest.fixture
def told() -> Iterator[list[Told]]:
    made: list[Told] = []

    def make(subject: Subject) -> Told:
        made.append(Told(subject))
        return made[-1]

    observe.watch_runs(make)
    yield made
    observe.unwatch_runs(make)


def subject() -> Subject:
    return Subject(uuid4(), 1, uuid4(), 1, "ottilie", "Ottilie", "inline", "openai")


async def played(*answers: Any) -> RunFinished:
    with observe.watching(subject()):
        finished = await Played(*answers)()
        observe.finished(finished)
    return finished


async def test_every_request_action_and_end_is_told_once(told: list[Told]) -> None:
    finished = await played(plan(THINK, MOOD, SPEAK, DONE))
    [watcher] = told
    assert watcher.calls == [("scripted", True, "")]
    assert watcher.actions == [("THINK", ""), ("UPDATE_MOOD", ""), ("SPEAK", ""), ("DONE", "")]
    assert watcher.ends == [finished]


async def test_failures_have_their_code(told: list[Told]) -> None:
    await played(plan(NO_GOAL, SPEAK, DONE))
    assert told[0].actions[0] == ("REMOVE_GOAL", "action_failed")


async def test_a_run_that_is_taken_away_ends_without_an_ending(told: list[Told]) -> None:
    with pytest.raises(asyncio.CancelledError), observe.watching(subject()):
        raise asyncio.CancelledError
    assert told[0].ends == [None]


async def test_a_watcher_that_breaks_harms_nothing(
    told: list[Told], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = await played(plan(THINK, MOOD, SPEAK, DONE))
    monkeypatch.setattr(Told, "breaks", True)

    def broken(subject: Subject) -> Told:
        raise ValueError

    observe.watch_runs(broken)
    try:
        finished = await played(plan(THINK, MOOD, SPEAK, DONE))
    finally:
        observe.unwatch_runs(broken)
    assert finished.status == calm.status == "finished" and finished.usage.actions == calm.usage.actions
    assert "cannot be watched" in caplog.text and caplog.text.count("a watcher failed") == 1 + 4 + 1


async def test_runs_at_once_are_told_apart(told: list[Told]) -> None:
    await asyncio.gather(*(asyncio.create_task(played(plan(THINK, SPEAK, DONE))) for _ in range(3)))
    assert len(told) == 3 and [len(watcher.calls) for watcher in told] == [1, 1, 1]
    assert all(len(watcher.ends) == 1 for watcher in told)


def test_outside_of_a_run_nobody_is_told(told: list[Told]) -> None:
    with observe.acting("THINK", "a1"):
        pass
    observe.finished(RunFinished(status="finished"))
    assert told == []
