"""A client that keeps its socket open, comes back with its cursor after every cut, and checks what it gets."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from typing import Any, Self

from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.plain_client import Frame, PlainClient


class Listener:
    """Follows a conversation from a thread of its own until it is left. `frames` are what has come, in order."""

    def __init__(self, client: PlainClient, conversation: str, after: int = 0, form: str = "json") -> None:
        self.client, self.conversation, self.after, self.form = client, conversation, after, form
        self.first = after
        self.frames: list[Frame] = []
        self.connections = 0
        # Close codes of the sockets so far; 1006 where there was none.
        self.codes: list[int] = []
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(15)

    def wait(self, until: Callable[[Frame], Any], seconds: float = 30) -> Frame:
        """Return the first frame so far or to come that `until` likes. Raises `TimeoutError`."""
        deadline, seen = time.monotonic() + seconds, 0
        while True:
            while seen < len(self.frames):
                seen += 1
                if until(self.frames[seen - 1]):
                    return self.frames[seen - 1]
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {seconds:.0f} s; the last frames were {self.frames[-5:]}")
            time.sleep(0.02)

    def wait_speaking(self) -> Frame:
        """Return when some words of a speech have come."""
        return self.wait(lambda f: f.get("kind") == "text.delta" and not f["is_thought"] and f["offset"] > 10)

    def wait_end(self, run: str, seconds: float = 30) -> Frame:
        """Return the event that ends the run."""
        return self.wait(lambda f: f.get("kind") == "run.finished" and f["run"] == run, seconds)

    def numbers(self) -> list[int]:
        """The numbers of the events, as they came."""
        return [frame["seq"] for frame in self.frames if frame.get("seq")]

    def check(self) -> None:
        """Every event came once, in order, without a gap."""
        numbers = self.numbers()
        assert numbers == list(range(self.first + 1, self.first + 1 + len(numbers))), numbers

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._task = self._loop.create_task(self._follow())
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        finally:
            self._loop.close()

    async def _follow(self) -> None:
        while True:
            try:
                async with self.client.socket(self.conversation, self.after, self.form) as socket:
                    self.connections += 1
                    async for text in socket:
                        self._take(json.loads(text))
                    self.codes.append(socket.close_code or 1006)
            except ConnectionClosed as closed:
                self.codes.append(closed.rcvd.code if closed.rcvd else 1006)
            except (OSError, TimeoutError, InvalidHandshake, EOFError):
                pass
            await asyncio.sleep(0.2)

    def _take(self, frame: Frame) -> None:
        self.frames.append(frame)
        self.after = frame.get("seq") or self.after
