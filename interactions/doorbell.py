"""The doorbell: tells a worker that a run waits. A bell that does not ring is rung again by the sweeper."""

import logging
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from kombu.exceptions import KombuError
from redis import RedisError

log = logging.getLogger(__name__)

# One thread: whoever commits a run must not wait for Redis.
_bell = ThreadPoolExecutor(max_workers=1, thread_name_prefix="doorbell")


def ring(run_id: UUID | str) -> None:
    """Ask a worker to look at the run. Returns at once and never fails."""
    _bell.submit(ring_now, str(run_id))


def ring_now(run_id: str) -> bool:
    """Put the run's id into the queue; False when Redis is away."""
    from interactions.tasks import execute_run

    try:
        execute_run.apply_async(args=[run_id], ignore_result=True, expires=600)
    except (KombuError, RedisError, OSError) as error:
        log.warning("the doorbell for run %s did not ring: %s", run_id, error)
        return False
    return True
