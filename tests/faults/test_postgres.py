"""PostgreSQL crashed, cut off, slow, and silent after a COMMIT: nothing lost, nothing twice, recovery by itself."""

import signal
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.faults.crashing_postgres import CrashingPostgres
from tests.faults.editors import check_that_no_edit_is_lost
from tests.faults.talk import Talk
from tests.listener import Listener
from tests.stub_model import StubModel
from tests.system import System

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(180),
    pytest.mark.skipif(not CrashingPostgres.is_installed(), reason="PostgreSQL is not installed"),
]


# Whoever is stopped in the middle of a transaction loses its locks soon.
QUICK = "?options=-c%20idle_in_transaction_session_timeout%3D3s"


@pytest.fixture(scope="module")
def postgres() -> Iterator[CrashingPostgres]:
    with CrashingPostgres() as server:
        yield server


@pytest.fixture(scope="module")
def the_system(
    the_model: StubModel, postgres: CrashingPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[System]:
    with System(tmp_path_factory.mktemp("postgres"), the_model.port, database_url=postgres.url + QUICK) as running:
        yield running


def messages(talk: Talk) -> int:
    """How many messages of the person the log has."""
    return sum(event["kind"] == "message.received" for event in talk.events())


def test_a_crash_mid_run(system: System, talk: Talk, postgres: CrashingPostgres) -> None:
    other = Talk(system.client, "shim")
    with Listener(system.client, talk.id) as ear:
        talk.say()
        ear.wait_speaking()
        postgres.crash()
        try:
            answer = other.post()
            assert answer.status_code == 503 and answer.json()["error"]["code"] == "unavailable"
            health = httpx.get(f"{system.url}/healthz", timeout=5)
            assert health.status_code == 503 and health.json()["database"] == "unavailable"
            time.sleep(1)
        finally:
            postgres.start()
        other.resend()
        talk.check_whole()
        other.check_whole()
        ear.wait_end(talk.run)
        ear.check()


def test_a_commit_of_the_web_server_whose_reply_is_lost(system: System, talk: Talk) -> None:
    system.web_to_database.lose_reply(b"COMMIT")
    answer = talk.post()
    assert answer.status_code == 503 and system.web_to_database.lost_replies == 1
    assert messages(talk) == 1  # it was stored, and nobody knew
    first = talk.resend()
    assert talk.post().json() == first
    assert talk.post(text="Something else.").status_code == 409
    talk.check_whole()


@pytest.mark.parametrize(
    "which", [1, 2, 3, pytest.param(4, marks=pytest.mark.long), pytest.param(5, marks=pytest.mark.long)]
)
def test_a_commit_of_a_worker_whose_reply_is_lost(system: System, talk: Talk, model: StubModel, which: int) -> None:
    before = system.worker_to_database.lost_replies
    kinds = {1: "message.received", 2: "run.started", 3: "text.finished", 4: "state.changed", 5: "action.finished"}
    with Listener(system.client, talk.id) as ear:
        if which == 1:
            system.worker_to_database.lose_reply(b"COMMIT")
        talk.say()
        ear.wait(lambda frame: frame.get("kind") == kinds[which])
        if which > 1:
            system.worker_to_database.lose_reply(b"COMMIT")
        ear.wait_end(talk.run, 40)
        ear.check()
        talk.check_whole()
    assert system.worker_to_database.lost_replies == before + 1
    assert talk.requests(model.requests) <= 2


@pytest.mark.parametrize("how", ["terminated", "cut"])
def test_connections_broken_off_again_and_again(
    system: System, talk: Talk, postgres: CrashingPostgres, how: str
) -> None:
    with Listener(system.client, talk.id) as ear:
        talk.say()
        ear.wait_speaking()
        for _ in range(2):
            if how == "terminated":
                postgres.break_connections()
            else:
                system.web_to_database.cut()
                system.worker_to_database.cut()
            time.sleep(0.3)
        ear.wait_end(talk.run, 40)
        ear.check()
        events = talk.check_whole()
        assert ear.numbers() == [event["seq"] for event in events]
    # Each thread of the web server has found out by now, or finds out without an error.
    for _ in range(6):
        system.client.http.get("/entities").raise_for_status()


def lagging(system: System) -> None:
    system.web_to_database.lag(0.05)
    system.worker_to_database.lag(0.05)


def hole_for_the_web(system: System) -> None:
    system.web_to_database.black_hole()


def hole_for_workers(system: System) -> None:
    system.worker_to_database.black_hole()


@pytest.mark.parametrize("worse", [lagging, hole_for_the_web, hole_for_workers])
def test_the_way_to_the_database(system: System, talk: Talk, worse: Callable[[System], None]) -> None:
    other = Talk(system.client, "shim")
    with Listener(system.client, talk.id) as ear:
        talk.say()
        ear.wait_speaking()
        worse(system)
        try:
            other.client.http.post(
                f"/conversations/{other.id}/messages",
                json={"text": other.text, "client_message_id": other.client_message_id},
                timeout=4,
            )
        except httpx.TimeoutException:
            assert worse is hole_for_the_web
        time.sleep(1)
        for proxy in (system.web_to_database, system.worker_to_database):
            proxy.heal()
        other.resend()
        talk.check_whole()
        other.check_whole()
        ear.wait_end(talk.run)
        ear.check()


@pytest.mark.parametrize(
    ("place", "requests"), [("action_commit.before", 2), pytest.param("finish.before", 1, marks=pytest.mark.long)]
)
def test_a_worker_stopped_in_the_middle_of_a_transaction(
    system: System, talk: Talk, model: StubModel, place: str, requests: int
) -> None:
    system.arm(place, "stop")
    with Listener(system.client, talk.id) as ear:
        talk.say()
        stopped = system.wait_stopped(*system.workers)
        ear.wait_end(talk.run, 40)  # by the other one, once the server has taken the lock away
        events = talk.check_whole()
        stopped.signal(signal.SIGCONT)
        time.sleep(1)
        assert talk.events() == events
        ear.check()
    assert talk.attempts() == [1, 2] and talk.requests(model.requests) == requests


@pytest.mark.long
def test_connections_that_fell_silent_for_ever(system: System, talk: Talk) -> None:
    """As behind a router that forgot them: nobody says that they are gone, and new ones work."""
    system.web_to_database.black_hole()
    time.sleep(2)
    system.web_to_database.heal(keep_lost=True)
    talk.resend(60)
    talk.check_whole(60)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("edits", [100, pytest.param(1_000, marks=pytest.mark.long)])
def test_d8_two_workers_and_the_admin_edit_one_entity_at_once(system: System, model: StubModel, edits: int) -> None:
    check_that_no_edit_is_lost(system, model, edits)
