"""Questions and timers outlive every process: a run waits as a row, and a timer begins one run, whoever dies."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.talk import Talk
from tests.plain_client import Frame
from tests.stub_model import StubModel
from tests.system import System

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180)]


def asking(request: dict[str, Any]) -> str:
    """Keep something, ask, and say what was answered; to a timer say that it rang."""
    told = json.dumps(request["messages"])
    if "(timer: " in told:
        actions: list[dict[str, Any]] = [{"action": "SPEAK", "text": "It rings."}]
    elif "they answered: " in told:
        actions = [{"action": "SPEAK", "text": "The red one, then."}]
    else:
        ask = {"action": "ASK_USER", "question": "Which box?", "choices": ["The red one", "The blue one"]}
        actions = [{"action": "ADD_MEMORY", "content": f"Boxes of {told[-60:-20]!r}"}, ask]
    return json.dumps({"reasoning": "", "can_extend": False, "actions": [*actions, {"action": "DONE"}]})


@pytest.fixture
def asker(model: StubModel) -> Iterator[StubModel]:
    """The model, which asks before it answers."""
    before, model.answer = model.answer, asking
    yield model
    model.answer = before


def until(talk: Talk, kind: str, times: int = 1, seconds: float = 30) -> list[Frame]:
    """Return the log once it has `times` events of `kind`."""
    deadline = time.monotonic() + seconds
    while True:
        events = talk.events()
        if sum(event["kind"] == kind for event in events) >= times:
            return events
        assert time.monotonic() < deadline, [(event["seq"], event["kind"]) for event in events]
        time.sleep(0.1)


def kinds(talk: Talk) -> list[str]:
    return [event["kind"] for event in talk.events()]


def check_answered(talk: Talk) -> None:
    """The answer was taken once, and the same run said what came of it, each action once."""
    until(talk, "run.finished")
    told = kinds(talk)
    for kind in ("question.asked", "state.changed", "text.finished", "run.finished"):
        assert told.count(kind) == 1, told
    assert told.count("message.received") == 2 and len({event["run"] for event in talk.events()}) == 1


def test_a_question_outlives_workers_web_and_redis(system: System, asker: StubModel) -> None:
    talk = Talk(system.client)
    talk.say()
    until(talk, "question.asked")
    for part in (*system.workers, system.web):
        part.kill()
    system.redis.kill()
    system.mend()
    assert kinds(talk).count("run.finished") == 0
    assert talk.post("The red one", f"answer-{talk.id}").status_code == 202
    assert talk.post("The red one", f"answer-{talk.id}").status_code == 202  # the same, again
    check_answered(talk)


def test_an_answer_given_while_redis_is_away_goes_on(system: System, asker: StubModel) -> None:
    talk = Talk(system.client)
    talk.say()
    until(talk, "question.asked")
    system.redis.kill()
    assert talk.post("The red one", f"answer-{talk.id}").status_code == 202
    system.mend()
    check_answered(talk)


@pytest.mark.parametrize("place", ["action_commit.after", "claim.after", "finish.before"])
def test_a_worker_that_dies_around_an_answer_does_nothing_twice(system: System, asker: StubModel, place: str) -> None:
    talk = Talk(system.client)
    talk.say()
    until(talk, "question.asked")
    system.arm(place, "kill")
    assert talk.post("The red one", f"answer-{talk.id}").status_code == 202
    system.wait_hit()
    system.wait_dead(*system.workers).start()
    check_answered(talk)


@pytest.mark.parametrize("place", ["fire.before", "fire.commit", "fire.after"])
def test_a1_a_timer_begins_one_run_whoever_dies(system: System, asker: StubModel, place: str) -> None:
    talk = Talk(system.client)
    slug = "ottilie"
    system.arm(place, "kill")
    answer = system.client.http.post(f"/entities/{slug}/timers", json={"what": "Ring", "in_minutes": 0.01})
    assert answer.status_code == 201, answer.text
    system.wait_hit()
    system.wait_dead(*system.workers).start()
    until(talk, "run.finished")
    time.sleep(1.5)  # further sweeps find nothing more
    told = kinds(talk)
    assert (told.count("run.started") >= 1, told.count("run.finished"), told.count("text.finished")) == (True, 1, 1)
    assert system.client.http.get(f"/entities/{slug}/timers").json()["items"] == []
