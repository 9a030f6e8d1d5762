"""HTTP and WebSocket from the client's side with little work per frame: the product is to be measured."""

import asyncio
import re
import time
from base64 import b64encode
from collections.abc import Callable

Heard = Callable[[bytes, float], None]
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Socket(asyncio.Protocol):
    """A WebSocket. `heard` gets each text frame with the moment at which its bytes came."""

    def __init__(self, path: str, headers: dict[str, str], heard: Heard) -> None:
        self._path, self._headers, self._heard = path, headers, heard
        self._buffer = b""
        self.is_open = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed = ""
        self.lost: Callable[[], None] = lambda: None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        key = b64encode(b"0123456789abcdef").decode()
        lines = {
            "Host": "127.0.0.1", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": key, **self._headers,
        }  # fmt: skip
        transport.write(head(f"GET {self._path}", lines))

    def data_received(self, data: bytes) -> None:
        """Hand on the frames that are whole."""
        now = time.monotonic()
        self._buffer += data
        if not self.is_open and not self._upgraded():
            return
        buffer, at, size = self._buffer, 0, len(self._buffer)
        while size - at >= 2:
            length, start = buffer[at + 1] & 127, at + 2
            if length >= 126:
                wide = 2 if length == 126 else 8
                if size - start < wide:
                    break
                length, start = int.from_bytes(buffer[start : start + wide], "big"), start + wide
            if size - start < length:
                break
            self._frame(buffer[at] & 15, buffer[start : start + length], now)
            at = start + length
        self._buffer = buffer[at:]

    def connection_lost(self, exc: Exception | None) -> None:
        """Remember that it ended, unless a close frame said why."""
        self.closed = self.closed or str(exc or "the server ended the connection")
        self.lost()
        if not self.opened.done():
            self.opened.set_exception(ConnectionError(self.closed))

    def send(self, payload: bytes, kind: int = TEXT) -> None:
        """Send a frame of at most 125 bytes; masked with zeros, as the protocol allows."""
        self._transport.write(bytes((128 | kind, 128 | len(payload))) + b"\0\0\0\0" + payload)

    def close(self) -> None:
        """End the connection."""
        self._transport.close()

    def _upgraded(self) -> bool:
        answer, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return False
        if not answer.startswith(b"HTTP/1.1 101"):
            self.closed = answer.split(b"\r\n")[0].decode()
            self._transport.close()
            return False
        self._buffer, self.is_open = rest, True
        self.opened.set_result(None)
        return True

    def _frame(self, kind: int, payload: bytes, now: float) -> None:
        if kind <= TEXT:
            self._heard(payload, now)
        elif kind == PING:
            self.send(payload, PONG)
        elif kind == CLOSE:
            self.closed = f"closed with {int.from_bytes(payload[:2], 'big')}"


class Http:
    """A kept connection for one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
        self._reader, self._writer, self._host = reader, writer, f"127.0.0.1:{port}"

    @classmethod
    async def connect(cls, port: int) -> "Http":
        """Return an open connection to this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=2**24), port)

    async def ask(self, line: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, bytes, float]:
        """Return status, body and the moment of sending. `line` is such as `GET /path`."""
        sized = {"Host": self._host, **headers, "Content-Length": str(len(body))}
        request = head(line, sized) + body
        sent = time.monotonic()
        self._writer.write(request)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        return int(answer[9:12]), await self._body(answer), sent

    async def _body(self, answer: bytes) -> bytes:
        if length := re.search(rb"content-length: *(\d+)", answer, re.I):
            return await self._reader.readexactly(int(length.group(1)))
        if answer.startswith((b"HTTP/1.1 204", b"HTTP/1.1 304")):
            return b""
        parts = []
        while size := int(await self._reader.readline(), 16):
            parts.append(await self._reader.readexactly(size))
            await self._reader.readline()
        await self._reader.readline()
        return b"".join(parts)

    def close(self) -> None:
        """End the connection."""
        self._writer.close()


def head(line: str, headers: dict[str, str]) -> bytes:
    """Return a request's head."""
    return "\r\n".join([f"{line} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode()


async def open_socket(port: int, path: str, headers: dict[str, str], heard: Heard) -> Socket:
    """Return an open WebSocket to this machine. Raises `ConnectionError` with why there is none."""
    loop = asyncio.get_running_loop()
    _transport, socket = await loop.create_connection(lambda: Socket(path, headers, heard), "127.0.0.1", port)
    await asyncio.wait_for(socket.opened, 60)
    return socket
