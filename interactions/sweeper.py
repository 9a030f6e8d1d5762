"""The sweeper: rings for every run that waits and that nobody works on. It makes lost doorbells harmless."""

import logging
import threading
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.db.models.functions import Now

from interactions import doorbell, runs

log = logging.getLogger(__name__)

# Runs rung for in one sweep; the next sweep comes soon.
MOST = 500


def sweep() -> int:
    """Ring for the runs that wait, the longest first, and return how many bells rang.

    A run of this very moment is left to its own bell.
    """
    settled = Now() - timedelta(seconds=settings.MEMOS.sweep_seconds / 2)
    found = runs.waiting().filter(created_at__lt=settled).values_list("pk", flat=True)[:MOST]
    rung = 0
    for pk in found:
        if not doorbell.ring_now(str(pk)):
            break  # Redis is away: the next sweep tries again
        rung += 1
    return rung


def sweep_forever(stop: threading.Event) -> None:
    """Sweep every `MEMOS_SWEEP_SECONDS` until `stop` is set; a database that is away only delays."""
    while not stop.wait(settings.MEMOS.sweep_seconds):
        close_old_connections()
        try:
            rung = sweep()
        except DatabaseError as error:
            log.warning("the sweep failed and is tried again: %s", error)
        else:
            if rung:
                log.info("rang for %d waiting runs", rung)
