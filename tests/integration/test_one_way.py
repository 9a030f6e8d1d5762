"""Bells and frames on their way to Redis: nothing waits for it, and what it missed while it was away comes later."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import redis

from interactions import doorbell, live, tasks, worker
from interactions.one_way import KEPT, OneWay
from tests.redis_server import PrivateRedis
from tests.stack import ROOT


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PrivateRedis]:
    made = PrivateRedis(tmp_path / "redis.sock")
    made.start()
    yield made
    made.stop()


def pushed(server: PrivateRedis) -> list[Any]:
    client = redis.Redis.from_url(server.url)
    try:
        return client.lrange("list", 0, -1)[::-1]
    finally:
        client.close()


def test_what_is_sent_arrives_in_order(server: PrivateRedis) -> None:
    writer = OneWay(server.url)
    for number in range(100):
        writer.send(("LPUSH", "list", number))
    assert writer.flush()
    assert pushed(server) == [b"%d" % number for number in range(100)]
    writer.close()


def test_what_is_sent_while_redis_is_away_comes_when_it_is_back(server: PrivateRedis) -> None:
    writer = OneWay(server.url)
    writer.send(("LPUSH", "list", "before"))
    assert writer.flush()
    server.kill()
    for number in range(5):
        writer.send(("LPUSH", "list", number))
    server.start()
    assert writer.flush(10)
    assert pushed(server) == [b"%d" % number for number in range(5)]
    writer.close()


def test_what_waits_is_bounded_and_the_newest_stays(server: PrivateRedis) -> None:
    server.kill()
    writer = OneWay(server.url)
    for number in range(KEPT + 500):
        writer.send(("LPUSH", "list", number))
    server.start()
    assert writer.flush(10)
    assert len(pushed(server)) == KEPT and pushed(server)[-1] == b"%d" % (KEPT + 499)
    writer.close()


def test_a_redis_that_hangs_holds_nobody_up_for_long(server: PrivateRedis) -> None:
    writer = OneWay(server.url)
    writer.send(("LPUSH", "list", "first"))
    assert writer.flush()
    server.poke(signal.SIGSTOP)
    began = time.monotonic()
    writer.send(*(("LPUSH", "list", "x" * 10_000) for _ in range(1_000)))  # more than any buffer holds
    assert time.monotonic() - began < 5
    server.poke(signal.SIGCONT)
    assert writer.flush(10)
    assert pushed(server).count(b"x" * 10_000) >= 1_000
    writer.close()


def test_a_bell_is_what_celery_itself_would_have_put_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Celery's own consumer takes it from the real queue and runs the task with the run's id."""
    heard: list[str] = []
    monkeypatch.setattr(worker, "execute", heard.append)
    run, app = str(uuid4()), tasks.execute_run.app
    live.client().delete("runs")  # bells of earlier tests
    doorbell.ring(run)
    with app.connection_for_read() as connection:
        consumer = app.amqp.TaskConsumer(connection.default_channel, callbacks=[_run_it])
        with consumer:
            connection.drain_events(timeout=10)
    assert heard == [run]


def _run_it(body: Any, message: Any) -> None:
    args, kwargs, _embed = body
    headers = message.headers
    assert headers["task"] == tasks.execute_run.name and headers["id"]
    tasks.execute_run(*args, **kwargs)


def test_a_process_that_ends_at_once_has_said_what_it_had_to_say(server: PrivateRedis) -> None:
    code = (
        "import django; django.setup(); from interactions.one_way import redis_writer; "
        "redis_writer().send(('LPUSH', 'list', 'last words'))"
    )
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "memos_site.settings", "REDIS_URL": server.url}
    subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, check=True, timeout=60)
    assert pushed(server) == [b"last words"]
