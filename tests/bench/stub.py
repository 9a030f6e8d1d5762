"""The model server of the bench: OpenAI's wire with as little work as can be, and the moments of every request.

Each message of the bench holds a number, `#17#`. By it a request's moments are found: when it had come whole, and when
the first token was written.
"""

import asyncio
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

from tests.bench import rpc

NUMBER = re.compile(rb"#(\d+)#")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
# Paced answers go out in turns, so that a thousand of them cost one timer.
TURNS = 8


def chunk(delta: str, reason: str = "null", more: str = "") -> bytes:
    """One `data:` line, as a chunk of the response."""
    choices = f'[{{"index":0,"delta":{delta},"finish_reason":{reason}}}]' if delta else "[]"
    head = '"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"stub"'
    data = f'data: {{{head},"choices":{choices}{more}}}\n\n'.encode()
    return b"%x\r\n%b\r\n" % (len(data), data)


def token(text: str) -> bytes:
    """The chunk of one token."""
    return chunk(json.dumps({"content": text}))


@dataclass(slots=True)
class Answer:
    """What is sent: the first write, which holds the first token, one write per further token, and the last."""

    first: bytes
    rest: list[bytes]
    last: bytes

    @classmethod
    def of(cls, tokens: list[str], before: str = "", after: str = "") -> "Answer":
        """Return the answer that says `tokens`, with what a plan has around them."""
        usage = f',"usage":{{"prompt_tokens":7,"completion_tokens":{len(tokens)}}}'
        opening = HEAD + chunk('{"role":"assistant","content":""}') + (token(before) if before else b"")
        end = chunk("{}", '"stop"') + chunk("", more=usage) + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"
        return cls(
            opening + token(tokens[0]), [token(text) for text in tokens[1:]], (token(after) if after else b"") + end
        )


@dataclass
class Stub:
    """What is answered, and what was asked: [arrived, first token written] by number, in seconds."""

    pace: float = 0.0
    prose: Answer = field(default_factory=lambda: Answer.of(["Hello."]))
    plan: Answer = field(default_factory=lambda: Answer.of(["Hello."]))
    moments: dict[int, tuple[float, float]] = field(default_factory=dict)
    turns: list[list["Connection"]] = field(default_factory=lambda: [[] for _ in range(TURNS)])
    paced: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    async def listen(self) -> int:
        """Start, and return the port."""
        server = await asyncio.get_running_loop().create_server(lambda: Connection(self), "127.0.0.1", 0, backlog=2048)
        self.port = server.sockets[0].getsockname()[1]
        self._server, self._pacing = server, asyncio.create_task(self._take_turns())
        return int(self.port)

    async def answer(self, tokens: list[str], pace: float) -> None:
        """From now on say `tokens`, one every `pace` seconds (0: all at once); forget the moments so far."""
        self.pace = pace
        self.prose = Answer.of(tokens)
        before, after = '{"reasoning": "", "actions": [{"action": "SPEAK", "text": "', '"}, {"action": "DONE"}]}'
        self.plan = Answer.of(tokens, before, after)
        self.moments.clear()

    async def asked(self) -> dict[int, tuple[float, float]]:
        """Return the moments by number."""
        return self.moments

    async def cpu(self) -> float:
        """Return the CPU seconds of this process so far."""
        return time.process_time()

    async def _take_turns(self) -> None:
        number, due = 0, time.monotonic()
        while True:
            await self.paced.wait()
            pause = self.pace / TURNS
            due = max(due + pause, time.monotonic() - pause)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            number = (number + 1) % TURNS
            self.turns[number] = [each for each in self.turns[number] if each.next_token()]
            if not any(self.turns):
                self.paced.clear()

    def join(self, connection: "Connection") -> None:
        """Pace a connection, in the turn that has the fewest."""
        min(self.turns, key=len).append(connection)
        self.paced.set()


class Connection(asyncio.Protocol):
    """One connection, kept alive, with one request at a time."""

    def __init__(self, stub: Stub) -> None:
        self.stub, self.buffer = stub, b""
        self.left: Any = iter(())
        self.last = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Take what came; answer when the request is whole."""
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = re.search(rb"content-length: *(\d+)", head, re.I)
        if len(body) < (int(length.group(1)) if length else 0):
            return
        self.buffer = b""
        if head.startswith(b"POST"):
            self._reply(body, time.monotonic())
        else:
            models = b'{"object":"list","data":[{"id":"stub","object":"model"}]}'
            kind = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            self.transport.write(kind + b"Content-Length: %d\r\n\r\n%b" % (len(models), models))

    def _reply(self, body: bytes, arrived: float) -> None:
        numbers = NUMBER.findall(body)
        answer = self.stub.plan if b"can_extend" in body else self.stub.prose
        self.last, self.left = answer.last, iter(answer.rest)
        written = time.monotonic()
        self.transport.write(answer.first)
        if numbers:
            self.stub.moments[int(numbers[-1])] = (arrived, written)
        if self.stub.pace:
            self.stub.join(self)
            return
        while self.next_token():
            pass

    def next_token(self) -> bool:
        """Write the next token, or the end; False when that is done."""
        if self.transport.is_closing():
            return False
        piece = next(self.left, None)
        self.transport.write(self.last if piece is None else piece)
        return piece is not None


async def main() -> None:
    """Serve until the bench is gone."""
    await rpc.serve(Stub())


if __name__ == "__main__":
    asyncio.run(main())
