"""A conversation's log as JSON Lines: each line an event as clients get it, in order, from the first to the last.

It is read window by window (keyset: by the number of the last event), so a long talk takes no more memory than a short
one. The log only grows, so what is there when the reading begins is one consistent whole.
"""

import json
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

from asgiref.sync import sync_to_async

from agents.events import LoggedEvent
from interactions import log

# Events that are read, and sent, at a time.
WINDOW = 500


def windows(conversation_id: UUID, *, after: int, until: int) -> Iterator[bytes]:
    """Yield the lines of the events with `after` < seq <= `until`, a window at a time."""
    while lines := _window(conversation_id, after, until):
        yield _encoded(lines)
        after = lines[-1].seq


async def windows_async(conversation_id: UUID, *, after: int, until: int) -> AsyncIterator[bytes]:
    """Yield what `windows` does without holding up the loop; a reader who leaves ends it after the window at hand."""
    read = sync_to_async(_window)
    while lines := await read(conversation_id, after, until):
        yield _encoded(lines)
        after = lines[-1].seq


def parsed(line: str | bytes) -> LoggedEvent:
    """Return the event that a line stands for. Raises `ValueError` for what is none (`pydantic.ValidationError` is
    one) and `KeyError` where a field of the envelope is missing."""
    return LoggedEvent.from_wire(json.loads(line))


def _window(conversation_id: UUID, after: int, until: int) -> list[LoggedEvent]:
    return log.read(conversation_id, after=after, before=until + 1, limit=WINDOW)


def _encoded(lines: list[LoggedEvent]) -> bytes:
    text = "".join(json.dumps(line.wire(), ensure_ascii=False) + "\n" for line in lines)
    # Half a surrogate pair is no UTF-8; as an escape it is JSON, and read as what it was.
    return text.encode("utf-8", "backslashreplace")
