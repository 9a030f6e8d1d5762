"""The web server killed, stopped or failing around the commit and mid-stream: what was acknowledged is there once."""

import signal
from contextlib import suppress

import httpx
import pytest

from tests.faults.talk import Talk
from tests.listener import Listener
from tests.system import System

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

BEFORE = ("insert.before", "insert.after", "commit.before")
BEHIND = ("commit.after", "enqueue.before", "enqueue.after")


def messages(talk: Talk) -> int:
    """How many messages of the person the log has."""
    return sum(event["kind"] == "message.received" for event in talk.events())


def check_sent_once(talk: Talk) -> None:
    """The same id is the same message, another text under it is refused, and the answer comes once."""
    first = talk.resend()
    assert talk.post().json() == first
    other = talk.post(text="Something else.")
    assert other.status_code == 409 and other.json()["error"]["code"] == "message_conflict"
    talk.check_whole()


@pytest.mark.parametrize("place", [*BEFORE, *BEHIND])
def test_a_web_server_killed_around_the_commit(system: System, talk: Talk, place: str) -> None:
    system.arm(place, "kill")
    try:
        acknowledged = talk.post().status_code == 202
    except httpx.TransportError:
        acknowledged = False
    system.wait_hit()
    system.wait_dead().start()
    stored = messages(talk)
    assert stored == (0 if place in BEFORE else 1)
    assert stored or not acknowledged
    check_sent_once(talk)


@pytest.mark.parametrize("place", [*BEFORE, pytest.param("commit.after")])
def test_an_error_nobody_foresaw_around_the_commit(system: System, talk: Talk, place: str) -> None:
    system.arm(place, "raise")
    answer = talk.post()
    assert answer.status_code == 500 and answer.json()["error"]["code"] == "server_error"
    assert messages(talk) == (0 if place in BEFORE else 1)
    check_sent_once(talk)


@pytest.mark.parametrize("place", ["commit.after", pytest.param("commit.before", marks=pytest.mark.long)])
def test_a_web_server_stopped_around_the_commit(system: System, talk: Talk, place: str) -> None:
    system.arm(place, "stop")
    with pytest.raises(httpx.TimeoutException):
        system.client.http.post(
            f"/conversations/{talk.id}/messages",
            json={"text": talk.text, "client_message_id": talk.client_message_id},
            timeout=1.5,
        )
    system.wait_stopped(system.web).signal(signal.SIGCONT)
    check_sent_once(talk)


@pytest.mark.parametrize("place", ["", "send.before", "send.after", "publish.before", "publish.after"])
def test_e4_a_web_server_killed_mid_stream(system: System, talk: Talk, place: str) -> None:
    with Listener(system.client, talk.id) as ear:
        talk.say()
        ear.wait_speaking()
        if not place:
            system.web.kill()
        elif place.startswith("publish"):  # by the worker there, by the web server for the next message
            for worker in system.workers:
                system.freeze(worker)
            next_one = Talk(system.client, "shim")
            system.arm(place, "kill")
            with suppress(httpx.TransportError):  # killed before it could answer
                next_one.post()
            system.wait_hit()
            for worker in system.workers:
                worker.signal(signal.SIGCONT)
        else:
            system.arm(place, "kill")
            system.wait_hit()
        system.wait_dead(system.web).start()
        ear.wait_end(talk.run)
        ear.check()
        events = talk.check_whole()
        assert ear.numbers() == [event["seq"] for event in events] and ear.connections >= 2


@pytest.mark.parametrize("place", ["send.before", "send.after", "publish.before", "publish.after"])
def test_an_error_nobody_foresaw_mid_stream(system: System, talk: Talk, place: str) -> None:
    with Listener(system.client, talk.id) as ear:
        talk.say()
        ear.wait_speaking()
        system.arm(place, "raise")
        system.wait_hit()
        ear.wait_end(talk.run)
        ear.check()
        following = Talk(system.client, "shim")
        with Listener(system.client, following.id) as other:
            following.say()
            other.wait_speaking()  # text streams
            other.wait_end(following.run)
            other.check()
    talk.check_whole()


def test_a_connection_cut_mid_stream(system: System, talk: Talk) -> None:
    with Listener(system.client, talk.id) as ear:
        talk.say()
        ear.wait_speaking()
        system.to_web.cut()
        ear.wait_end(talk.run)
        ear.check()
    talk.check_whole()


def test_a_reply_lost_on_the_way_to_the_browser(system: System, talk: Talk) -> None:
    system.to_web.lose_reply(b"/messages")
    with pytest.raises(httpx.TransportError):
        talk.post()
    assert system.to_web.lost_replies and messages(talk) == 1
    check_sent_once(talk)


def test_a_slow_way_to_the_browser(system: System, talk: Talk) -> None:
    system.to_web.lag(0.3)
    with Listener(system.client, talk.id) as ear:
        talk.say()
        ear.wait_end(talk.run)
        ear.check()
    talk.check_whole()


def test_a_black_hole_between_browser_and_web(system: System, talk: Talk) -> None:
    with Listener(system.client, talk.id) as ear:
        talk.say()
        ear.wait_speaking()
        system.to_web.black_hole()
        with pytest.raises(httpx.TransportError):
            system.client.http.post(f"/conversations/{talk.id}/messages", json={"text": "Hello?"}, timeout=1)
        system.to_web.heal()
        ear.wait_end(talk.run)
        ear.check()
    talk.check_whole()
