"""The open sockets of a web process: how many one person may have, and whether each may still be open.

The notices of a logout, a new password, a lost role or a revoked token close sockets at once (`notices.py`). A notice
is lost while Redis is away; so every two seconds all sockets are looked at anew, in the database, with three queries.
"""

import asyncio
import logging
from typing import Any, Protocol
from weakref import WeakSet

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError

from interactions.sessions import shut_out

log = logging.getLogger(__name__)

CHECK_SECONDS = 2.0


class Socket(Protocol):
    """A consumer, as far as it matters here."""

    scope: Any

    async def shut(self) -> None:
        """Say that whoever opened it has to sign in again, and close."""
        ...


class Sockets:
    """Those of one event loop. It watches while there are any."""

    def __init__(self) -> None:
        self._open: WeakSet[Socket] = WeakSet()
        self._watching: asyncio.Task[None] | None = None

    def enter(self, socket: Socket) -> bool:
        """Count the socket; False when its user has as many as one may have."""
        user = socket.scope["user"].pk
        if sum(1 for other in self._open if other.scope["user"].pk == user) >= settings.MEMOS.sockets_per_user:
            return False
        self._open.add(socket)
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch())
        return True

    def leave(self, socket: Socket) -> None:
        """Count the socket no more, if it was."""
        self._open.discard(socket)
        if not self._open and self._watching is not None:
            self._watching.cancel()
            self._watching = None

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            await self._check()

    async def _check(self) -> None:
        sockets = list(self._open)
        try:
            gone = await database_sync_to_async(shut_out)([socket.scope for socket in sockets])
        except DatabaseError as error:  # nobody can read anything now, whoever they are
            log.warning("the sessions of open sockets could not be looked at: %s", error)
            return
        for place in gone:
            if sockets[place] in self._open:
                await sockets[place].shut()


_sockets: dict[asyncio.AbstractEventLoop, Sockets] = {}


def the_sockets() -> Sockets:
    """Return the sockets of the running loop."""
    loop = asyncio.get_running_loop()
    if loop not in _sockets:
        _sockets[loop] = Sockets()
    return _sockets[loop]
