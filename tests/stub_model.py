"""A fault-injecting model server that speaks the OpenAI protocol (and, enough for tests, Anthropic's and Google's).

In a test: `with StubModel(answer="Hello there.", pace=0.02) as stub: ... stub.base_url ... stub.requests`.
By hand: `python -m tests.stub_model --port 9911 --pace 0.03 --fault overloaded:2`.
"""

import argparse
import asyncio
import json
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Self

from tests.stub_answers import default_answer, words
from tests.stub_wires import WIRES, Wire, completion, wire_of

Answer = str | list[str] | Callable[[dict[str, Any]], str | list[str]]

# What can go wrong, and when. "stall" and "cut" come after a few tokens, see StubModel.fail(after=…).
STATUS_FAULTS = {
    "key_refused": (401, {"error": {"message": "Incorrect API key provided.", "code": "invalid_api_key"}}),
    "no_model": (404, {"error": {"message": "The model `x` does not exist.", "code": "model_not_found"}}),
    "no_endpoint": (404, {"detail": "Not Found"}),
    "overloaded": (429, {"error": {"message": "Rate limit reached.", "code": "rate_limit_exceeded"}}),
    "no_quota": (429, {"error": {"message": "You exceeded your current quota.", "code": "insufficient_quota"}}),
    "server_error": (500, {"error": {"message": "Internal error."}}),
    "refused": (400, {"error": {"message": "This model's maximum context length is 10 tokens."}}),
}
STREAM_FAULTS = (
    "hang",  # never a byte
    "stall",  # silent in mid-answer
    "cut_early",  # connection ends before the first token
    "cut",  # connection ends in mid-answer
    "truncate",  # finish_reason "length" in mid-answer
    "endless",  # never ends
    "bad_json",  # a data line in mid-answer that is no JSON
    "empty",  # a well-formed answer without text
    "garbage",  # bytes that are no HTTP
    "no_options",  # 400 as long as stream_options are sent
    "no_stream",  # a whole JSON answer, although a stream was asked for
    "web_page",  # 200 and HTML
    "thinks",  # reasoning_content before the answer
    "error_inside",  # an error object inside the stream
)
FAULTS = (*STATUS_FAULTS, *STREAM_FAULTS)


class Cut(ConnectionError):
    """The server ends the connection on purpose."""


@dataclass(slots=True)
class Fault:
    """A thing that goes wrong `times` more times (-1: always), after `after` tokens where that means something."""

    name: str = ""
    times: int = -1
    after: int = 3
    retry_after: float | None = None


@dataclass(slots=True)
class Request:
    """One HTTP request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    json: dict[str, Any] = field(default_factory=dict)


class StubModel:
    """The server, in a thread of its own. `requests` are the bodies it was sent, `headers` theirs; `disconnects`
    counts clients that left before their answer was complete; `active` are the answers being written now,
    `connections` those that were ever opened."""

    def __init__(
        self,
        answer: Answer | None = None,
        pace: float = 0.0,
        faults: str | Iterable[str] | Mapping[str, int] = (),
        *,
        models: Iterable[str] = ("stub-1", "stub-2"),
        key: str = "",
        port: int = 0,
    ) -> None:
        self.answer: Answer = answer if answer is not None else default_answer
        self.pace, self.models, self.key, self.port = pace, tuple(models), key, port
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.disconnects = self.active = self.connections = 0
        self._faults: list[Fault] = []
        named = {faults: -1} if isinstance(faults, str) else faults
        for name in named:
            self.fail(name, named[name] if isinstance(named, Mapping) else -1)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="stub-model", daemon=True)
        self._ready = threading.Event()
        self._stop = asyncio.Event()

    # -- what a test says

    def fail(self, name: str, times: int = 1, *, after: int = 3, retry_after: float | None = None) -> None:
        """Make the next `times` requests (-1: all) go wrong."""
        if name not in FAULTS:
            raise ValueError(f"No fault {name!r}; there are {', '.join(FAULTS)}")
        self._faults.append(Fault(name, times, after, retry_after))

    def heal(self) -> None:
        """Let nothing go wrong from now on."""
        self._faults.clear()

    @property
    def root(self) -> str:
        """The server's address, without the path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """What goes into OPENAI_BASE_URL."""
        return f"{self.root}/v1"

    # -- the thread

    def start(self) -> Self:
        """Start listening; `port` says where."""
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("The stub model did not start")
        return self

    def stop(self) -> None:
        """End the server; answers being written are cut."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)

    __enter__ = start

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.run(self.serve())

    async def serve(self) -> None:
        """Listen until `stop`."""
        server = await asyncio.start_server(self._connection, "127.0.0.1", self.port, limit=2**24, backlog=1024)
        self._loop, self.port = asyncio.get_running_loop(), server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        current = asyncio.current_task()
        rest = [task for task in asyncio.all_tasks() if task is not current]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    # -- HTTP

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            early = b""
            while (request := await read_request(reader, early)) is not None:
                early = await self._answer_or_leave(reader, writer, request)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client left, the answer was cut on purpose, or the server stops
        finally:
            writer.close()

    async def _answer_or_leave(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Request
    ) -> bytes:
        """Answer while watching for the client to leave. Returns what it has sent already of its next request."""
        answering = asyncio.ensure_future(self._respond(writer, request))
        listening = asyncio.ensure_future(reader.read(1))
        self.active += 1
        try:
            await asyncio.wait({answering, listening}, return_when=asyncio.FIRST_COMPLETED)
            error = answering.exception() if answering.done() else ConnectionResetError("The client left")
            if error is not None:
                self.disconnects += not isinstance(error, Cut)
                raise error
            return listening.result() if listening.done() else b""
        finally:
            self.active -= 1
            for task in (answering, listening):
                task.cancel()
            await asyncio.gather(answering, listening, return_exceptions=True)

    async def _respond(self, writer: asyncio.StreamWriter, request: Request) -> None:
        if request.method == "GET" and request.path.endswith("/models"):
            if not await self._refused_key(writer, request):
                await send_json(writer, 200, listing(request.path, self.models))
            return
        wire = wire_of(request.path)
        if request.method != "POST" or wire is None:
            await send_json(writer, 404, {"detail": "Not Found"})
            return
        request.json = json.loads(request.body)
        self.requests.append(request.json)
        self.headers.append(request.headers)
        fault = self._take_fault(request)
        if fault.name in STATUS_FAULTS:
            status, body = STATUS_FAULTS[fault.name]
            extra = {"Retry-After": f"{fault.retry_after:g}"} if fault.retry_after is not None else {}
            await send_json(writer, status, body, extra)
        elif not await self._refused_key(writer, request):
            await self._stream(writer, request, wire, fault)

    async def _refused_key(self, writer: asyncio.StreamWriter, request: Request) -> bool:
        sent = request.headers.get("authorization", "").removeprefix("Bearer ")
        sent = sent or request.headers.get("x-api-key", "") or request.headers.get("x-goog-api-key", "")
        if not self.key or sent == self.key:
            return False
        # As careless servers do, it repeats the key.
        await send_json(writer, 401, {"error": {"message": f"Incorrect API key provided: {sent}", "type": "auth"}})
        return True

    def _take_fault(self, request: Request) -> Fault:
        for fault in self._faults:
            if fault.times and not (fault.name == "no_options" and "stream_options" not in request.json):
                fault.times -= fault.times > 0
                return fault
        return Fault()

    async def _stream(self, writer: asyncio.StreamWriter, request: Request, wire: Wire, fault: Fault) -> None:
        answer = self.answer(request.json) if callable(self.answer) else self.answer
        tokens = answer if isinstance(answer, list) else words(answer)
        if fault.name == "hang":
            await asyncio.Event().wait()
        if fault.name == "garbage":
            writer.write(b"\x00\xff\xfe not http at all \r\n\r\n" * 4)
            raise Cut
        if fault.name == "no_options":
            await send_json(writer, 400, {"error": {"message": "Unrecognized request argument: stream_options"}})
            return
        if fault.name == "web_page":
            await send(writer, 200, b"<!doctype html><title>Hello</title>", "text/html")
            return
        if fault.name == "no_stream" or not (wire.always_streams or request.json.get("stream")):
            await send_json(writer, 200, completion("".join(tokens)))
            return
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
            b"Cache-Control: no-cache\r\n\r\n"
        )
        async for part in self._events(request, wire, fault, tokens):
            if part:  # an empty chunk would be the last one
                writer.write(b"%x\r\n%b\r\n" % (len(part), part))
                await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    async def _events(self, request: Request, wire: Wire, fault: Fault, tokens: list[str]) -> AsyncIterator[bytes]:
        if fault.name == "cut_early":
            raise Cut
        yield wire.start(request.json)
        if fault.name == "thinks":
            for _ in range(fault.after):
                await asyncio.sleep(self.pace)
                yield wire.thought("Hmm. ")
        sent = 0
        batch: list[bytes] = []
        forever = (f"{n} " for n in count())
        for token in () if fault.name == "empty" else forever if fault.name == "endless" else tokens:
            if sent == fault.after and fault.name in ("stall", "cut", "truncate", "bad_json", "error_inside"):
                yield b"".join(batch)
                batch = await self._break(fault, wire)
                if fault.name == "truncate":
                    break
            sent += 1
            batch.append(wire.token(token))
            if self.pace or len(batch) >= 64:
                yield b"".join(batch)
                batch = []
                await asyncio.sleep(self.pace)
        yield b"".join((*batch, wire.end("length" if fault.name == "truncate" else "stop", 7, sent)))

    async def _break(self, fault: Fault, wire: Wire) -> list[bytes]:
        if fault.name == "stall":
            await asyncio.Event().wait()
        if fault.name == "cut":
            await asyncio.sleep(0.02)  # what was written before goes out first
            raise Cut
        if fault.name == "error_inside":
            return [b'data: {"error": {"message": "The engine ran out of memory.", "code": 500}}\n\n']
        return [b'data: {"choices": [{"delta": {"con\n\n'] if fault.name == "bad_json" else []


async def read_request(reader: asyncio.StreamReader, early: bytes = b"") -> Request | None:
    """Read one request; None when the client has closed the connection."""
    head = early + await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path.split("?")[0], headers, body)


async def send(
    writer: asyncio.StreamWriter, status: int, body: bytes, kind: str, extra: Mapping[str, str] | None = None
) -> None:
    """Write one whole response."""
    headers = {"Content-Type": kind, "Content-Length": str(len(body)), **(extra or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"HTTP/1.1 {status} Stub\r\n{lines}\r\n".encode() + body)
    await writer.drain()


async def send_json(
    writer: asyncio.StreamWriter, status: int, data: object, extra: Mapping[str, str] | None = None
) -> None:
    """Write one whole JSON response."""
    await send(writer, status, json.dumps(data).encode(), "application/json", extra)


def listing(path: str, models: tuple[str, ...]) -> dict[str, object]:
    """The list of models, as OpenAI and Anthropic (`data`) and Google (`models`) give it."""
    if "v1beta" in path:
        return {"models": [{"name": f"models/{name}"} for name in models]}
    return {"object": "list", "data": [{"id": name, "object": "model", "created": 0} for name in models]}


def main(argv: list[str]) -> None:
    """Run the server in the foreground."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=9911)
    parser.add_argument("--pace", type=float, default=0.03, help="seconds per token")
    parser.add_argument("--answer", help="what it answers; else a plan or prose about what was said")
    parser.add_argument("--key", default="", help="refuse every other key")
    parser.add_argument("--fault", action="append", default=[], help=f"NAME[:TIMES], of {', '.join(FAULTS)}")
    options = parser.parse_args(argv)
    stub = StubModel(options.answer, options.pace, key=options.key, port=options.port)
    for fault in options.fault:
        name, _, times = fault.partition(":")
        stub.fail(name, int(times or -1))
    sys.stdout.write(f"Listening on {stub.base_url} ({', '.join(WIRES)})\n")
    sys.stdout.flush()
    try:
        asyncio.run(stub.serve())
    except KeyboardInterrupt:
        sys.stdout.write("\n")


if __name__ == "__main__":
    main(sys.argv[1:])
