"""`/healthz` and `/readyz`: whether this installation can do its work, and whether this process can serve. For
machines. They answer within a second or so, come what may."""

import signal
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event, Lock
from types import FrameType
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from interactions import vitals
from interactions.vitals import TIMEOUT
from memos_site.version import VERSION


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


class Once:
    """A check that need not be made again once it has held."""

    def __init__(self, check: Callable[[], bool]) -> None:
        self._check, self._held = check, False

    def __call__(self) -> bool:
        """Whether it holds or has held."""
        self._held = self._held or self._check()
        return self._held


database, live = Probe(vitals.database_answers), Probe(vitals.redis_answers)
migrated = Probe(Once(vitals.database_is_migrated))
leaving = Event()


def drain(seconds: float) -> None:
    """Let this process, if it is Daphne, serve for `seconds` more when it is asked to end (SIGTERM), saying on
    /readyz that it will; asked twice, it ends at once. Daphne by itself cuts every connection there and then."""
    reactor: Any = sys.modules.get("twisted.internet.reactor")
    if reactor is None or not seconds:
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        pause = 0 if leaving.is_set() else seconds
        leaving.set()
        reactor.callFromThread(reactor.callLater, pause, reactor.stop)

    # After the reactor has put its own handler there.
    reactor.callWhenRunning(signal.signal, signal.SIGTERM, on_signal)


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


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when requests may be sent here, 503 with what is missing: the database, its migrations, or this
    process, which is about to end."""
    checks = {"database": database.start(), "migrations": migrated.start()}
    wait(checks.values(), timeout=TIMEOUT)
    missing = [name for name, check in checks.items() if not (check.done() and check.result())]
    if leaving.is_set():
        missing.append("process")
    answer = {"status": "unavailable" if missing else "ready", "missing": missing, "version": VERSION}
    return JsonResponse(answer, status=503 if missing else 200)
