"""How often the answers under way are read.

A network read and what follows it (parse, publish, show) costs the same for one token as for ten. While few answers
stream, each token is read as it comes; while many do, each is read less often, and what has come meanwhile is one
piece. So a hundred answers cost a process about as much as thirty, and nobody waits longer for a first word.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

# Reads per second of all answers of a process: ten a second for each of a hundred.
MOST_READS = 1_000
# Seconds between two reads of one answer, at most: slower would look like a stutter.
LONGEST = 0.25

_under_way = 0


class Pace:
    """The pace of one answer."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    async def pause(self) -> None:
        """Wait until the answer may be read again; not at all while there is time enough for everybody."""
        wait = self._last + min(LONGEST, _under_way / MOST_READS) - time.monotonic()
        if wait > 0.002:  # the loop's own granularity
            await asyncio.sleep(wait)
        self._last = time.monotonic()


@contextmanager
def reading() -> Iterator[Pace]:
    """Count one more answer under way, and hand out its pace."""
    global _under_way
    _under_way += 1
    try:
        yield Pace()
    finally:
        _under_way -= 1
