"""Discovery and the "Test" button against a real server, and against none."""

import time

import pytest
from asgiref.sync import sync_to_async
from pydantic import SecretStr
from pytest_django import Settings

from agents.llm import catalog, discovery
from tests.stub_model import StubModel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def automatic(settings: Settings) -> None:
    nothing = {"model": "auto", "openai_base_url": "", "openai_api_key": None, "ollama_base_url": "http://127.0.0.1:1"}
    vendors = {"anthropic_api_key": None, "google_api_key": None}
    settings.MEMOS = settings.MEMOS.model_copy(update={**nothing, **vendors})


def test_a_server_is_found_and_asked_once(stub: StubModel, settings: Settings) -> None:
    settings.MEMOS = settings.MEMOS.model_copy(update={"ollama_base_url": stub.root})
    stub.models = ("nomic-embed-text", "qwen3:8b")
    assert catalog.current().label == f"qwen3:8b at 127.0.0.1:{stub.port}"
    stub.stop()
    assert catalog.current().source == "found"
    assert discovery.cached("ollama", stub.base_url) == ("nomic-embed-text", "qwen3:8b")


def test_the_key_is_shown_to_the_server_that_it_is_for(stub: StubModel, settings: Settings) -> None:
    stub.key = "sk-right"
    update = {"openai_base_url": stub.base_url, "openai_api_key": SecretStr("sk-right")}
    settings.MEMOS = settings.MEMOS.model_copy(update=update)
    assert catalog.current().label == f"stub-1 at 127.0.0.1:{stub.port}"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/v1", "http://no-such-host.invalid", "nonsense", "http://[", "http://x:99999", ""]
)
def test_discovery_never_raises(url: str) -> None:
    start = time.monotonic()
    assert discovery.offered("openai", url, "k") is None
    assert time.monotonic() - start < 3


async def test_asking_never_raises() -> None:
    for url in ("http://127.0.0.1:1/v1", "nonsense", "http://[", ""):
        assert await discovery.ask("openai", url) is None


async def test_test_says_that_it_works(stub: StubModel) -> None:
    stub.answer = "Yes."
    result = await catalog.test("openai", stub.base_url, "stub-2", "")
    assert result.ok
    assert result.message.startswith(f"stub-2 at 127.0.0.1:{stub.port} answered in ")
    assert result.message.endswith("“Yes.”")
    assert (result.models, stub.requests[0]["model"]) == (("stub-1", "stub-2"), "stub-2")
    assert result.ms > 0


async def test_test_takes_the_first_model_when_none_is_named(stub: StubModel) -> None:
    assert (await catalog.test("openai", stub.base_url, "", "")).ok
    assert stub.requests[0]["model"] == "stub-1"


async def test_test_finds_the_forgotten_v1(stub: StubModel) -> None:
    result = await catalog.test("openai", stub.root, "stub-1", "")
    assert not result.ok
    assert f"Did you forget /v1? {stub.base_url} answers" in result.message
    assert (result.base_url, result.models) == (stub.base_url, ("stub-1", "stub-2"))


async def test_ollamas_address_needs_no_v1(stub: StubModel) -> None:
    assert (await catalog.test("ollama", stub.root, "stub-1", None)).ok


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("key_refused", "The key was refused by"),
        ("no_model", "has no model named “stub-1”. It offers: stub-1, stub-2."),
        ("no_endpoint", "There is no chat endpoint at"),
        ("web_page", "There is no chat endpoint at"),
        ("server_error", "has a problem of its own"),
        ("empty", "answered with nothing"),
    ],
)
async def test_test_says_what_is_wrong(stub: StubModel, fault: str, words: str) -> None:
    stub.fail(fault, -1)
    result = await catalog.test("openai", stub.base_url, "stub-1", "sk-x")
    assert not result.ok
    assert words in result.message
    assert len(stub.requests) == 1  # a person is waiting: nothing is tried twice


async def test_test_says_that_nobody_is_there() -> None:
    result = await catalog.test("openai", "http://127.0.0.1:1/v1", "m", "")
    assert not result.ok
    assert "http://127.0.0.1:1/v1 did not answer (connection refused). Is it running?" in result.message


@pytest.mark.parametrize(
    ("kind", "url", "key", "words"),
    [
        ("cohere", "", "", "no kind of model called “cohere”"),
        ("openai", "ftp://x", "", "must look like"),
        ("openai", "", "sk a", "This is no key"),
    ],
)
async def test_test_refuses_what_could_not_be_stored(kind: str, url: str, key: str, words: str) -> None:
    result = await catalog.test(kind, url, "m", key)
    assert not result.ok
    assert words in result.message


async def test_offline_needs_no_test() -> None:
    assert (await catalog.test("offline", "", "", None)).ok


async def test_the_stored_key_is_tried_for_its_own_host_only(stub: StubModel) -> None:
    stub.key = "sk-right"
    await sync_to_async(catalog.set_provider)("openai", "stub-1", stub.base_url, "sk-right")
    assert (await catalog.test("openai", stub.base_url, "stub-1", None)).ok
    with StubModel("Hi.") as other:
        assert (await catalog.test("openai", other.base_url, "stub-1", None)).ok
        assert "sk-right" not in str(other.headers)
