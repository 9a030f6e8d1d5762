"""`/healthz`: whether this installation can do its work, for machines. Answers within a second or so, come what may."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

from memos_site.version import VERSION

TIMEOUT = 1.0  # seconds


class Probe:
    """Runs a check that may hang. One at a time: what still hangs when it is asked for again counts as failed."""

    def __init__(self, check: Callable[[], bool]) -> None:
        self._check = check
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="health")
        self._lock = Lock()
        self._running: Future[bool] | None = None

    def start(self) -> Future[bool]:
        """Return the check that runs, beginning one if none does."""
        with self._lock:
            if self._running is None or self._running.done():
                self._running = self._pool.submit(self._check)
            return self._running


def _database() -> bool:
    """Ask the database for the number one, on a connection of this check's own."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except Error:
        return False
    finally:
        connection.close()


def _redis() -> bool:
    client = redis.Redis.from_url(
        settings.MEMOS.redis,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


database, live = Probe(_database), Probe(_redis)


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 (“ok”, or “degraded” without Redis: answers are late, nothing is lost), 503 without a database."""
    checks = {"database": database.start(), "redis": live.start()}
    wait(checks.values(), timeout=TIMEOUT)
    is_up = {name: check.done() and check.result() for name, check in checks.items()}
    status = "ok" if all(is_up.values()) else "degraded" if is_up["database"] else "unavailable"
    said = {name: "ok" if up else "unavailable" for name, up in is_up.items()}
    answer = {"status": status, **said, "version": VERSION}
    return JsonResponse(answer, status=200 if is_up["database"] else 503)
