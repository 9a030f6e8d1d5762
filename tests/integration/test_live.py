"""The publishers of live frames and notices, on the real Redis."""

import asyncio
import json
import signal
import time
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from agents.events import LoggedEvent, RunFinished, RunStarted
from interactions import live, notices
from interactions.hub import Edited, Elsewhere, Follow, Hub, RightsChanged
from interactions.one_way import redis_writer
from tests.redis_server import PrivateRedis


def entries(conversation: str) -> list[dict[str, object]]:
    assert live.flush()
    return [json.loads(fields[b"j"]) for _id, fields in live.client().xrange(live.key(conversation))]  # type: ignore[union-attr, index]


def delta(offset: int, text: str, action: str = "a") -> live.Delta:
    return live.Delta("r", action, offset, text, is_thought=False)


def event(seq: int, kind: type[RunStarted] | type[RunFinished]) -> LoggedEvent:
    made = RunStarted(trigger="user_input", strategy="inline") if kind is RunStarted else RunFinished(status="finished")
    return LoggedEvent(seq=seq, run="r", action="", at=timezone.now(), event=made)


def test_frames_arrive_in_order() -> None:
    name = str(uuid4())
    live.publish(name, event(1, RunStarted), *(delta(n, "x") for n in range(50)))
    live.publish(name, event(2, RunFinished))
    found = entries(name)
    assert [frame["kind"] for frame in found] == ["run.started", *["text.delta"] * 50, "run.finished"]
    assert [frame["offset"] for frame in found[1:-1]] == list(range(50))


def test_a_new_run_clears_what_is_long_over(monkeypatch: pytest.MonkeyPatch) -> None:
    name = str(uuid4())
    monkeypatch.setattr(live, "KEEP_SECONDS", 0.05)
    live.publish(name, delta(0, "old"))
    assert len(entries(name)) == 1
    time.sleep(0.1)
    live.publish(name, event(1, RunStarted))
    assert [frame["kind"] for frame in entries(name)] == ["run.started"]


def test_publishing_never_waits_for_a_redis_that_hangs() -> None:
    socket = settings.MEMOS.redis_socket
    server = PrivateRedis.of(socket)
    server.poke(signal.SIGSTOP)
    try:
        began = time.monotonic()
        live.publish(str(uuid4()), *(delta(n, "x", str(n)) for n in range(2_000)))
        assert time.monotonic() - began < 2
    finally:
        server.poke(signal.SIGCONT)
    name = str(uuid4())
    live.publish(name, event(7, RunFinished))
    assert redis_writer().flush(10)
    assert [frame["seq"] for frame in entries(name)] == [7]


async def heard(follow: Follow) -> list[object]:
    """What a follower hears up to a change of its rights."""
    found: list[object] = []
    while not found or found[-1] != RightsChanged():
        found.append(await asyncio.wait_for(follow.queue.get(), 5))
    return found


async def test_notices_are_heard_by_whom_they_concern_from_the_moment_one_follows() -> None:
    hub, talk = Hub(), uuid4()
    for version in (1, 2):
        notices._send({"entity": 5, "version": 10 * version})
        assert await asyncio.to_thread(live.flush)  # it was before
        follow, _entries = await hub.follow(talk, entity=5, user=1)
        for notice in (
            {"entity": 5, "version": version},
            {"entity": 6, "version": 7},
            {"talks_of": 2},
            {"talks_of": 1, "talk": str(talk)},
            {"talks_of": 1, "talk": "another"},
            {"user": 2},
            {"user": 1},
        ):
            notices._send(notice)
        assert await heard(follow) == [Edited(version), Elsewhere(), RightsChanged()]
        hub.leave(follow)  # the last one: until somebody follows again, nothing is heard
    await hub.close()
