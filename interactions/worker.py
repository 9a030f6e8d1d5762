"""The worker's event loop: all runs of one process wait for their models in it, none of them in a thread.

Celery's threads only wait for their run's coroutine, so that its own limits and its shutdown hold. Database work goes
to a few threads, each with its connection; no connection is held while a model is awaited.
"""

import asyncio
import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor
from functools import cache

from celery.signals import worker_ready, worker_shutting_down

from interactions import sweeper
from interactions.runner import Runner

DATABASE_THREADS = 8
# Seconds that runs under way get to end by themselves when the worker is asked to stop.
GRACE = 8.0


class WorkerLoop:
    """A loop in a thread of its own, with the runner in it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.database = ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="database")
        self.loop.set_default_executor(self.database)
        self.runner = Runner()
        threading.Thread(target=self._serve, name="runs", daemon=True).start()

    def execute(self, run_id: str) -> None:
        """Work on a run and return when that is over. Raises what the run raised."""
        asyncio.run_coroutine_threadsafe(self.runner.execute(run_id), self.loop).result()

    def leave(self) -> None:
        """Stop in good order: wait a little, then give back what is under way."""
        asyncio.run_coroutine_threadsafe(self.runner.leave(GRACE), self.loop)

    def close(self) -> None:
        """End the loop and its threads; their database connections end with them."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.database.shutdown()

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.watching = self.loop.create_task(self._watch())
        self.loop.run_forever()

    async def _watch(self) -> None:
        """Keep the watch going, whatever happens to the database."""
        from django.db import DatabaseError

        while True:
            try:
                await self.runner.watch()
            except DatabaseError:
                await asyncio.sleep(1)


@cache
def the_loop() -> WorkerLoop:
    """Return this process's loop, started at the first call."""
    return WorkerLoop()


def execute(run_id: str) -> None:
    """Work on a run in this process's loop."""
    try:
        the_loop().execute(run_id)
    except CancelledError:
        return


_stop_sweeping = threading.Event()


@worker_ready.connect
def _sweep(**_: object) -> None:
    threading.Thread(target=sweeper.sweep_forever, args=(_stop_sweeping,), name="sweeper", daemon=True).start()


@worker_shutting_down.connect
def _leave(**_: object) -> None:
    _stop_sweeping.set()
    if the_loop.cache_info().currsize:
        the_loop().leave()
