"""The sweeper: rings for every run that waits and that nobody works on, and starts what is due. It makes lost doorbells
harmless, and is the clock of timers, pauses and the entities' own accord.

Each worker has one, in a thread: where nobody could answer the bell, nobody needs to ring it. Several do no harm.
"""

import logging
import threading
import time
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.db.models.functions import Now
from django.utils import timezone

from interactions import awakening, doorbell, initiative, leases, lessons, lives, pauses, removal, tellings

log = logging.getLogger(__name__)

# Runs rung for in one sweep; the next sweep comes soon.
MOST = 500
# Seconds from one look for deleted entities whose time is over to the next.
TIDY_SECONDS = 3_600.0
# How often what runs have taught is looked at.
LEARNING = timedelta(seconds=60)


def sweep() -> int:
    """Ring for the runs that wait, the longest first, and return how many bells rang.

    A run of this very moment is left to its own bell.
    """
    settled = Now() - timedelta(seconds=settings.MEMOS.sweep_seconds / 2)
    found = leases.waiting().filter(created_at__lt=settled).values_list("pk", flat=True)[:MOST]
    rung = 0
    for pk in found:
        if not doorbell.ring_now(str(pk)):
            break  # Redis is away: the next sweep tries again
        rung += 1
    return rung


def start_due() -> int:
    """Wake the runs whose pause is over, start those of timers, of what was told and of the entities' own accord;
    return how many."""
    return pauses.wake_due() + initiative.fire_due() + tellings.hear_due() + awakening.awaken()


def sweep_forever(stop: threading.Event) -> None:
    """Sweep every `MEMOS_SWEEP_SECONDS` until `stop` is set, and learn now and then.

    A database that is away only delays.
    """
    tidied = -TIDY_SECONDS
    learned = timezone.now()
    while not stop.wait(settings.MEMOS.sweep_seconds):
        close_old_connections()
        try:
            started = start_due()
            rung = sweep()
            if time.monotonic() - tidied >= TIDY_SECONDS:
                tidied = time.monotonic()
                lives.sweep()
                removal.erase_old()
            if timezone.now() - learned > LEARNING:
                learned = lessons.learn_since(learned)
        except DatabaseError as error:
            log.warning("the sweep failed and is tried again: %s", error)
        else:
            if rung or started:
                log.info("rang for %d waiting runs, started %d", rung, started)
