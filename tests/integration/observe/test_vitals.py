"""Signs of life, and what `manage.py health` makes of them; on the real Redis and database."""

from collections.abc import Iterator
from concurrent.futures import Future
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from interactions import heartbeat, runs, vitals, worker
from interactions.models import Run
from interactions.vitals import Worker

pytestmark = pytest.mark.django_db(transaction=True)


class Timer:
    """Celery's, as far as a step uses it."""

    def call_repeatedly(self, seconds: float, what: Any) -> "Timer":
        self.seconds = seconds
        return self

    def cancel(self) -> None:
        self.seconds = 0


class CeleryWorker:
    def __init__(self) -> None:
        self.timer, self.steps = Timer(), []  # type: ignore[var-annotated]


@pytest.fixture(autouse=True)
def no_workers() -> Iterator[None]:
    yield
    with vitals.client() as client:
        for key in client.scan_iter("memos:worker:*"):
            client.delete(key)


@pytest.fixture
def step() -> tuple[heartbeat.Heartbeat, CeleryWorker]:
    worker = CeleryWorker()
    return heartbeat.Heartbeat(worker), worker


def health(**options: Any) -> tuple[int, dict[str, str]]:
    """Return the exit code, and what is said of each part."""
    out, code = StringIO(), 0
    try:
        call_command("health", stdout=out, **options)
    except SystemExit as end:
        code = int(end.code or 0)
    return code, {line.split()[0]: " ".join(line.split()[1:]) for line in out.getvalue().splitlines()}


def test_a_worker_beats_from_its_start_to_its_end(step: tuple[heartbeat.Heartbeat, CeleryWorker]) -> None:
    beating, worker = step
    beating.start(worker)
    [alive] = vitals.workers()
    assert (alive.host, alive.leaving) == (vitals.HOST, False) and worker.timer.seconds == vitals.BEAT
    with vitals.client() as client:
        assert vitals.BEAT * 2 < client.ttl(alive.key) <= vitals.COUNTS, "one beat may be missed"
    beating.stop(worker)
    assert vitals.workers() == [] and worker.timer.seconds == 0


def test_it_does_not_beat_while_the_loop_of_the_runs_hangs(
    step: tuple[heartbeat.Heartbeat, CeleryWorker], monkeypatch: pytest.MonkeyPatch
) -> None:
    beating, _ = step
    worker.the_loop()
    hanging: Future[int] = Future()
    beating.asked = hanging
    beating.beat()
    assert vitals.workers() == []
    hanging.set_result(3)
    beating.beat()
    assert [alive.under_way for alive in vitals.workers()] == [3]
    assert beating.asked.result(5) == 0


def test_all_is_well() -> None:
    vitals.beat(2)
    code, said = health()
    assert code == 0
    assert said["database"] == "ok answers, migrated" and said["redis"] == "ok answers"
    assert said["workers"].startswith("ok ") and "(2 of " in said["workers"]
    assert said["queue"] == "ok no run waits"


def test_without_a_worker_it_is_not_well() -> None:
    code, said = health()
    assert code == 1 and said["workers"].startswith("BAD none has given")


def test_one_that_leaves_takes_no_work() -> None:
    vitals.beat(0, leaving=True)
    code, said = health()
    assert code == 1 and said["workers"].startswith("BAD") and "leaving" in said["workers"]


def test_only_those_of_this_machine_count_where_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vitals, "HOST", "elsewhere")
    vitals.beat(0)
    monkeypatch.undo()
    assert health()[0] == 0 and health(here=True)[0] == 1


def test_a_run_that_waits_for_too_long(conversation: Any, owner: Any) -> None:
    vitals.beat(0)
    run = runs.send(conversation, owner, "Hello").run
    assert health()[1]["queue"] == "ok a run has waited for 0 s"
    Run.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(seconds=90))
    assert health() == (1, health()[1]) and health()[1]["queue"] == "BAD a run has waited for 90 s"
    assert health(waiting=100)[0] == 0


def test_without_redis_it_says_so_and_nothing_breaks(settings: Any) -> None:
    settings.MEMOS = settings.MEMOS.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    code, said = health()
    assert code == 1 and said["redis"].startswith("BAD does not answer") and said["workers"] == "BAD not known"
    assert said["database"].startswith("ok")


def test_what_an_older_or_newer_worker_wrote_is_read() -> None:
    with vitals.client() as client:
        client.set("memos:worker:old:1", '{"host": "old", "pid": 1, "under_way": 0, "most": 8, "mood": "fine"}', ex=9)
        client.set("memos:worker:odd:1", "[", ex=9)
    assert vitals.workers() == [Worker(host="old", pid=1, under_way=0, most=8)]
