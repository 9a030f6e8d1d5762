"""Whether this installation can do its work: database, Redis, workers, and how long the longest run has waited."""

import os
import socket
from contextlib import suppress
from typing import Final

import redis
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from pydantic import BaseModel, ConfigDict, ValidationError
from redis.backoff import NoBackoff
from redis.retry import Retry

from interactions import leases

TIMEOUT: Final = 1.0  # seconds
# Seconds between two signs of life of a worker, and for how long each counts.
BEAT: Final = 5.0
COUNTS: Final = 16
HOST: Final = socket.gethostname()
_KEY: Final = "memos:worker:"


class Worker(BaseModel):
    """A sign of life of one worker: the runs it works on, how many it takes, and whether it takes no more."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    host: str
    pid: int
    under_way: int
    most: int
    leaving: bool = False

    @property
    def key(self) -> str:
        """Where it stands in Redis."""
        return f"{_KEY}{self.host}:{self.pid}"


def client(url: str = "") -> redis.Redis:
    """Return a client that gives up after a second."""
    address = url or settings.MEMOS.redis
    return redis.Redis.from_url(
        address, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry=Retry(NoBackoff(), 0)
    )


def database_answers() -> bool:
    """Ask the database for the number one, on a connection of this check's own."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except Error:
        return False
    finally:
        connection.close()


def database_is_migrated() -> bool:
    """Whether the database has what this version needs; a newer one does. On a connection of this check's own."""
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return False
    finally:
        connection.close()


def redis_answers(url: str = "") -> bool:
    """Whether Redis answers within a second."""
    with client(url) as asked:
        try:
            return bool(asked.ping())
        except redis.RedisError:
            return False


def beat(under_way: int, *, leaving: bool = False) -> None:
    """Give a sign of life of this process as a worker. Raises `redis.RedisError`."""
    most = settings.MEMOS.worker_threads
    worker = Worker(host=HOST, pid=os.getpid(), under_way=under_way, most=most, leaving=leaving)
    with client() as told:
        told.set(worker.key, worker.model_dump_json(), ex=COUNTS)


def gone() -> None:
    """This worker is no more. Raises `redis.RedisError`."""
    with client() as told:
        told.delete(f"{_KEY}{HOST}:{os.getpid()}")


def workers(url: str = "") -> list[Worker]:
    """Return the workers that gave a sign of life in the last 16 s. Raises `redis.RedisError`."""
    with client(url) as asked:
        keys = sorted(asked.scan_iter(f"{_KEY}*", count=1000))
        values = asked.mget(keys) if keys else []
    found: list[Worker] = []
    for value in values:
        if value is not None:
            with suppress(ValidationError):  # of another version
                found.append(Worker.model_validate_json(value))
    return found


def longest_wait() -> float | None:
    """Return for how many seconds the run has waited that has waited longest for a worker; None when none waits."""
    since = leases.waiting().values_list("created_at", flat=True).first()
    return None if since is None else (timezone.now() - since).total_seconds()
