"""An OpenAI-compatible server over a real socket: answers, every fault, and what is said about it."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator

import pytest

from agents.errors import (
    ModelAnswerBroken,
    ModelAnswerTooLong,
    ModelError,
    ModelKeyRefused,
    ModelNotFound,
    ModelOverloaded,
    ModelRefused,
    ModelTimeout,
    ModelUnreachable,
)
from agents.llm.base import ChatMessage, ModelRequest
from agents.llm.gateway import Answer, Gateway
from agents.llm.openai_compatible import OpenAICompatible
from tests.stub_model import StubModel

REQUEST = ModelRequest(
    "reply", (ChatMessage("system", "Be brief."), ChatMessage("user", "Hello")), max_output_tokens=77
)
SAID = "Hello there, Noor. How are the letters?"
KEY = "sk-very-secret-key"


@pytest.fixture
async def model(stub: StubModel) -> AsyncIterator[OpenAICompatible]:
    made = OpenAICompatible("stub-1", stub.base_url, KEY, "stub-1")
    yield made
    await made.aclose()


def ask(model: OpenAICompatible, **limits: float) -> Answer:
    given = {"deadline": 10.0, "idle": 5.0, "retries": 2, "max_chars": 100_000, **limits}
    return Gateway(model, **given).ask(REQUEST)  # type: ignore[arg-type]  # numbers of both kinds in one mapping


async def until(condition: object, seconds: float = 3.0) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]  # a callable without arguments
        assert time.monotonic() < end, "It did not come to that"
        await asyncio.sleep(0.01)


async def test_an_answer_and_what_was_asked(stub: StubModel, model: OpenAICompatible) -> None:
    answer = ask(model)
    assert await answer.text() == SAID
    asked = stub.requests[0]
    assert asked["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]
    assert (asked["model"], asked["stream"], asked["max_tokens"]) == ("stub-1", True, 77)
    assert stub.headers[0]["authorization"] == f"Bearer {KEY}"
    assert (answer.call.input_tokens, answer.call.output_tokens, answer.call.finish) == (7, 7, "stop")


async def test_pieces_arrive_while_the_answer_is_written(stub: StubModel, model: OpenAICompatible) -> None:
    stub.pace = 0.03
    times = [time.monotonic() async for _ in ask(model)]
    assert len(times) > 2  # a busy machine may read two at once
    assert times[-1] - times[0] > 0.1


async def test_the_connection_is_used_again(stub: StubModel, model: OpenAICompatible) -> None:
    for _ in range(3):
        await ask(model).text()
    assert stub.connections == 1
    assert stub.disconnects == 0


async def test_a_hundred_slow_answers_at_once(stub: StubModel, model: OpenAICompatible) -> None:
    stub.pace = 0.02
    start = time.monotonic()
    answers = await asyncio.gather(*(ask(model).text() for _ in range(120)))
    assert set(answers) == {SAID}
    assert time.monotonic() - start < 8  # one after the other they take 17


@pytest.mark.parametrize("fault", ["overloaded", "server_error", "cut_early", "garbage", "empty"])
async def test_transient_faults_are_tried_again(stub: StubModel, model: OpenAICompatible, fault: str) -> None:
    stub.fail(fault, 2)
    answer = ask(model)
    assert await answer.text() == SAID
    assert (answer.call.attempts, len(stub.requests)) == (3, 3)


@pytest.mark.parametrize(
    ("fault", "kind", "words", "asked"),
    [
        ("overloaded", ModelOverloaded, "gets more requests than it allows (HTTP 429: Rate limit reached)", 3),
        ("server_error", ModelOverloaded, "has a problem of its own (HTTP 500: Internal error)", 3),
        ("garbage", ModelUnreachable, "did not answer (the connection was closed)", 3),
        ("cut_early", ModelAnswerBroken, "was cut in the middle", 3),
        ("empty", ModelAnswerBroken, "stub-1 answered with nothing", 3),
        ("key_refused", ModelKeyRefused, "The key was refused by 127.0.0.1", 1),
        ("no_model", ModelNotFound, "has no model named “stub-1”. It offers: stub-1, stub-2.", 1),
        ("no_endpoint", ModelNotFound, "There is no chat endpoint at", 1),
        ("no_quota", ModelRefused, "has no credit left", 1),
        ("refused", ModelRefused, "maximum context length is 10 tokens", 2),
        ("web_page", ModelNotFound, "There is no chat endpoint at", 1),
    ],
)
async def test_faults_are_named(
    stub: StubModel, model: OpenAICompatible, fault: str, kind: type[ModelError], words: str, asked: int
) -> None:
    stub.fail(fault, -1)
    answer = ask(model)
    with pytest.raises(kind) as caught:
        await answer.text()
    assert words in str(caught.value)
    assert answer.call.error == str(caught.value)
    assert len(stub.requests) == asked  # a 400 is asked once more, without stream_options


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("cut", ModelAnswerBroken, "was cut in the middle of the answer"),
        ("bad_json", ModelAnswerBroken, "sent something that is no model's answer"),
        ("error_inside", ModelOverloaded, "The engine ran out of memory."),
    ],
)
async def test_what_was_shown_is_kept_and_not_asked_again(
    stub: StubModel, model: OpenAICompatible, fault: str, kind: type[ModelError], words: str
) -> None:
    stub.fail(fault, -1, after=2)
    answer = ask(model)
    with pytest.raises(kind, match=words):
        await answer.text()
    assert answer.call.answer == "Hello there, "
    assert len(stub.requests) == 1


async def test_silence_in_mid_answer(stub: StubModel, model: OpenAICompatible) -> None:
    stub.fail("stall", -1, after=2)
    answer = ask(model, idle=0.5)
    with pytest.raises(ModelTimeout, match=r"silent for 0\.5 s"):
        await answer.text()
    assert answer.call.answer == "Hello there, "
    await until(lambda: stub.disconnects == 1)


async def test_silence_before_the_first_byte(stub: StubModel, model: OpenAICompatible) -> None:
    stub.fail("hang", 1)
    assert await ask(model, idle=0.7).text() == SAID
    stub.fail("hang", -1)
    with pytest.raises(ModelTimeout, match="may still be loading"):
        await ask(model, idle=0.1, retries=1).text()
    await until(lambda: stub.disconnects == 3)


async def test_the_deadline(stub: StubModel, model: OpenAICompatible) -> None:
    stub.pace = 0.02
    stub.fail("endless", -1)
    with pytest.raises(ModelTimeout, match=r"did not finish within 0\.3 s"):
        await ask(model, deadline=0.3).text()
    await until(lambda: stub.disconnects == 1)


async def test_an_endless_answer_meets_the_cap(stub: StubModel, model: OpenAICompatible) -> None:
    stub.fail("endless", -1)
    answer = ask(model, max_chars=5_000)
    with pytest.raises(ModelAnswerTooLong):
        await answer.text()
    assert len(answer.call.answer) <= 5_000
    await until(lambda: stub.disconnects == 1)


async def test_cancelling_is_seen_by_the_server(stub: StubModel, model: OpenAICompatible) -> None:
    stub.pace = 0.02
    stub.fail("endless")
    answer = ask(model)
    task = asyncio.create_task(answer.text())
    await until(lambda: answer.call.answer)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: stub.disconnects == 1 and stub.active == 0)
    assert answer.call.error == "Cancelled."


async def test_leaving_the_answer_is_seen_by_the_server(stub: StubModel, model: OpenAICompatible) -> None:
    stub.pace = 0.02
    stub.fail("endless")
    async with ask(model) as answer:
        await anext(answer)
    await until(lambda: stub.disconnects == 1)


async def test_a_cut_at_the_length_limit_is_no_error(stub: StubModel, model: OpenAICompatible) -> None:
    stub.fail("truncate", 1, after=2)
    answer = ask(model)
    assert (await answer.text(), answer.call.finish) == ("Hello there, ", "length")


async def test_reasoning_is_not_shown_but_is_a_sign_of_life(stub: StubModel, model: OpenAICompatible) -> None:
    stub.pace = 0.1
    stub.fail("thinks", 1, after=8)
    assert await ask(model, idle=0.6, retries=0).text() == SAID


async def test_a_server_without_stream_options_is_asked_without_and_remembered(
    stub: StubModel, model: OpenAICompatible
) -> None:
    stub.fail("no_options", -1)
    assert await ask(model).text() == SAID
    assert await ask(model).text() == SAID
    assert ["stream_options" in asked for asked in stub.requests] == [True, False, False]


async def test_an_unrelated_refusal_is_not_held_against_stream_options(
    stub: StubModel, model: OpenAICompatible
) -> None:
    stub.fail("refused", 2)
    with pytest.raises(ModelRefused):
        await ask(model).text()
    assert await ask(model).text() == SAID
    assert ["stream_options" in asked for asked in stub.requests] == [True, False, True]


async def test_a_server_that_does_not_stream(stub: StubModel, model: OpenAICompatible) -> None:
    stub.fail("no_stream", 1)
    answer = ask(model)
    assert await answer.text() == SAID
    assert answer.call.output_tokens == 7


async def test_nobody_there(stub: StubModel, model: OpenAICompatible) -> None:
    stub.stop()
    answer = ask(model)
    with pytest.raises(ModelUnreachable) as caught:
        await answer.text()
    assert str(caught.value) == (
        f"The model server at {stub.base_url} did not answer (connection refused). Is it running? "
        "Check the address in Settings → Models, then retry."
    )
    assert answer.call.attempts == 3


async def test_no_such_host() -> None:
    model = OpenAICompatible("m", "http://no-such-host.invalid/v1", "", "m")
    with pytest.raises(ModelUnreachable, match="there is no such host"):
        await ask(model, retries=0).text()
    await model.aclose()


async def test_a_redirect_is_not_followed_but_told(stub: StubModel) -> None:
    async def moved(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 307 X\r\nLocation: {stub.base_url}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(moved, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    model = OpenAICompatible("m", f"http://127.0.0.1:{port}/v1", KEY, "m")
    with pytest.raises(ModelRefused, match=f"has moved to {stub.base_url}"):
        await ask(model).text()
    assert stub.requests == []
    await model.aclose()
    server.close()


async def test_the_key_is_nowhere_to_be_read(
    stub: StubModel, model: OpenAICompatible, caplog: pytest.LogCaptureFixture
) -> None:
    stub.key = "another"  # the stub repeats the key that it refuses
    caplog.set_level(logging.DEBUG)
    answer = ask(model)
    with pytest.raises(ModelKeyRefused) as caught:
        await answer.text()
    everything = [caplog.text, str(caught.value), repr(caught.value), repr(model), repr(answer.call)]
    assert not any(KEY in text for text in everything)
    assert stub.headers[0]["authorization"] == f"Bearer {KEY}"  # it was sent, and would have been seen


async def test_the_environments_organization_is_for_openai_only(
    stub: StubModel, model: OpenAICompatible, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-mine")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-of-mine")
    await ask(model).text()
    assert "of-mine" not in str(stub.headers)


def test_each_event_loop_has_its_own_connections(stub: StubModel) -> None:
    model = OpenAICompatible("stub-1", stub.base_url, "", "stub-1")

    async def once() -> str:
        return await ask(model).text()

    async def last() -> str:
        text = await ask(model).text()
        await model.aclose()
        return text

    with asyncio.Runner() as one, asyncio.Runner() as two:
        assert [one.run(once()), two.run(once()), one.run(last()), two.run(last())] == [SAID] * 4


async def test_the_hot_path_is_quick(stub: StubModel, model: OpenAICompatible) -> None:
    stub.answer = ["word "] * 30_000
    await ask(model, max_chars=1_000_000).text()
    answer = ask(model, max_chars=1_000_000)
    start = time.process_time()
    await answer.text()
    rate = 30_000 / (time.process_time() - start)
    assert answer.call.output_tokens == 30_000
    assert rate > 30_000, f"{rate:,.0f} tokens/s"
