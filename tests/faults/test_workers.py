"""Two workers and one run: crashes are counted, a stale worker commits nothing, a deploy breaks nothing off."""

import signal
import time

import pytest
from celery import Celery

from tests.faults.talk import Talk
from tests.listener import Listener
from tests.stub_model import StubModel
from tests.system import System

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]


def test_a_worker_killed_mid_model_again_and_again_ends_the_run(system: System, talk: Talk, model: StubModel) -> None:
    system.arm("model_first_byte.after", "kill")
    talk.say()
    for crash in (1, 2, 3):
        system.wait_hit()
        system.wait_dead(*system.workers).start()
        if crash < 3:
            system.arm("model_first_byte.after", "kill")
    system.arm("model_first_byte.after", "kill")  # nobody comes by for a fourth time
    end = talk.wait_end()
    assert (end["status"], end["code"]) == ("failed", "crashed") and "three times" in end["reason"]
    assert system.failpoint.exists() and talk.attempts() == [1, 2, 3]
    assert talk.requests(model.requests) == 3
    # And the talk goes on.
    system.failpoint.unlink()
    again = Talk(system.client)
    again.say()
    again.check_whole()


def test_a_worker_stopped_past_its_lease_commits_nothing_when_it_goes_on(
    system: System, talk: Talk, model: StubModel
) -> None:
    one, other = system.workers
    system.freeze(other)
    with Listener(system.client, talk.id) as ear:
        talk.say()
        ear.wait_speaking()
        system.freeze(one)
        other.signal(signal.SIGCONT)
        events = talk.check_whole()
        one.signal(signal.SIGCONT)
        time.sleep(2)  # what it had of the answer when it was stopped is read, and refused
        assert talk.events() == events and talk.attempts() == [1, 2]
        ear.wait_end(talk.run)
        ear.check()
    assert talk.requests(model.requests) == 2


def test_a_deploy_lets_runs_end(system: System, talk: Talk, model: StubModel) -> None:
    with Listener(system.client, talk.id) as ear:
        talk.say()
        ear.wait_speaking()
        for worker in system.workers:
            worker.process.terminate()  # type: ignore[union-attr]
        for worker in system.workers:
            assert worker.process.wait(20) == 0  # type: ignore[union-attr]
        for worker in system.workers:
            worker.start()
        talk.check_whole()
    assert talk.attempts() == [1] and talk.requests(model.requests) == 1


@pytest.mark.long
def test_a_deploy_gives_back_what_takes_too_long(system: System, talk: Talk, model: StubModel) -> None:
    model.pace = 0.15
    try:
        with Listener(system.client, talk.id) as ear:
            talk.say()
            ear.wait_speaking()
            for worker in system.workers:
                worker.process.terminate()  # type: ignore[union-attr]
            for worker in system.workers:
                assert worker.process.wait(20) == 0  # type: ignore[union-attr]
            model.pace = 0.01
            for worker in system.workers:
                worker.start()
            talk.check_whole()
            ear.wait_end(talk.run)
            ear.check()
    finally:
        model.pace = 0.01
    assert talk.attempts() == [1, 1]  # given back is no crash
    assert talk.requests(model.requests) == 2


def test_the_same_task_ten_times_is_one_run(system: System, talk: Talk, model: StubModel) -> None:
    for worker in system.workers:
        system.freeze(worker)
    talk.say()
    port = system.direct_redis.connection_pool.connection_kwargs["port"]
    with Celery(broker=f"redis://127.0.0.1:{port}/0", set_as_current=False).connection() as broker:
        bell = Celery(broker=f"redis://127.0.0.1:{port}/0", set_as_current=False)
        for _ in range(10):
            bell.send_task("interactions.execute_run", [talk.run], connection=broker, queue="runs", ignore_result=True)
    for worker in system.workers:
        worker.signal(signal.SIGCONT)
    talk.check_whole()
    assert talk.attempts() == [1] and talk.requests(model.requests) == 1
