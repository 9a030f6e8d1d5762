"""The settings page's "Test" button: one short request, and what is wrong if something is."""

import time
from dataclasses import dataclass, replace
from typing import ClassVar

from asgiref.sync import sync_to_async

from agents.errors import ModelAnswerBroken, ModelError
from agents.llm import discovery, failures, keys
from agents.llm.base import ChatMessage, Closable, ModelRequest
from agents.llm.checks import checked, checked_key
from agents.llm.choice import Choice, make, with_v1
from agents.llm.gateway import Gateway
from agents.models import Provider

SECONDS = 30.0  # a local model may have to be loaded first

REQUEST = ModelRequest(
    purpose="test",
    messages=(
        ChatMessage("system", "You are being tested. Answer with one short word."),
        ChatMessage("user", "Are you there?"),
    ),
    max_output_tokens=512,
)


@dataclass(frozen=True, slots=True)
class TestResult:
    """How it went: a sentence for people, milliseconds, and the models that the server offers. `base_url` is the
    address that works, where the one that was given lacks its /v1."""

    __test__: ClassVar[bool] = False

    ok: bool
    message: str
    ms: float = 0.0
    models: tuple[str, ...] = ()
    base_url: str = ""


async def test(kind: str, base_url: str, model: str, key: str | None) -> TestResult:
    """Try a model before it is used. A `key` of None is the one stored for the same host. Never raises."""
    try:
        choice = checked(kind, model, base_url)
        if choice.kind == "offline":
            return TestResult(True, "The offline responder is always there.")
        stored = await sync_to_async(_stored_key)(choice) if key is None else checked_key(key)
        choice = replace(choice, key=stored)
        models = await discovery.ask(choice.kind, choice.url, stored) or ()
        choice = choice if choice.model else await sync_to_async(choice.named)()
        return await _try(choice, models)
    except ModelError as error:
        return TestResult(False, str(error))


async def _try(choice: Choice, models: tuple[str, ...]) -> TestResult:
    start = time.monotonic()
    try:
        said = await _ask(choice)
    except failures.NoEndpoint as error:
        return await _forgot_v1(choice) or TestResult(False, str(error), _ms(start), models)
    except ModelError as error:
        return TestResult(False, str(error), _ms(start), models)
    ms = _ms(start)
    return TestResult(True, f"{choice.label} answered in {ms:,.0f} ms: “{said}”", ms, models)


async def _ask(choice: Choice) -> str:
    model = make(choice)
    try:
        answer = await Gateway(model, deadline=SECONDS, idle=SECONDS, retries=0).ask(REQUEST).text()
    finally:
        if isinstance(model, Closable):
            await model.aclose()
    text = " ".join(answer.split())
    return text if len(text) <= 80 else text[:79] + "…"


async def _forgot_v1(choice: Choice) -> TestResult | None:
    """Look for the endpoint below /v1."""
    url = with_v1(choice.url)
    if choice.kind != "openai" or url == choice.url:
        return None
    there = replace(choice, base_url=url)
    offered = await discovery.ask(there.kind, url, there.key) or ()
    try:
        await _ask(there)
    except (failures.NoEndpoint, ModelAnswerBroken):
        return None
    except ModelError as error:
        if not offered:
            return None
        return TestResult(False, f"Did you forget /v1? At {url} there is a server, but: {error}", 0, offered, url)
    message = f"There is no chat endpoint at {choice.url}. Did you forget /v1? {url} answers: use that address."
    return TestResult(False, message, 0, offered, url)


def _stored_key(choice: Choice) -> str:
    host = discovery.host_of(choice.url)
    for row in Provider.objects.filter(kind=choice.kind):
        if row.key_encrypted and discovery.host_of(Choice(choice.kind, "", row.base_url).url) == host:
            return keys.open_sealed(row.key_encrypted, host)
    return ""


def _ms(start: float) -> float:
    return (time.monotonic() - start) * 1000
