"""One client per event loop: a connection that was opened in one loop fails in another."""

import asyncio
import threading
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")


class PerLoop(Generic[T]):
    """Makes a thing on its first use in an event loop and hands out the same one in that loop afterwards."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: WeakKeyDictionary[asyncio.AbstractEventLoop, T] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def get(self) -> T:
        """Return this loop's own. Raises RuntimeError outside a running loop."""
        loop = asyncio.get_running_loop()
        with self._lock:
            if (found := self._made.get(loop)) is not None:
                return found
            # Connections hold on to their loop, so a dead loop would never be collected by itself.
            for other in [known for known in self._made if known.is_closed()]:
                del self._made[other]
            made = self._made[loop] = self._make()
            return made

    def pop(self) -> T | None:
        """Return this loop's own, if there is one, and forget it."""
        with self._lock:
            return self._made.pop(asyncio.get_running_loop(), None)
