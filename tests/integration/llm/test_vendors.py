"""Anthropic and Google through their SDKs, over a local server that speaks as much of their protocols as is needed."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from agents.errors import (
    ModelAnswerBroken,
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
from agents.llm.vendors import Vendor, VendorModel
from tests.stub_model import StubModel

REQUEST = ModelRequest(
    "reply",
    (
        ChatMessage("system", "Be brief."),
        ChatMessage("user", "Hello"),
        ChatMessage("assistant", "Hi."),
        ChatMessage("user", "How are you?"),
    ),
    max_output_tokens=77,
)
SAID = "Hello there, Noor. How are the letters?"
KEY = "sk-very-secret-key"


@pytest.fixture(params=["anthropic", "google"])
async def model(request: pytest.FixtureRequest, stub: StubModel) -> AsyncIterator[VendorModel]:
    vendor: Vendor = request.param
    made = VendorModel(vendor, stub.root, KEY, "stub-1")
    yield made
    await made.aclose()


def ask(model: VendorModel, **limits: float) -> Answer:
    given = {"deadline": 20.0, "idle": 10.0, "retries": 2, "max_chars": 100_000, **limits}
    return Gateway(model, **given).ask(REQUEST)  # type: ignore[arg-type]  # numbers of both kinds in one mapping


async def test_an_answer_and_what_was_asked(stub: StubModel, model: VendorModel) -> None:
    answer = ask(model)
    assert await answer.text() == SAID
    assert (answer.call.input_tokens, answer.call.output_tokens, answer.call.finish) == (7, 7, "stop")
    asked, headers = str(stub.requests[0]), stub.headers[0]
    assert all(text in asked for text in ("Be brief.", "Hello", "Hi.", "How are you?", "77"))
    assert KEY in headers["authorization" if model.vendor == "anthropic" else "x-goog-api-key"]


async def test_pieces_arrive_while_the_answer_is_written(stub: StubModel, model: VendorModel) -> None:
    await ask(model).text()  # the SDK is loaded
    stub.pace = 0.03
    times = [time.monotonic() async for _ in ask(model)]
    assert len(times) > 2  # a busy machine may read two at once
    assert times[-1] - times[0] > 0.1


@pytest.mark.parametrize(
    ("fault", "kind", "words", "asked"),
    [
        ("overloaded", ModelOverloaded, "gets more requests than it allows", 3),
        ("server_error", ModelOverloaded, "has a problem of its own", 3),
        ("key_refused", ModelKeyRefused, "The key was refused by 127.0.0.1", 1),
        ("no_model", ModelNotFound, "has no model named “stub-1”. It offers: stub-1, stub-2.", 1),
        ("refused", ModelRefused, "maximum context length is 10 tokens", 1),
    ],
)
async def test_faults_are_named(
    stub: StubModel, model: VendorModel, fault: str, kind: type[ModelError], words: str, asked: int
) -> None:
    stub.fail(fault, -1)
    with pytest.raises(kind) as caught:
        await ask(model).text()
    assert words in str(caught.value)
    assert len(stub.requests) == asked


async def test_a_cut_in_mid_answer_keeps_what_was_shown(stub: StubModel, model: VendorModel) -> None:
    stub.fail("cut", -1, after=2)
    answer = ask(model)
    with pytest.raises(ModelAnswerBroken, match="was cut in the middle"):
        await answer.text()
    assert answer.call.answer == "Hello there, "
    assert len(stub.requests) == 1


async def test_silence(stub: StubModel, model: VendorModel) -> None:
    await ask(model).text()  # the SDK is loaded
    stub.fail("stall", -1, after=2)
    with pytest.raises(ModelTimeout, match="silent"):
        await ask(model, idle=0.5).text()


async def test_cancelling_is_seen_by_the_server(stub: StubModel, model: VendorModel) -> None:
    stub.pace = 0.02
    stub.fail("endless")
    answer = ask(model)
    task = asyncio.create_task(answer.text())
    while not answer.call.answer and not task.done():
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    end = time.monotonic() + 1
    while stub.disconnects == 0:
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


async def test_nobody_there(stub: StubModel, model: VendorModel) -> None:
    stub.stop()
    with pytest.raises(ModelUnreachable, match="connection refused"):
        await ask(model, retries=1).text()


async def test_the_key_is_nowhere_to_be_read(stub: StubModel, model: VendorModel) -> None:
    stub.key = "another"
    with pytest.raises(ModelKeyRefused) as caught:
        await ask(model).text()
    assert KEY not in f"{caught.value} {caught.value!r} {model!r}"
