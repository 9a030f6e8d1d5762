"""A worker killed, stopped or failing at every place that matters: the reply is late, whole, and there once."""

import signal

import pytest

from agents import failpoints
from tests.faults.talk import Talk
from tests.listener import Listener
from tests.stub_model import StubModel
from tests.system import System

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180)]

PLACES = tuple(
    name for name in failpoints.NAMES if not name.startswith(("insert", "commit", "enqueue", "send", "fire", "wake"))
)
QUICK = (
    "claim.after",
    "model_request.after",
    "model_first_byte.after",
    "action_commit.before",
    "action_commit.after",
    "finish.before",
    "finish.after",
)


def cases() -> list[object]:
    """Each place with each action; those that are not quick belong to the long form."""
    return [
        pytest.param(place, action, marks=() if action == "kill" and place in QUICK else pytest.mark.long)
        for place in PLACES
        for action in failpoints.ACTIONS
    ]


@pytest.mark.parametrize(("place", "action"), cases())
def test_a_worker_that_fails_anywhere_only_delays(
    system: System, talk: Talk, model: StubModel, place: str, action: str
) -> None:
    with Listener(system.client, talk.id) as ear:
        if place.startswith("publish"):  # the web server publishes the message itself
            talk.say()
            ear.wait(lambda frame: frame.get("kind") == "run.started")
            system.arm(place, action)
        else:
            system.arm(place, action)
            talk.say()
        system.wait_hit()
        if action == "kill":
            system.wait_dead(*system.workers).start()
        elif action == "stop":
            stopped = system.wait_stopped(*system.workers)
            # SQLite has one lock for all: who is stopped with it in hand stops everybody until he goes on.
            if place in ("action_commit.before", "finish.before"):
                stopped.signal(signal.SIGCONT)
            talk.wait_end()
            stopped.signal(signal.SIGCONT)
        ear.wait_end(talk.run, 40)
        events = talk.check_whole()
        ear.check()
        assert ear.numbers() == [event["seq"] for event in events]
    assert talk.requests(model.requests) <= 2  # one per crash, and one
