"""The gateway: what is retried and what is not, its limits, and the record of a call."""

import asyncio
import json
import random
import time
from dataclasses import FrozenInstanceError

import pytest

from agents.errors import (
    ModelAnswerBroken,
    ModelAnswerTooLong,
    ModelError,
    ModelKeyRefused,
    ModelOverloaded,
    ModelRefused,
    ModelTimeout,
    ModelUnreachable,
)
from agents.llm import gateway
from agents.llm.gateway import Gateway
from tests.unit.llm.models import REQUEST, Scripted


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "BACKOFF_FIRST", 0.002)


def ask(model: Scripted, **limits: float) -> gateway.Answer:
    given = {"deadline": 5.0, "idle": 2.0, "retries": 3, "max_chars": 1000, **limits}
    return Gateway(model, **given).ask(REQUEST)  # type: ignore[arg-type]  # numbers of both kinds in one mapping


async def test_pieces_come_as_they_are_written_and_the_call_is_recorded() -> None:
    answer = ask(Scripted(["Hel", "lo", 0.01, " there"]))
    assert [piece async for piece in answer] == ["Hel", "lo", " there"]
    call = answer.call
    assert (call.answer, call.attempts, call.error, call.finish) == ("Hello there", 1, "", "stop")
    assert (call.input_tokens, call.output_tokens, call.purpose, call.model) == (3, 2, "reply", "scripted")
    assert json.loads(call.prompt)[1] == {"role": "user", "content": "Grüße"}
    assert call.first_ms is not None and call.first_ms <= call.total_ms
    with pytest.raises(FrozenInstanceError):
        call.answer = "other"  # type: ignore[misc]  # that is the point


async def test_the_record_no_longer_changes_after_the_end() -> None:
    answer = ask(Scripted(["a"]))
    await answer.text()
    first = answer.call
    await asyncio.sleep(0.01)
    await answer.aclose()
    assert answer.call is first
    assert [piece async for piece in answer] == []


async def test_the_record_can_be_read_while_the_answer_comes() -> None:
    answer = ask(Scripted(["a", "b"]))
    assert answer.call.attempts == 0
    assert await anext(answer) == "a"
    assert answer.call.answer == "a"


@pytest.mark.parametrize("error", [ModelUnreachable("x"), ModelOverloaded("x"), ModelAnswerBroken("x")])
async def test_transient_errors_before_the_first_piece_are_retried(error: ModelError) -> None:
    model = Scripted([error], ["", error], ["done"])
    answer = ask(model)
    assert await answer.text() == "done"
    assert (model.asked, answer.call.attempts, answer.call.error) == (3, 3, "")


async def test_retries_end() -> None:
    model = Scripted([ModelUnreachable("Nobody there.")])
    answer = ask(model, retries=2)
    with pytest.raises(ModelUnreachable):
        await answer.text()
    assert (model.asked, answer.call.attempts, answer.call.error) == (3, 3, "Nobody there.")


@pytest.mark.parametrize("error", [ModelKeyRefused("x"), ModelRefused("x"), ValueError("a bug")])
async def test_what_will_not_change_is_not_retried(error: Exception) -> None:
    model = Scripted([error], ["never"])
    with pytest.raises(type(error)):
        await ask(model).text()
    assert model.asked == 1


async def test_nothing_is_retried_after_the_first_piece() -> None:
    model = Scripted(["Once upon ", ModelAnswerBroken("The connection was cut.")], ["again"])
    answer = ask(model)
    pieces = []
    with pytest.raises(ModelAnswerBroken):
        async for piece in answer:
            pieces.append(piece)
    assert (pieces, model.asked) == (["Once upon "], 1)
    assert (answer.call.answer, answer.call.error) == ("Once upon ", "The connection was cut.")


async def test_the_server_says_how_long_to_wait() -> None:
    error = ModelOverloaded("Busy.")
    error.retry_after = 0.2
    start = time.monotonic()
    assert await ask(Scripted([error], ["ok"])).text() == "ok"
    assert time.monotonic() - start >= 0.2


async def test_a_wait_beyond_the_deadline_is_not_waited() -> None:
    error = ModelOverloaded("Busy.")
    error.retry_after = 60
    start = time.monotonic()
    with pytest.raises(ModelOverloaded):
        await ask(Scripted([error], ["ok"])).text()
    assert time.monotonic() - start < 1


def test_backoff_doubles_with_full_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "BACKOFF_FIRST", 0.5)
    spans: list[float] = []

    def uniform(low: float, high: float) -> float:
        spans.append(high)
        return low

    monkeypatch.setattr(random, "uniform", uniform)
    answer = ask(Scripted(["x"]), retries=10, deadline=1000.0)
    for attempt in range(1, 8):
        answer._attempts = attempt
        assert answer._pause(ModelUnreachable("x")) == 0
    assert spans == [0.5, 1, 2, 4, 8, 8, 8]


async def test_silence_before_the_first_piece_is_retried_then_told() -> None:
    model = Scripted([5.0])
    with pytest.raises(ModelTimeout, match=r"scripted was silent for 0\.05 s\. It may still be loading"):
        await ask(model, idle=0.05, retries=1).text()
    assert (model.asked, model.closed) == (2, 2)


async def test_silence_in_mid_answer_ends_it() -> None:
    model = Scripted(["Well", 5.0])
    with pytest.raises(ModelTimeout, match="silent"):
        await ask(model, idle=0.05).text()
    assert (model.asked, model.closed) == (1, 1)


async def test_signs_of_life_are_not_silence() -> None:
    model = Scripted(["", 0.15, "", 0.15, "", 0.15, "at last"])
    answer = ask(model, idle=0.4, retries=0)
    assert [piece async for piece in answer] == ["at last"]


async def test_the_readers_own_time_is_not_silence() -> None:
    answer = ask(Scripted(["a", "b"]), idle=0.05)
    pieces = []
    async for piece in answer:
        pieces.append(piece)
        await asyncio.sleep(0.1)
    assert pieces == ["a", "b"]


@pytest.mark.parametrize("step", ["x", ""])
async def test_the_deadline_ends_an_answer_that_goes_on(step: str) -> None:
    model = Scripted([step, 0.02] * 500)
    start = time.monotonic()
    with pytest.raises(ModelTimeout, match=r"did not finish within 0\.15 s"):
        await ask(model, deadline=0.15, retries=5).text()
    assert time.monotonic() - start < 1
    assert (model.asked, model.closed) == (1, 1)


async def test_too_long_an_answer_is_stopped() -> None:
    model = Scripted(["x" * 60, "x" * 60, "never"])
    answer = ask(model, max_chars=100)
    with pytest.raises(ModelAnswerTooLong, match="more than 100 characters"):
        await answer.text()
    assert (len(answer.call.answer), model.asked, model.closed) == (60, 1, 1)


async def test_an_empty_answer_is_no_answer() -> None:
    model = Scripted([""])
    with pytest.raises(ModelAnswerBroken, match="answered with nothing"):
        await ask(model, retries=1).text()
    assert model.asked == 2


async def test_an_answer_that_was_all_thought_says_so_once() -> None:
    model = Scripted([""], finish="length")
    with pytest.raises(ModelRefused, match=r"used up its 4,096 tokens before it answered"):
        await ask(model).text()
    assert model.asked == 1


async def test_a_cut_at_the_length_limit_is_an_answer() -> None:
    answer = ask(Scripted(["Half a"], finish="length"))
    assert (await answer.text(), answer.call.finish) == ("Half a", "length")


async def test_nul_is_taken_out() -> None:
    assert await ask(Scripted(["a\x00b", "\x00", "c"])).text() == "abc"


async def test_cancelling_closes_the_model_and_is_recorded() -> None:
    model = Scripted(["a", 30.0, "b"])
    answer = ask(model, idle=60.0, deadline=60.0)
    task = asyncio.create_task(answer.text())
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (model.closed, answer.call.answer, answer.call.error) == (1, "a", "Cancelled.")


async def test_leaving_early_closes_the_model() -> None:
    model = Scripted(["a", "b"])
    async with ask(model) as answer:
        async for _ in answer:
            break
    assert (model.closed, answer.call.error) == (1, "Stopped before its end.")


async def test_limits_are_the_installations_unless_given() -> None:
    limits = Gateway(Scripted(["x"])).limits
    assert (limits.deadline, limits.idle, limits.retries, limits.max_chars) == (180, 45, 3, 200_000)
    assert Gateway(Scripted(["x"]), retries=0).limits.retries == 0
