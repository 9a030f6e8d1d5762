"""The clients of the bench, in a process of their own: people who write and read, and sockets that only listen."""

import asyncio
import json
import re
import time
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from tests.bench import rpc
from tests.bench.wire import Http, Socket, open_socket

ENDED = re.compile(rb'data-status=\\"(finished|failed|cancelled|needs_review)\\"')


class Dialect:
    """How a client talks: what it posts, and what the frames that it gets say."""

    content_type = "application/x-www-form-urlencoded"
    waits_for = b""

    def body(self, text: str) -> bytes:
        """Return what is posted to say `text`."""
        return urlencode({"text": text, "client_message_id": str(uuid4())}).encode()

    def is_speech(self, frame: bytes) -> bool:
        """Whether the frame shows speech."""
        raise NotImplementedError

    def end(self, frame: bytes) -> str:
        """Return the status with which the run ended; "" for a frame that does not end it."""
        raise NotImplementedError


class Browser(Dialect):
    """A page: forms out, HTML fragments in."""

    waits_for = b'"ready"'

    def is_speech(self, frame: bytes) -> bool:
        return b'class=\\"speech' in frame

    def end(self, frame: bytes) -> str:
        found = ENDED.search(frame)
        return found.group(1).decode() if found else ""


class Api(Dialect):
    """A program: JSON out, JSON in."""

    content_type = "application/json"

    def body(self, text: str) -> bytes:
        return json.dumps({"text": text, "client_message_id": str(uuid4())}).encode()

    def is_speech(self, frame: bytes) -> bool:
        return b'"is_thought":false' in frame and (b'"text.delta"' in frame or b'"text.finished"' in frame)

    def end(self, frame: bytes) -> str:
        return str(json.loads(frame)["status"]) if b'"kind":"run.finished"' in frame else ""


class Least(Dialect):
    """The least app: a form out, bare text in."""

    def is_speech(self, frame: bytes) -> bool:
        return frame != b"[end]"

    def end(self, frame: bytes) -> str:
        return "finished" if frame == b"[end]" else ""


DIALECTS: dict[str, Dialect] = {"browser": Browser(), "api": Api(), "least": Least()}


@dataclass(slots=True)
class Said:
    """One message: its number, and moments in seconds (0: not seen). `whole`: the last token was there."""

    number: int
    sent: float = 0.0
    stored: float = 0.0
    first: float = 0.0
    whole: float = 0.0
    ended: float = 0.0
    status: str = ""
    error: str = ""


@dataclass(slots=True)
class Chat:
    """One conversation's client: a kept HTTP connection and a socket."""

    dialect: Dialect
    spec: dict[str, Any]
    last_token: bytes
    said: Said = field(default_factory=lambda: Said(0))
    over: asyncio.Event = field(default_factory=asyncio.Event)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    http: Http | None = None
    socket: Socket | None = None

    async def open(self, port: int) -> None:
        """Connect, and wait until the page would be live."""
        self.http = await Http.connect(port)
        self.socket = await open_socket(port, self.spec["socket"], self.spec["headers"], self.heard)
        self.socket.lost = self.over.set  # nothing more will come
        if self.dialect.waits_for:
            await asyncio.wait_for(self.ready.wait(), 60)

    def heard(self, frame: bytes, now: float) -> None:
        """Look at a frame."""
        said = self.said
        if not self.ready.is_set() and self.dialect.waits_for in frame:
            self.ready.set()
        if not said.first and self.dialect.is_speech(frame):
            said.first = now
        if not said.whole and self.last_token in frame:
            said.whole = now
        if status := self.dialect.end(frame):
            said.ended, said.status = now, status
            self.over.set()

    async def say(self, number: int, within: float) -> Said:
        """Say one message and wait until it is answered."""
        assert self.http is not None and self.socket is not None
        self.said, said = Said(number), self.said
        said = self.said
        self.over.clear()
        headers = {"Content-Type": self.dialect.content_type, **self.spec["headers"]}
        body = self.dialect.body(f"Good evening, this is message #{number}#.")
        try:
            async with asyncio.timeout(within):
                status, answer, said.sent = await self.http.ask(f"POST {self.spec['post']}", headers, body)
                said.stored = time.monotonic()
                if status != 202:
                    raise ConnectionError(f"{status}: {answer[:200]!r}")
                await self.over.wait()
                if not said.status:
                    raise ConnectionError("the socket ended")
        except (TimeoutError, OSError, EOFError) as error:
            said.error = f"{type(error).__name__} {error} {self.socket.closed}".strip()
        return said

    def close(self) -> None:
        """Leave."""
        if self.http:
            self.http.close()
        if self.socket:
            self.socket.close()


class Client:
    """What the bench asks for."""

    def __init__(self) -> None:
        self.number = 0
        self.held: list[Socket] = []
        self.pongs: set[int] = set()

    async def talk(
        self, port: int, dialect: str, chats: list[dict[str, Any]], messages: int, last_token: str, within: float,
        spread: float,
    ) -> list[dict[str, Any]]:  # fmt: skip
        """In each of `chats` say `messages` messages, each after the answer to the one before. The chats begin one
        after another, evenly over `spread` seconds."""
        open_chats = [Chat(DIALECTS[dialect], spec, last_token.encode()) for spec in chats]
        try:
            for start in range(0, len(open_chats), 20):
                await asyncio.gather(*(chat.open(port) for chat in open_chats[start : start + 20]))
            await asyncio.sleep(0.3)
            self.number += 1_000_000
            step = spread / len(open_chats)
            found = await asyncio.gather(
                *(
                    self._one(chat, self.number + place * 1_000, messages, within, step * place)
                    for place, chat in enumerate(open_chats)
                )
            )
        finally:
            for chat in open_chats:
                chat.close()
        return [asdict(said) for each in found for said in each]

    async def _one(self, chat: Chat, number: int, messages: int, within: float, pause: float) -> list[Said]:
        await asyncio.sleep(pause)
        found: list[Said] = []
        for place in range(messages):
            found.append(await chat.say(number + place, within))
            if found[-1].error:
                break  # what follows would wait as long
        return found

    async def hold(self, port: int, chats: list[dict[str, Any]]) -> int:
        """Open a socket per chat and keep them; return how many are open."""

        def heard(place: int) -> Any:
            return lambda frame, _now: self.pongs.add(place) if b'"pong"' in frame else None

        for start in range(0, len(chats), 20):
            part = [
                open_socket(port, spec["socket"], spec["headers"], heard(start + place))
                for place, spec in enumerate(chats[start : start + 20])
            ]
            self.held += await asyncio.gather(*part)
        return len(self.held)

    async def ping(self, within: float) -> int:
        """Return how many of the kept sockets answer a ping."""
        self.pongs.clear()
        for socket in self.held:
            socket.send(b'{"type":"ping"}')
        until = time.monotonic() + within
        while len(self.pongs) < len(self.held) and time.monotonic() < until:
            await asyncio.sleep(0.05)
        return len(self.pongs)

    async def drop(self) -> list[str]:
        """Close the kept sockets; return why those that had ended before did."""
        why = [socket.closed for socket in self.held if socket.closed]
        for socket in self.held:
            socket.close()
        self.held = []
        return why

    async def get(self, port: int, requests: list[dict[str, Any]], times: int) -> list[list[float]]:
        """Ask for each address `times` times, in turn; return the seconds of each."""
        http = await Http.connect(port)
        found: list[list[float]] = [[] for _ in requests]
        for turn in range(times + 2):
            for place, request in enumerate(requests):
                status, body, sent = await http.ask(f"GET {request['path']}", request["headers"])
                if status != 200:
                    raise ConnectionError(f"GET {request['path']}: {status} {body[:200]!r}")
                if turn >= 2:  # the first ones fill caches
                    found[place].append(time.monotonic() - sent)
        http.close()
        return found

    async def cpu(self) -> float:
        """Return the CPU seconds of this process so far."""
        return time.process_time()


async def main() -> None:
    """Serve until the bench is gone."""
    await rpc.serve(Client())


if __name__ == "__main__":
    asyncio.run(main())
