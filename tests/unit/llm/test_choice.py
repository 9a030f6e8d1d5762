"""Names and addresses of models, and what a person may type."""

import pytest

from agents.errors import ModelUnknown, ProviderRefused
from agents.llm import checks, discovery
from agents.llm.choice import Choice, build, ollama_url, parse


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("offline", "offline", ""),
        ("openai:gpt-5-mini", "openai", "gpt-5-mini"),
        ("ollama:qwen3:8b", "ollama", "qwen3:8b"),
        (" anthropic:claude-haiku-4-5 ", "anthropic", "claude-haiku-4-5"),
        ("google:gemini-3.5-flash-lite", "google", "gemini-3.5-flash-lite"),
    ],
)
def test_memos_model(text: str, kind: str, name: str) -> None:
    assert parse(text) == (kind, name)


@pytest.mark.parametrize("text", ["gpt-4", "openai", "openai:", "openai: ", "offline:x", "cohere:x", ":x", "OFFLINE"])
def test_nonsense_is_answered_with_what_is_accepted(text: str) -> None:
    with pytest.raises(ModelUnknown, match="auto, offline, openai:NAME, anthropic:NAME, google:NAME or ollama:NAME"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:9999", "http://127.0.0.1:9999"),
        ("gpu.lan", "http://gpu.lan:11434"),
        ("https://ollama.example.org/", "https://ollama.example.org"),
        ("http://[::1]:11434/base/", "http://[::1]:11434/base"),
        (":11434", "http://127.0.0.1:11434"),
        ("host:port", "host:port"),
    ],
)
def test_ollamas_address(text: str, url: str) -> None:
    assert ollama_url(text) == url


def test_addresses_and_labels() -> None:
    assert Choice("ollama", "qwen3:8b", "http://127.0.0.1:11434").url == "http://127.0.0.1:11434/v1"
    assert Choice("ollama", "qwen3:8b", "http://127.0.0.1:11434/v1/").url == "http://127.0.0.1:11434/v1"
    assert Choice("ollama", "qwen3:8b", "http://127.0.0.1:11434").label == "qwen3:8b at 127.0.0.1:11434"
    assert Choice("openai", "gpt-5-mini").label == "gpt-5-mini at api.openai.com"
    assert Choice("offline").label == "offline responder"


def test_the_key_is_not_in_the_representation() -> None:
    choice = Choice("openai", "m", "http://h/v1", "sk-very-secret")
    assert "sk-very-secret" not in f"{choice!r} {build(choice)!r}"


def test_the_same_choice_is_the_same_model() -> None:
    choice = Choice("openai", "m", "http://h/v1", "k")
    assert build(choice) is build(Choice("openai", "m", "http://h/v1", "k"))
    assert build(choice) is not build(Choice("openai", "m", "http://h/v1", "other"))


def test_hosts_tell_http_from_https() -> None:
    assert discovery.host_of("https://API.example.org/v1") == "api.example.org:443"
    assert discovery.host_of("http://api.example.org/v1") == "api.example.org:80"
    assert discovery.host_of("http://[::1]:8080") == "::1:8080"


@pytest.mark.parametrize(
    "url",
    ["ftp://x", "x.org/v1", "http://", "http://x:99999", "http://a b", "javascript:alert(1)", "http://x\n.org", "//x"],
)
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(ProviderRefused, match="must look like") as caught:
        checks.checked("openai", "m", url)
    assert caught.value.field == "base_url"


@pytest.mark.parametrize("url", ["http://me:secret@x.org/v1", "https://x.org/v1?key=abc", "https://x.org/v1#k"])
def test_an_address_with_more_in_it_than_an_address(url: str) -> None:
    with pytest.raises(ProviderRefused, match="out of the address"):
        checks.checked("openai", "m", url)


@pytest.mark.parametrize("key", ["sk ab", "sk-ü", "sk\r\nX-Evil: 1", "k" * 2000])
def test_a_key_that_could_not_be_sent(key: str) -> None:
    with pytest.raises(ProviderRefused) as caught:
        checks.checked_key(key)
    assert caught.value.field == "key"
    assert key not in str(caught.value)


@pytest.mark.parametrize(("kind", "model", "field"), [("cohere", "m", "kind"), ("openai", "m" * 121, "model")])
def test_other_fields(kind: str, model: str, field: str) -> None:
    with pytest.raises(ProviderRefused) as caught:
        checks.checked(kind, model, "")
    assert caught.value.field == field


def test_models_that_can_not_talk_are_not_taken_by_themselves() -> None:
    names = ("nomic-embed-text", "whisper-1", "qwen3:8b")
    assert discovery.for_talking(names) == ("qwen3:8b",)
