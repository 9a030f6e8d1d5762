"""The web server: Daphne, ending in good order. `python -m memos_site.server` takes Daphne's options.

Daphne itself, asked to stop, cancels the requests under way and lets its sockets drop. This one takes no more
connections, answers what it has begun, and closes each socket with 1012 (service restart), on which clients come back
at once, to whoever serves then.
"""

import asyncio
import time
from typing import Any, Final

from daphne.cli import CommandLineInterface
from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import defer

from memos_site import garbage

# Seconds in which what is under way has to end; less than the supervisor and the units allow.
GRACE: Final = 4.0
# Nothing may be under way for that long before we go: what has been accepted is not always seen at once.
QUIET: Final = 0.15
RESTART: Final = 1012


class Socket(WebSocketProtocol):
    """A WebSocket that may be closed with any code of RFC 6455."""

    def serverClose(self, code: int | None = None) -> None:
        """Close it. Daphne's own way refuses what is below 3000, so that the client would get 1011."""
        self.sendCloseFrame(code=1000 if code is None else code)


class GracefulServer(Server):
    """Daphne's server with another end."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options, ready_callable=self._use_our_sockets)
        self.ports: list[Any] = []

    def listen_success(self, port: Any) -> None:
        """Remember what listens."""
        super().listen_success(port)
        self.ports.append(port)

    def kill_all_applications(self) -> "defer.Deferred[None]":
        """End in good order: what Daphne calls when it is asked to stop, and waits for."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._leave()))

    async def _leave(self) -> None:
        for port in self.ports:
            port.doRead()  # take in who waits already: closing would reset them
            await defer.maybeDeferred(port.stopListening).asFuture(asyncio.get_running_loop())
        deadline, quiet_since = time.monotonic() + GRACE, time.monotonic()
        while (now := time.monotonic()) < deadline and now - quiet_since < QUIET:
            self._close_sockets()
            if self._under_way():
                quiet_since = now
            await asyncio.sleep(0.02)
        late = self._under_way()
        for application in late:
            application.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _close_sockets(self) -> None:
        for protocol in list(self.connections):
            if isinstance(protocol, Socket) and protocol.state == protocol.STATE_OPEN:
                protocol.sendCloseFrame(code=RESTART)

    def _under_way(self) -> "list[asyncio.Future[Any]]":
        found = (details.get("application_instance") for details in self.connections.values())
        return [application for application in found if application and not application.done()]

    def _use_our_sockets(self) -> None:
        self.ws_factory.protocol = Socket
        garbage.settle()  # all is imported, and it is about to serve


class Command(CommandLineInterface):
    """Daphne's command line for our server."""

    server_class = GracefulServer


if __name__ == "__main__":
    Command.entrypoint()
