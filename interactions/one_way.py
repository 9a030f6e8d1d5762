"""Commands to Redis whose answers nobody needs: bells, live frames and notices.

They are written to the socket by whoever sends them, without a queue, a thread or an answer (CLIENT REPLY OFF), at some
forty microseconds each. A Redis that is away or hangs holds nobody up: what could not be written waits, as far as it
fits, for the connection that a thread of its own makes.
"""

import atexit
import logging
import threading
import time
from collections import deque
from functools import cache
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)

Command = tuple[Any, ...]

# Seconds that a write may take until Redis counts as away; the kernel takes it at once unless its buffer is full.
PATIENCE = 0.25
PAUSE = 0.3
# Seconds that a process waits at its end for what it has not written yet.
LAST_WORDS = 1.0
# Commands kept while Redis is away. Older ones give way: bells are rung again, frames come from the log.
KEPT = 2_000


class OneWay:
    """One connection, for all threads of the process."""

    def __init__(self, url: str) -> None:
        self._pool = redis.ConnectionPool.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
        )
        self._lock = threading.Lock()
        self._connection: Any = None
        self._connecting = False
        self._kept: deque[Command] = deque(maxlen=KEPT)

    def send(self, *commands: Command) -> None:
        """Write the commands. Never waits for longer than a quarter of a second, once, and never fails."""
        with self._lock:
            if self._connection is None:
                self._keep(commands)
                return
            try:
                self._write(self._connection, commands)
            except (redis.RedisError, OSError) as error:
                log.warning("Redis is away; bells, live frames and notices wait: %s", error)
                self._drop()
                self._keep(commands)

    def flush(self, timeout: float = 2.0) -> bool:
        """Wait until Redis has executed everything sent so far; False after `timeout` seconds."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            with self._lock:
                if self._connection is None and not self._kept and not self._connecting:
                    return True
                if self._connection is not None and self._is_through():
                    return True
            time.sleep(0.02)
        return False

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            self._drop()

    def _is_through(self) -> bool:
        try:
            self._connection.send_command("CLIENT", "REPLY", "ON")
            self._connection.read_response()
            self._connection.send_command("CLIENT", "REPLY", "OFF")
        except (redis.RedisError, OSError):
            self._drop()
            return False
        return True

    def _keep(self, commands: tuple[Command, ...]) -> None:
        self._kept.extend(commands)
        if not self._connecting:
            self._connecting = True
            threading.Thread(target=self._connect, name="redis-connect", daemon=True).start()

    def _connect(self) -> None:
        while True:
            connection: Any = self._pool.make_connection()
            try:
                connection.connect()
                connection.send_command("CLIENT", "REPLY", "OFF")
                with self._lock:
                    self._write(connection, tuple(self._kept))
                    self._kept.clear()
                    self._connection, self._connecting = connection, False
                    return
            except Exception as error:  # whatever it was: nobody else connects again
                connection.disconnect()
                if not isinstance(error, redis.RedisError | OSError):
                    log.exception("the connection to Redis failed in a new way")
            time.sleep(PAUSE)

    def _write(self, connection: Any, commands: tuple[Command, ...]) -> None:
        if commands:
            connection.send_packed_command(connection.pack_commands(commands), check_health=False)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.disconnect()
            self._connection = None


@cache
def redis_writer() -> OneWay:
    """Return the process's own. What a command of a second has to tell is written before its process ends."""
    writer = OneWay(settings.MEMOS.redis)
    atexit.register(writer.flush, LAST_WORDS)
    return writer
