"""Live frames on their way in: one reader per web process for all its sockets.

The hub reads the streams of the conversations that somebody looks at with one blocking XREAD, and hands each entry to
their followers; low-rate notices come by a stream of their own, in the same reading. Every few seconds, sooner when
Redis is away, it compares with the database, so that a lost frame is noticed whatever was lost. Followers get entries
as they are; order and gaps are theirs to mend (`follower.py`).
"""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID, uuid4

import redis.asyncio
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError
from redis import RedisError

from interactions import live, notices
from interactions.models import Conversation

log = logging.getLogger(__name__)

CHECK_SECONDS = 3.0
BLOCK_SECONDS = 20.0
CHECK_SECONDS_AWAY = 0.7
# Seconds of rest after a reading, per stream: five milliseconds where a hundred are followed.
FEW, REST_SECONDS = 10, 0.000_05
# Frames a follower may lag behind until it has to read the log instead.
BACKLOG = 5_000


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a stream: the event's seq (0 for a delta) and its JSON."""

    seq: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Reached:
    """The log has reached `seq`, says the database; `delayed` while Redis is away."""

    seq: int
    delayed: bool


@dataclass(frozen=True, slots=True)
class Edited:
    """The entity's state has a new version."""

    version: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """In another of the user's talks something has begun by itself, or was read."""


@dataclass(frozen=True, slots=True)
class RightsChanged:
    """What the user may do has changed: a socket has to look whether it may stay open."""


Item = Entry | Reached | Edited | Elsewhere | RightsChanged
# What Redis answers: ids with fields.
Entries = list[tuple[bytes, Mapping[bytes, bytes]]]


@dataclass(eq=False, slots=True)
class Follow:
    """One follower's queue."""

    conversation: str
    entity: int
    user: int
    queue: "asyncio.Queue[Item]" = field(default_factory=lambda: asyncio.Queue(BACKLOG))

    def put(self, item: Item) -> None:
        """Hand on an item; one that does not fit is dropped, the next check makes up for it."""
        if not self.queue.full():
            self.queue.put_nowait(item)


class Hub:
    """The reader of one event loop. It runs while somebody follows."""

    def __init__(self) -> None:
        self._followers: dict[str, set[Follow]] = defaultdict(set)
        self._ids: dict[str, bytes] = {}
        self._wake_key = f"memos:wake:{uuid4().hex}"
        self._wake_id: bytes = b"0"
        self._tasks: list[asyncio.Task[None]] = []
        self._reading = 0
        # The last notice heard; None while nobody follows, and so nothing is to be heard.
        self._heard: bytes | None = None
        self.away = False
        url = settings.MEMOS.redis
        # An XREAD blocks for as long as nothing happens; a connection that is silent for longer than that is dead.
        self._reader = redis.asyncio.Redis.from_url(url, socket_timeout=BLOCK_SECONDS + 5, socket_connect_timeout=1)
        self._client = redis.asyncio.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)

    async def follow(self, conversation: UUID | str, entity: int, user: int) -> tuple[Follow, Entries]:
        """Begin to follow; return the follower and what the stream holds already (nothing while Redis is away)."""
        follow = Follow(str(conversation), entity, user)
        # First of all: what comes while we look at what is there must not be missed. It may come twice.
        self._followers[follow.conversation].add(follow)
        try:
            await self._begin_to_hear()
            entries = await self._held(follow.conversation)
            await self._wake()
            self._start()
        except BaseException:
            self.leave(follow)
            raise
        return follow, entries

    def leave(self, follow: Follow) -> None:
        """Stop following; with the last follower the reading ends."""
        followers = self._followers[follow.conversation]
        followers.discard(follow)
        if not followers:
            del self._followers[follow.conversation]
            self._ids.pop(follow.conversation, None)
        if not self._followers:
            self._stop()

    async def close(self) -> None:
        """End the reading and the connections."""
        tasks = self._stop()
        while tasks:
            _done, left = await asyncio.wait(tasks, timeout=1)
            tasks = list(left)
            for task in tasks:
                task.cancel()
        await self._reader.aclose()
        await self._client.aclose()

    def _start(self) -> None:
        if not self._tasks:
            number = self._reading
            self._tasks = [asyncio.create_task(task) for task in (self._read(number), self._check(number))]

    def _stop(self) -> list[asyncio.Task[None]]:
        """End the reading. A cancellation that a library swallows ends it at its next turn, by the number."""
        tasks, self._tasks = self._tasks, []
        self._reading += 1
        self._heard = None
        for task in tasks:
            task.cancel()
        return tasks

    async def _begin_to_hear(self) -> None:
        """Find the place in the stream of notices from which on they concern us."""
        if self._heard is not None:
            return
        newest: Entries = []
        try:
            newest = cast(Entries, await self._client.xrevrange(notices.KEY, count=1))
        except (RedisError, OSError):
            self._lost()
        if self._heard is None:
            self._heard = newest[0][0] if newest else b"0"

    async def _held(self, name: str) -> Entries:
        """Return what the stream holds, and have it read from there on."""
        entries: Entries = []
        try:
            entries = cast(Entries, await self._client.xrange(live.key(name)))
        except (RedisError, OSError):
            self._lost()
        if name in self._followers:
            self._ids.setdefault(name, entries[-1][0] if entries else b"0")
        return entries

    async def _wake(self) -> None:
        """End the XREAD under way, so that it begins again with the streams of now."""
        try:
            pipe = self._client.pipeline(transaction=False)
            pipe.xadd(self._wake_key, {"w": 1}, maxlen=1)
            pipe.expire(self._wake_key, 60)
            await pipe.execute()
        except (RedisError, OSError):
            self._lost()

    async def _read(self, number: int) -> None:
        while number == self._reading:
            streams: dict[Any, Any] = {live.key(name): last for name, last in self._ids.items()}
            streams[self._wake_key] = self._wake_id
            streams[notices.KEY] = self._heard or b"0"
            try:
                found: Any = await self._reader.xread(streams, block=int(BLOCK_SECONDS * 1000))
            except (RedisError, OSError):
                self._lost()
                await asyncio.sleep(0.3)
                continue
            if self.away:
                self._back()
                await self._compare()
            for stream, entries in found:
                self._hand_on(stream.decode(), entries)
            # A reading names every stream: the more there are, the more it costs, and the more entries it may bring.
            if len(streams) > FEW:
                await asyncio.sleep(len(streams) * REST_SECONDS)

    def _hand_on(self, stream: str, entries: Entries) -> None:
        if stream == self._wake_key:
            self._wake_id = entries[-1][0]
            return
        if stream == notices.KEY:
            self._heard = entries[-1][0]
            for _id, fields in entries:
                self._notice(json.loads(fields[b"j"]))
            return
        name = stream.removeprefix(live.key(""))
        if name in self._ids:
            self._ids[name] = entries[-1][0]
        for _id, fields in entries:
            entry = Entry(int(fields[b"s"]), fields[b"j"])
            for follow in self._followers.get(name, ()):
                follow.put(entry)

    def _notice(self, notice: notices.Notice) -> None:
        for follow in [follow for followers in self._followers.values() for follow in followers]:
            if follow.user == notice.get("user"):
                follow.put(RightsChanged())
            elif follow.user == notice.get("talks_of"):
                if follow.conversation != notice.get("talk"):
                    follow.put(Elsewhere())
            elif follow.entity == notice.get("entity"):
                follow.put(Edited(notice.get("version", 0)))

    async def _check(self, number: int) -> None:
        while number == self._reading:
            await asyncio.sleep(CHECK_SECONDS_AWAY if self.away else CHECK_SECONDS)
            await self._ping()
            await self._compare()

    async def _ping(self) -> None:
        """Find out about a Redis that hangs: the reader, which waits for long, would not notice."""
        try:
            await self._client.ping()
        except (RedisError, OSError):
            self._lost()
        else:
            self._back()

    async def _compare(self) -> None:
        """Tell every follower how far the log has come."""
        try:
            reached = await database_sync_to_async(_last_seqs)(list(self._followers))
        except DatabaseError as error:
            log.warning("the log could not be compared with the live streams: %s", error)
            return
        for name, seq in reached.items():
            for follow in self._followers.get(name, ()):
                follow.put(Reached(seq, self.away))

    def _back(self) -> None:
        if self.away:
            log.info("Redis is back: live updates flow again")
        self.away = False

    def _lost(self) -> None:
        if not self.away:
            log.warning("Redis is away: live updates come from the log, delayed")
        self.away = True


def _last_seqs(names: list[str]) -> dict[str, int]:
    rows = Conversation.objects.filter(pk__in=names).values_list("pk", "last_seq")
    return {str(pk): seq for pk, seq in rows}


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def the_hub() -> Hub:
    """Return the hub of the running loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


async def close() -> None:
    """Let go of the running loop's hub and its connections."""
    old = _hubs.pop(asyncio.get_running_loop(), None)
    if old is not None:
        await old.close()
