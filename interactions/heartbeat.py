"""The signs of life of a worker. They come from the loop that takes doorbells, and stop when that or the loop of the
runs hangs: who gives one is alive and takes work."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from celery import bootsteps
from celery.signals import worker_shutting_down
from redis import RedisError

from interactions import vitals
from interactions.worker import the_loop

log = logging.getLogger(__name__)


class Heartbeat(bootsteps.StartStopStep):
    """A step of Celery's worker: beats as long as the worker's own timer turns."""

    requires = ("celery.worker.components:Timer",)

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self.asked: Future[int] | None = None
        self.entry: Any = None

    def start(self, worker: Any) -> None:
        """Beat now, and every few seconds."""
        self.entry = worker.timer.call_repeatedly(vitals.BEAT, self.beat)
        self.beat()

    def stop(self, worker: Any) -> None:
        """This worker is no more."""
        if self.entry is not None:
            self.entry.cancel()
        _tell(vitals.gone)

    def beat(self) -> None:
        """Beat, unless the loop of the runs has not answered since the last time."""
        under_way = 0
        if the_loop.cache_info().currsize:
            if self.asked is not None and not self.asked.done():
                log.warning("the loop of the runs has not answered for %.0f s", vitals.BEAT)
                return
            under_way = self.asked.result() if self.asked is not None else 0
            self.asked = asyncio.run_coroutine_threadsafe(_under_way(), the_loop().loop)
        _tell(lambda: vitals.beat(under_way))


@worker_shutting_down.connect
def _leave(**_: object) -> None:
    # A signal handler must not wait for Redis.
    threading.Thread(target=_tell, args=[lambda: vitals.beat(0, leaving=True)], daemon=True).start()


async def _under_way() -> int:
    return len(the_loop().runner.under_way)


def _tell(what: Callable[[], None]) -> None:
    try:
        what()
    except RedisError as error:
        log.info("the sign of life could not be given: %s", error)
