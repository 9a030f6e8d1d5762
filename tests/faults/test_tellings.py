"""What one entity tells another begins one run of the other, whoever dies and whatever is away on the way."""

import json
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.talk import Talk
from tests.faults.test_pauses_and_timers import kinds, until
from tests.stub_model import StubModel
from tests.system import System

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180)]


def telling(request: dict[str, Any]) -> str:
    """Tell Ishbel, once, and say so; what was told is heard."""
    told = json.dumps(request["messages"], ensure_ascii=False)
    if "(agent_message: Ottilie" in told:
        actions: list[dict[str, Any]] = [{"action": "SPEAK", "text": "I hear."}]
    else:
        tell = {"action": "TELL", "to": "Ishbel", "text": "The bread is ready."}
        is_told = "- TELL: to Ishbel" in told
        actions = [*([] if is_told else [tell]), {"action": "SPEAK", "text": "I have told Ishbel."}]
    return json.dumps({"reasoning": "", "can_extend": False, "actions": [*actions, {"action": "DONE"}]})


@pytest.fixture
def teller(model: StubModel) -> Iterator[StubModel]:
    """The model, which passes on what it is asked."""
    before, model.answer = model.answer, telling
    yield model
    model.answer = before


def check_told_once(talk: Talk, other: Talk) -> None:
    """The one has told it once, and a single run of the other heard it."""
    until(talk, "run.finished")
    until(other, "run.finished")
    time.sleep(1.5)  # further sweeps find nothing more
    told = [event["name"] for event in talk.events() if event["kind"] == "action.finished"]
    assert told.count("TELL") == 1 and kinds(talk).count("text.finished") == 1
    heard = kinds(other)
    assert (heard.count("run.finished"), heard.count("text.finished")) == (1, 1), heard
    (began, *_again) = [event for event in other.events() if event["kind"] == "run.started"]
    assert (began["trigger"], began["sender"]) == ("agent_message", "Ottilie")
    assert began["why"] == "The bread is ready." and began["told_in"] == talk.run


@pytest.mark.parametrize(
    "place",
    [
        "hear.before",  # it is told, and nobody has begun to hear it
        "hear.commit",
        "hear.after",
        pytest.param("action_commit.before", marks=pytest.mark.long),
        pytest.param("action_commit.after", marks=pytest.mark.long),
    ],
)
def test_a1_agent_message_begins_one_run_whoever_dies(system: System, teller: StubModel, place: str) -> None:
    talk, other = Talk(system.client), Talk(system.client, "ishbel")
    system.arm(place, "kill")
    talk.say()
    system.wait_hit()
    system.wait_dead(*system.workers).start()
    check_told_once(talk, other)


def test_what_is_told_while_redis_is_away_is_heard_when_it_is_back(system: System, teller: StubModel) -> None:
    talk, other = Talk(system.client), Talk(system.client, "ishbel")
    system.arm("hear.before", "stop")
    talk.say()
    stopped = system.wait_stopped(*system.workers)
    system.redis.kill()
    stopped.signal(signal.SIGCONT)
    time.sleep(1)
    system.mend()
    check_told_once(talk, other)
