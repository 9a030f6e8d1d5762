"""Live frames on their way out: from whoever commits or streams to one Redis Stream per conversation.

Frames are disposable. `publish` never waits and never fails: one thread per process drains a bounded queue, joins
neighbouring deltas and writes them with pipelined XADDs. When Redis is away they are dropped; the log fills the gap.
"""

import contextlib
import json
import logging
import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from functools import cache
from uuid import UUID

import redis
from django.conf import settings

from agents.events import LoggedEvent

log = logging.getLogger(__name__)

# Seconds between two writes under load; the first frame after a pause goes at once.
PACE = 0.004
# Entries of a stream: more than a run can bring in its wall time at that pace.
MAX_ENTRIES = 20_000
EXPIRE_SECONDS = 900
KEEP_SECONDS = 30
QUEUE = 50_000


@dataclass(frozen=True, slots=True)
class Delta:
    """A disposable piece of text of one action; `offset` counts the characters before it."""

    run: str
    action: str
    offset: int
    text: str
    is_thought: bool

    def wire(self) -> dict[str, object]:
        """Return the delta as clients get it."""
        return {
            "kind": "text.delta",
            "run": self.run,
            "action": self.action,
            "offset": self.offset,
            "text": self.text,
            "is_thought": self.is_thought,
        }


Frame = LoggedEvent | Delta


def key(conversation: UUID | str) -> str:
    """Return the name of a conversation's stream."""
    return f"memos:live:{conversation}"


@cache
def client() -> "redis.Redis":
    """The process's Redis client for short commands; a lost connection costs at most two seconds."""
    return redis.Redis.from_url(settings.MEMOS.redis, socket_timeout=2, socket_connect_timeout=1)


class Publisher:
    """The queue and its thread."""

    def __init__(self) -> None:
        self._queue: deque[tuple[str, Frame]] = deque(maxlen=QUEUE)
        self._ready = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._thread: threading.Thread | None = None
        self._guard = threading.Lock()
        self._away = False

    def put(self, conversation: UUID | str, frame: Frame) -> None:
        """Queue a frame. Never waits."""
        self._idle.clear()
        self._queue.append((str(conversation), frame))
        self._ready.set()
        if self._thread is None:
            self._start()

    def flush(self, timeout: float = 2.0) -> bool:
        """Wait until everything queued so far is written or dropped; False after `timeout` seconds."""
        return self._idle.wait(timeout)

    def _start(self) -> None:
        with self._guard:
            if self._thread is None:
                self._thread = threading.Thread(target=self._drain, name="live-publisher", daemon=True)
                self._thread.start()

    def _drain(self) -> None:
        last = 0.0
        while True:
            self._ready.wait()
            pause = PACE - (time.monotonic() - last)
            if pause > 0:
                time.sleep(pause)
            self._ready.clear()
            frames = self._take()
            if frames:
                self._write(frames)
                last = time.monotonic()
            if not self._queue:
                self._idle.set()

    def _take(self) -> list[tuple[str, Frame]]:
        """Empty the queue, joining each delta to the one before it of the same action."""
        frames: list[tuple[str, Frame]] = []
        open_: dict[str, int] = {}
        while self._queue:
            conversation, frame = self._queue.popleft()
            place = open_.get(conversation)
            if place is not None and isinstance(frame, Delta):
                before = frames[place][1]
                if isinstance(before, Delta) and _adjoins(before, frame):
                    frames[place] = (conversation, replace(before, text=before.text + frame.text))
                    continue
            open_[conversation] = len(frames)
            frames.append((conversation, frame))
        return frames

    def _write(self, frames: list[tuple[str, Frame]]) -> None:
        pipe = client().pipeline(transaction=False)
        for conversation, frame in frames:
            body = json.dumps(frame.wire(), ensure_ascii=False, separators=(",", ":"))
            seq = frame.seq if isinstance(frame, LoggedEvent) else 0
            pipe.xadd(key(conversation), {"s": seq, "j": body}, maxlen=MAX_ENTRIES, approximate=True)
            if isinstance(frame, LoggedEvent):
                pipe.expire(key(conversation), EXPIRE_SECONDS)
                if frame.event.kind == "run.started":
                    # What earlier runs streamed is of no use to whoever joins now; ids are milliseconds.
                    pipe.xtrim(key(conversation), minid=int((time.time() - KEEP_SECONDS) * 1000), approximate=False)
        try:
            pipe.execute()
        except (redis.RedisError, OSError) as error:
            if not self._away:
                log.warning("live frames are dropped while Redis is away: %s", error)
            self._away = True
            with contextlib.suppress(redis.RedisError, OSError):
                client().connection_pool.disconnect()
        else:
            self._away = False


def _adjoins(before: Delta, after: Delta) -> bool:
    return before.action == after.action and before.offset + len(before.text) == after.offset


_publisher = Publisher()


def publish(conversation: UUID | str, *frames: Frame) -> None:
    """Show `frames` to whoever looks at the conversation. Never waits, never fails."""
    for frame in frames:
        _publisher.put(conversation, frame)


def flush() -> bool:
    """Wait up to two seconds until what was published has been written or dropped."""
    return _publisher.flush()
