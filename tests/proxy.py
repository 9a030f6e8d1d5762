"""A proxy between two parts of an installation, with which a test cuts, lags and black-holes what goes through."""

import asyncio
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Self

CHUNK: Final = 65_536


@dataclass(eq=False, slots=True)
class Link:
    """One connection through the proxy. A `lost` one swallows everything, for ever: TCP cannot skip bytes."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter | None = None
    lost: bool = False
    reply_is_lost: bool = False
    tasks: "list[asyncio.Task[None]]" = field(default_factory=list)

    def abort(self) -> None:
        """End both sides with a reset."""
        for side in (self.near, self.far):
            if side is not None:
                side.transport.abort()


class Proxy:
    """Forwards `port` to `upstream` on this machine, in a thread of its own. Any thread may call its methods."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self.port = 0
        # Replies that `lose_reply` has swallowed so far.
        self.lost_replies = 0
        self._delay = 0.0
        self._is_hole = self._refuses = False
        self._marker = b""
        self._links: set[Link] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"proxy-{upstream}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise TimeoutError("the proxy did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    # -- what a test says

    def cut(self) -> None:
        """Reset every connection; new ones pass."""
        self._do(self._cut)

    def refuse(self) -> None:
        """Reset every connection, and each new one at once, until `heal`."""
        self._refuses = True
        self.cut()

    def lag(self, seconds: float) -> None:
        """Hold back every piece for that long, in both directions."""
        self._delay = seconds

    def black_hole(self) -> None:
        """Swallow everything, answer nothing, close nothing, until `heal`."""
        self._is_hole = True

    def lose_reply(self, marker: bytes) -> None:
        """Pass on the next request that holds `marker`, then cut the connection instead of passing on the reply."""
        self._marker = marker

    def heal(self, *, keep_lost: bool = False) -> None:
        """Let everything pass again. Connections that have lost something are reset, or stay silent: `keep_lost`."""
        self._delay, self._is_hole, self._refuses, self._marker = 0.0, False, False, b""
        if not keep_lost:
            self._do(self._cut_lost)

    @property
    def connections(self) -> int:
        """How many connections go through now."""
        return len(self._links)

    # -- the thread

    def _do(self, what: "object") -> None:
        done = threading.Event()

        def work() -> None:
            what()  # type: ignore[operator]
            done.set()

        self._loop.call_soon_threadsafe(work)
        done.wait(5)

    def _cut(self) -> None:
        for link in list(self._links):
            link.abort()

    def _cut_lost(self) -> None:
        for link in list(self._links):
            if link.lost:
                link.abort()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=1024))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        self._cut()
        server.close()
        rest = asyncio.all_tasks(self._loop)
        for task in rest:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
        self._loop.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(writer)
        if self._refuses:
            link.abort()
            return
        self._links.add(link)
        try:
            await self._join(link, reader)
        except (OSError, asyncio.CancelledError):
            pass  # one of the two has left, or the proxy ends
        finally:
            self._links.discard(link)
            link.abort()

    async def _join(self, link: Link, reader: asyncio.StreamReader) -> None:
        if self._is_hole:
            link.lost = True
            await self._request(link, reader)
            return
        far_reader, link.far = await asyncio.open_connection("127.0.0.1", self.upstream)
        ways = [asyncio.ensure_future(way) for way in (self._request(link, reader), self._reply(link, far_reader))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            with suppress(OSError):  # what was written goes out before the end does
                await asyncio.wait_for(link.near.drain(), 1)
                link.near.close()
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _request(self, link: Link, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(CHUNK):
            if self._marker and self._marker in data:
                self._marker, link.reply_is_lost = b"", True
            await self._pass(link, link.far, data)

    async def _reply(self, link: Link, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(CHUNK):
            if link.reply_is_lost:
                self.lost_replies += 1
                link.abort()
                return
            await self._pass(link, link.near, data)

    async def _pass(self, link: Link, to: asyncio.StreamWriter | None, data: bytes) -> None:
        if self._delay:
            await asyncio.sleep(self._delay)
        link.lost = link.lost or self._is_hole
        if not link.lost and to is not None:
            to.write(data)
            await to.drain()
