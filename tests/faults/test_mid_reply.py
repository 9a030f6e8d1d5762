"""What happens to a reply when a part dies in the middle of it. Real processes, a real model server."""

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests import databases
from tests.plain_client import Frame, PlainClient, is_finished
from tests.stack import Stack
from tests.stub_answers import default_answer
from tests.stub_model import StubModel

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

SPEECH = " ".join(f"word{n}" for n in range(150))


def answer(request: dict[str, Any]) -> str:
    """The stub's own plan, with a speech that takes three seconds."""
    plan = json.loads(default_answer(request))
    for action in plan["actions"]:
        if action["action"] == "SPEAK":
            action["text"] = SPEECH
    return json.dumps(plan)


@pytest.fixture(scope="module")
def model() -> Iterator[StubModel]:
    with StubModel(answer=answer, pace=0.02) as stub:
        yield stub


@pytest.fixture(scope="module")
def stack(model: StubModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("faults") / "data"
    settings = {"MEMOS_MODEL": "openai:stub", "OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "k"}
    with Stack(folder, MEMOS_LEASE_SECONDS="4", **settings, **databases.fresh()) as running:
        yield running


@pytest.fixture(scope="module")
def client(stack: Stack) -> Iterator[PlainClient]:
    with PlainClient(stack.url, stack.manage("create_token", "admin").strip()) as plain:
        yield plain


@pytest.fixture(autouse=True)
def no_requests_yet(model: StubModel) -> None:
    model.requests.clear()


async def until_speaking(client: PlainClient, conversation: str) -> list[Frame]:
    """Follow until some words of the speech have come."""
    return await client.follow(
        conversation, lambda f: f.get("kind") == "text.delta" and not f["is_thought"] and f["offset"] > 20
    )


def check_whole(client: PlainClient, conversation: str) -> list[Frame]:
    """The log is numbered without gap, holds one speech, and ends well; nothing is there twice."""
    events = client.events(conversation)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["kind"] for event in events].count("message.received") == 1
    assert [event["status"] for event in events if event["kind"] == "run.finished"] == ["finished"]
    speeches = [event for event in events if event["kind"] == "text.finished" and not event["is_thought"]]
    assert len(speeches) == 1 and not speeches[0]["is_partial"]
    memories = [change for event in events if event["kind"] == "state.changed" for change in event["changes"]]
    assert len(memories) == len({str(change) for change in memories})
    return events


def test_closing_the_tab_loses_nothing(client: PlainClient) -> None:
    conversation = client.start()
    client.say(conversation, "Tell me a long story about the sea.")
    asyncio.run(until_speaking(client, conversation))  # and the socket is closed
    deadline = time.monotonic() + 30
    while not any(is_finished(event) for event in client.events(conversation)):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    check_whole(client, conversation)


def test_a_killed_worker_delays_the_reply_and_doubles_nothing(
    stack: Stack, client: PlainClient, model: StubModel
) -> None:
    conversation = client.start("ishbel")
    client.say(conversation, "Tell me a long story about the fog.")
    asyncio.run(until_speaking(client, conversation))
    before = stack.pid("worker")
    stack.kill("worker", signal.SIGKILL)
    killed = time.monotonic()
    seen = asyncio.run(client.follow(conversation, is_finished))
    assert stack.pid("worker") != before
    assert time.monotonic() - killed < 30
    events = check_whole(client, conversation)
    assert [event["attempt"] for event in events if event["kind"] == "run.started"] == [1, 2]
    assert [frame["seq"] for frame in seen if "seq" in frame] == [event["seq"] for event in events]
    assert len(model.requests) == 2


def test_a_redis_that_dies_and_comes_back_empty_only_delays(stack: Stack, client: PlainClient) -> None:
    conversation = client.start("shim")
    client.say(conversation, "Tell me a long story about a clock.")
    asyncio.run(until_speaking(client, conversation))
    stack.kill("redis", signal.SIGKILL)
    seen = asyncio.run(client.follow(conversation, is_finished, within=30))
    events = check_whole(client, conversation)
    assert [frame["seq"] for frame in seen if "seq" in frame] == [event["seq"] for event in events]
    # And the next message goes its usual way.
    client.say(conversation, "And another one.")
    again = asyncio.run(client.follow(conversation, is_finished, after=events[-1]["seq"], within=30))
    assert again[-1]["status"] == "finished"


def test_a_doorbell_lost_in_an_emptied_redis_is_rung_again(stack: Stack, client: PlainClient) -> None:
    conversation = client.start()
    stack.kill("worker", signal.SIGSTOP)
    try:
        time.sleep(1.5)  # what the worker had asked for already comes back empty: it takes no bell while it stands
        client.say(conversation, "Is anybody there?")
        redis_ = redis.Redis.from_url(stack.redis_url)
        stack.wait_for(lambda: redis_.llen("runs"), "a bell in the queue")
        redis_.flushall()
    finally:
        stack.kill("worker", signal.SIGCONT)
    asyncio.run(client.follow(conversation, is_finished, within=30))
    check_whole(client, conversation)


def test_a_killed_web_process_loses_no_word(stack: Stack, client: PlainClient) -> None:
    conversation = client.start()
    client.say(conversation, "Tell me a long story about a letter.")
    first = asyncio.run(until_speaking(client, conversation))
    stack.kill("web", signal.SIGKILL)
    last = max(frame.get("seq", 0) for frame in first)
    rest = asyncio.run(client.follow(conversation, is_finished, after=last, within=30))
    events = check_whole(client, conversation)
    assert [frame["seq"] for frame in rest if "seq" in frame] == [event["seq"] for event in events[last:]]


def test_a_message_sent_while_redis_is_away_is_acknowledged_and_answered(stack: Stack, client: PlainClient) -> None:
    conversation = client.start()
    stack.kill("redis", signal.SIGSTOP)
    try:
        began = time.monotonic()
        client.say(conversation, "Can you hear me?")
        assert time.monotonic() - began < 2
    finally:
        stack.kill("redis", signal.SIGCONT)
    asyncio.run(client.follow(conversation, is_finished, within=30))
    check_whole(client, conversation)


def test_after_all_that_every_invariant_holds(stack: Stack) -> None:
    assert "All invariants hold." in stack.manage("check_invariants")
