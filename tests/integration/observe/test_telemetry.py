"""What a collector is sent, by the real processes, over the real protocol; and that one that is down costs nothing."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import redis

from interactions import vitals
from tests.collector import Collector, attributes
from tests.plain_client import PlainClient, is_finished
from tests.stack import ROOT, Stack
from tests.stub_model import StubModel

pytestmark = pytest.mark.timeout(120)

SECRET = "The heron by the weir is called Aldous."


@pytest.fixture(scope="module")
def model() -> Iterator[StubModel]:
    with StubModel() as stub:
        yield stub


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as running:
        yield running


@pytest.fixture(scope="module")
def variables(model: StubModel, collector: Collector) -> dict[str, str]:
    return {
        "MEMOS_MODEL": "openai:stub",
        "OPENAI_BASE_URL": model.base_url,
        "OPENAI_API_KEY": "k",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "OTEL_BSP_MAX_QUEUE_SIZE": "8",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "8",
        "OTEL_METRIC_EXPORT_INTERVAL": "400",
        "OTEL_SERVICE_NAME": "memos-test",
        "MEMOS_LOG_FORMAT": "json",
        "MEMOS_DRAIN_SECONDS": "1.5",
    }


@pytest.fixture(scope="module")
def stack(variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("observe") / "data", **variables) as running:
        yield running


@pytest.fixture(scope="module")
def client(stack: Stack) -> Iterator[PlainClient]:
    with PlainClient(stack.url, stack.manage("create_token", "admin").strip()) as plain:
        yield plain


@pytest.fixture(scope="module")
def run(client: PlainClient) -> dict[str, Any]:
    """A run that is over: its id, conversation and events."""
    conversation = client.start()
    said = client.http.post(
        f"/conversations/{conversation}/messages",
        json={"text": SECRET},
        headers={"X-Request-ID": "from-the-proxy-1", "traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"},
    )
    assert said.headers["X-Request-ID"] == "from-the-proxy-1"
    events = asyncio.run(client.follow(conversation, is_finished))
    assert events[-1]["status"] == "finished"
    return {"id": events[-1]["run"], "conversation": conversation, "events": client.events(conversation)}


def test_one_trace_from_the_request_to_the_actions(stack: Stack, collector: Collector, run: dict[str, Any]) -> None:
    stack.wait_for(lambda: _has(collector, run, "invoke_agent Ottilie", "POST "), "the trace")
    spans = collector.trace(run["id"])
    root = next(span for span in spans if span.name.startswith("POST "))
    agent = next(span for span in spans if span.name == "invoke_agent Ottilie")
    chats = [span for span in spans if span.name == "chat stub"]
    tools = [span for span in spans if span.name.startswith("execute_tool ")]
    assert root.name == "POST /api/v1/conversations/<uuidstr:conversation_id>/messages"
    assert root.parent_span_id == b"" and root.links[0].trace_id.hex() == "ab" * 16
    assert agent.parent_span_id == root.span_id
    assert {span.parent_span_id for span in [*chats, *tools]} == {agent.span_id}
    started = [event["name"] for event in run["events"] if event["kind"] == "action.started"]
    assert started and [span.name.split()[1] for span in tools] == started
    assert len(spans) == 2 + len(chats) + len(tools) and len(chats) == 1
    for span in [agent, *chats, *tools]:
        assert 0 <= span.start_time_unix_nano - root.start_time_unix_nano < 30e9
        assert 0 < span.end_time_unix_nano - span.start_time_unix_nano < 30e9
    senders = {span.name: who["memos.role"] for who, span in collector.spans if span in spans}
    assert senders[root.name] == "web" and senders[agent.name] == "worker"
    assert {who["service.name"] for who, _ in collector.spans} == {"memos-test"}


def test_the_attributes_are_those_of_the_conventions(collector: Collector, stack: Stack, run: dict[str, Any]) -> None:
    stack.wait_for(lambda: _has(collector, run, "invoke_agent Ottilie", "POST "), "the trace")
    by_name = {span.name.split()[0]: attributes(span.attributes) for span in collector.trace(run["id"])}
    usage = run["events"][-1]["usage"]
    assert by_name["POST"] | {"user.id": "1"} == by_name["POST"]
    assert by_name["POST"]["memos.request.id"] == "from-the-proxy-1"
    assert by_name["POST"]["http.response.status_code"] == 202
    agent = by_name["invoke_agent"]
    assert agent["gen_ai.operation.name"] == "invoke_agent" and agent["gen_ai.provider.name"] == "openai"
    assert agent["gen_ai.agent.name"] == "Ottilie" and agent["gen_ai.agent.id"] == "ottilie"
    assert agent["gen_ai.conversation.id"] == run["conversation"] and agent["memos.run.id"] == run["id"]
    assert agent["memos.run.status"] == "finished"
    assert agent["gen_ai.usage.output_tokens"] == usage["output_tokens"] > 0
    chat = by_name["chat"]
    assert chat["gen_ai.operation.name"] == "chat" and chat["gen_ai.request.model"] == "stub"
    assert chat["gen_ai.usage.input_tokens"] == usage["input_tokens"] > 0
    assert chat["gen_ai.usage.output_tokens"] == usage["output_tokens"]
    assert chat["gen_ai.response.finish_reasons"] == ["stop"]
    assert 0 < chat["gen_ai.response.time_to_first_chunk"] < 10
    tool = by_name["execute_tool"]
    assert tool["gen_ai.operation.name"] == "execute_tool" and tool["gen_ai.tool.type"] == "function"
    assert tool["gen_ai.tool.name"] in [event["name"] for event in run["events"] if event["kind"] == "action.started"]


def test_what_was_said_is_not_in_the_traces(collector: Collector, stack: Stack, run: dict[str, Any]) -> None:
    stack.wait_for(lambda: _has(collector, run, "invoke_agent Ottilie", "chat "), "the trace")
    assert "Aldous" not in str(collector.spans)


def test_the_metrics(collector: Collector, stack: Stack, run: dict[str, Any]) -> None:
    names = (
        "gen_ai.client.operation.duration",
        "gen_ai.client.token.usage",
        "gen_ai.client.operation.time_to_first_chunk",
        "memos.run.duration",
        "memos.runs.waiting",
    )
    stack.wait_for(lambda: all(collector.latest(name) for name in names), f"metrics; {len(collector.metrics)} came")
    found = {name: collector.latest(name) for name in names}
    duration, tokens, first, whole, waiting = [found[name] for name in names]
    assert duration and tokens and first and whole and waiting
    point = duration.histogram.data_points[0]
    shared = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "stub"}
    assert duration.unit == first.unit == whole.unit == "s" and attributes(point.attributes) == shared
    assert point.count >= 1 and 0 < point.sum < 30
    kinds = {attributes(point.attributes)["gen_ai.token.type"]: point.sum for point in tokens.histogram.data_points}
    assert kinds["input"] >= run["events"][-1]["usage"]["input_tokens"] and kinds["output"] > 0
    assert first.histogram.data_points[0].count >= 1
    assert attributes(whole.histogram.data_points[0].attributes)["memos.run.status"] == "finished"
    assert waiting.gauge.data_points[0].as_int == 0


def test_a_model_that_fails_is_an_error_in_the_trace(
    collector: Collector, stack: Stack, client: PlainClient, model: StubModel
) -> None:
    model.fail("key_refused")
    conversation = client.start()
    client.say(conversation, "Hello?")
    ended = asyncio.run(client.follow(conversation, is_finished))[-1]
    assert ended["status"] == "failed"
    stack.wait_for(lambda: _has(collector, {"id": ended["run"]}, "invoke_agent Ottilie"), "the trace")
    spans = {span.name.split()[0]: span for span in collector.trace(ended["run"])}
    for name in ("chat", "invoke_agent"):
        assert attributes(spans[name].attributes)["error.type"] == "model_key_refused"
        assert spans[name].status.code == 2


def test_in_json_every_line_is_an_object_and_says_which_run(stack: Stack, run: dict[str, Any]) -> None:
    mine = stack.wait_for(lambda: [line for line in _lines(stack) if line.get("run") == run["id"]][1:], "both lines")
    mine = [line for line in _lines(stack) if line.get("run") == run["id"]]
    assert [line["event"] for line in mine] == ["run began", "run ended"]
    usage = run["events"][-1]["usage"]
    for line in mine:
        assert line["level"] == "info" and line["logger"] == "interactions.observed" and line["timestamp"]
        assert line["conversation"] == run["conversation"] and line["user"] == 1
    assert mine[1]["status"] == "finished" and mine[1]["ms"] > 0
    assert mine[1]["output_tokens"] == usage["output_tokens"] and mine[1]["model_calls"] == 1
    assert "Aldous" not in stack.log


def test_health_on_the_command_line(stack: Stack) -> None:
    stack.wait_for(lambda: " runs)" in _health(stack)[1], "a sign of life of the worker")
    code, said = _health(stack, "--here")
    assert code == 0, said
    assert [line.split()[:2] for line in said.splitlines()] == [
        [part, "ok"] for part in ("database", "redis", "workers", "queue")
    ]


def test_a_hung_worker_gives_no_sign_of_life(stack: Stack) -> None:
    with redis.Redis.from_url(stack.redis_url) as asked:
        [key] = asked.keys("memos:worker:*")
        assert 0 < asked.ttl(key) <= vitals.COUNTS
        stack.kill("worker", signal.SIGSTOP)
        try:
            asked.delete(key)  # as it goes by itself, after a while
            code, said = _health(stack)
            assert code == 1 and "workers   BAD  none has given a sign of life" in said
        finally:
            stack.kill("worker", signal.SIGCONT)
        stack.wait_for(lambda: asked.exists(key), "a sign of life", 30)


def test_a_web_server_that_is_told_to_end_says_so_and_serves_on_for_a_while(stack: Stack) -> None:
    old = stack.pid("web")
    with httpx.Client(base_url=stack.url, timeout=10) as proxy:  # on one connection, which the old process keeps
        assert proxy.get("/readyz").status_code == 200
        stack.kill("web", signal.SIGTERM)
        missing = stack.wait_for(lambda: proxy.get("/readyz").json()["missing"], "the word that it ends", 2)
        assert missing == ["process"] and proxy.get("/healthz").status_code == 200
    new = stack.wait_restarted("web", old)
    assert new and httpx.get(f"{stack.url}/readyz", timeout=20).status_code == 200


def test_a_collector_that_hangs_delays_no_run_and_no_end(
    stack: Stack, client: PlainClient, collector: Collector
) -> None:
    """The exporter itself would wait for ten seconds, and the queue holds a few spans only."""
    collector.answers.clear()
    for _ in range(6):
        began = time.monotonic()
        conversation = client.start()
        client.say(conversation, "Hello.")
        seen = asyncio.run(client.follow(conversation, is_finished))
        assert seen[-1]["status"] == "finished" and time.monotonic() - began < 6
    stack.wait_for(lambda: collector.hanging >= 2, "requests that hang")  # of the worker and of the web
    stack.stop()
    assert "did not end within" not in stack.log
    events = [line["event"] for line in _lines(stack)]
    assert not [event for event in events if "Traceback" in event]


def _health(stack: Stack, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "health", *arguments],
        cwd=ROOT, env=stack.env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode, done.stdout


def _has(collector: Collector, run: dict[str, Any], *names: str) -> bool:
    found = [span.name for span in collector.trace(run["id"])]
    return all(any(name.startswith(wanted) for name in found) for wanted in names)


def _lines(stack: Stack) -> list[dict[str, Any]]:
    """Return the lines of the log; each must be an object."""
    return [json.loads(line) for line in stack.log.splitlines() if line]
