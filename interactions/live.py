"""Live frames on their way out: from whoever commits or streams to one Redis Stream per conversation.

Frames are disposable. `publish` never waits and never fails; when Redis is away for long, frames are dropped, and the
log fills the gap.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from uuid import UUID

import redis
from django.conf import settings
from pydantic_core import to_json

from agents import failpoints
from agents.events import LoggedEvent
from interactions.one_way import Command, redis_writer

log = logging.getLogger(__name__)

# Entries of a stream: more than a run can bring in its wall time, at the pace at which answers are read.
MAX_ENTRIES = 20_000
EXPIRE_SECONDS = 900
KEEP_SECONDS = 30


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


def publish(conversation: UUID | str, *frames: Frame) -> None:
    """Show `frames` to whoever looks at the conversation. Never waits, never fails."""
    try:
        failpoints.hit("publish.before")
        redis_writer().send(*(command for frame in frames for command in _commands(key(conversation), frame)))
        failpoints.hit("publish.after")
    except Exception:
        log.exception("live frames were lost")


def flush() -> bool:
    """Wait up to two seconds until what was published has been written; False when it was not."""
    return redis_writer().flush()


def _commands(stream: str, frame: Frame) -> Iterator[Command]:
    body = to_json(frame.wire())
    seq = frame.seq if isinstance(frame, LoggedEvent) else 0
    yield "XADD", stream, "MAXLEN", "~", MAX_ENTRIES, "*", "s", seq, "j", body
    if isinstance(frame, LoggedEvent):
        yield "EXPIRE", stream, EXPIRE_SECONDS
        if frame.event.kind == "run.started":
            # What earlier runs streamed is of no use to whoever joins now; ids are milliseconds.
            yield "XTRIM", stream, "MINID", int((time.time() - KEEP_SECONDS) * 1000)
