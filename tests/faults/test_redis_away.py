"""Redis killed, hung, full, slow and unreachable: messages are acknowledged, and answered late and whole."""

import signal
import time
from collections.abc import Callable

import pytest

from tests.faults.talk import Talk
from tests.listener import Listener
from tests.plain_client import Frame
from tests.system import System

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

# Seconds an acknowledgement may take while Redis is away: it is not on that path.
AT_ONCE = 2.0
# Seconds after Redis is back until every unfinished run goes on.
GOES_ON = 30.0


def killed(system: System) -> None:
    system.redis.kill()


def hung(system: System) -> None:
    system.redis.signal(signal.SIGSTOP)


def full(system: System) -> None:
    system.direct_redis.config_set("maxmemory", "1mb")


def unreachable(system: System) -> None:
    system.to_redis.refuse()


def in_a_black_hole(system: System) -> None:
    system.to_redis.black_hole()


def bring_back(system: System) -> None:
    """Whatever was done to it: an empty Redis that answers."""
    system.to_redis.heal()
    if system.redis.is_alive:
        system.redis.signal(signal.SIGCONT)
        system.direct_redis.config_set("maxmemory", "0")
    else:
        system.redis.start()


WAYS = [killed, hung, full, unreachable, in_a_black_hole]


@pytest.mark.parametrize("goes_away", WAYS)
def test_a_message_sent_while_redis_is_away(system: System, talk: Talk, goes_away: Callable[[System], None]) -> None:
    with Listener(system.client, talk.id) as ear, Listener(system.client, talk.id, form="html") as page:
        page.wait(lambda frame: frame.get("notice") == "ready")
        goes_away(system)
        try:
            began = time.monotonic()
            talk.say()
            assert time.monotonic() - began < AT_ONCE
            # The open page is told, and the log comes all the same.
            ear.wait(lambda frame: frame.get("kind") == "message.received")
            if goes_away is not full:  # who reads from a full Redis does not notice
                page.wait(lambda frame: frame.get("notice") == "delayed")
        finally:
            bring_back(system)
        ear.wait_end(talk.run, GOES_ON)
        ear.check()
        talk.check_whole()


@pytest.mark.parametrize("goes_away", [killed, *(pytest.param(way, marks=pytest.mark.long) for way in WAYS[1:])])
def test_a_redis_that_goes_away_mid_stream_and_stays_away(
    system: System, talk: Talk, goes_away: Callable[[System], None]
) -> None:
    with Listener(system.client, talk.id) as ear:
        talk.say()
        ear.wait_speaking()
        goes_away(system)
        try:  # the run goes on to its end without Redis, and the socket tells it from the log
            ear.wait_end(talk.run, GOES_ON)
            ear.check()
            talk.check_whole()
        finally:
            bring_back(system)
    # And the next message goes its usual way, with text that streams.
    following = Talk(system.client)
    following.say()
    following.check_whole()


def test_e5_an_emptied_redis_loses_doorbells_and_no_run(system: System, talk: Talk) -> None:
    for worker in system.workers:
        system.freeze(worker)
    time.sleep(1.5)  # a worker that waits at Redis is handed the bell at once; after a second none waits
    talk.say()
    system.wait_for(lambda: system.direct_redis.llen("runs") == 1, "the bell in the queue")
    system.direct_redis.flushall()
    for worker in system.workers:
        worker.signal(signal.SIGCONT)
    talk.wait_end(GOES_ON)
    talk.check_whole()


@pytest.mark.parametrize("seconds", [0.1, pytest.param(1.0, marks=pytest.mark.long)])
def test_a_slow_redis_only_delays(system: System, talk: Talk, seconds: float) -> None:
    system.to_redis.lag(seconds)
    with Listener(system.client, talk.id) as ear:
        began = time.monotonic()
        talk.say()
        assert time.monotonic() - began < AT_ONCE
        ear.wait_end(talk.run, 40)
        ear.check()
    talk.check_whole()


def test_connections_to_redis_cut_again_and_again(system: System, talk: Talk) -> None:
    with Listener(system.client, talk.id) as ear:
        talk.say()
        for _ in range(4):
            time.sleep(0.4)
            system.to_redis.cut()
        ear.wait_end(talk.run, GOES_ON)
        ear.check()
    talk.check_whole()


@pytest.mark.long
def test_connections_that_fell_silent_for_ever(system: System, talk: Talk) -> None:
    """As after a router that forgot them: nobody says that they are gone, and new ones work."""
    system.to_redis.black_hole()
    time.sleep(3)
    system.to_redis.heal(keep_lost=True)
    with Listener(system.client, talk.id) as ear:
        talk.say()
        ear.wait_end(talk.run, 60)
        ear.check()
    talk.check_whole(60)


def is_delta(frame: Frame) -> bool:
    """Whether it is streaming text."""
    return frame.get("kind") == "text.delta"


@pytest.mark.parametrize("goes_away", WAYS)
def test_text_streams_again_when_redis_is_back(system: System, talk: Talk, goes_away: Callable[[System], None]) -> None:
    goes_away(system)
    time.sleep(1)
    bring_back(system)
    system.wait_for(system.is_healthy, "health")

    def streams() -> bool:
        new = Talk(system.client)
        with Listener(system.client, new.id) as ear:
            new.say()
            ear.wait_end(new.run, GOES_ON)
            ear.check()
            return sum(map(is_delta, ear.frames)) > 5

    system.wait_for(streams, "streaming text")
