"""Which model is used: the settings page before the environment before what is found before the responder."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr
from pytest_django import DjangoAssertNumQueries, Settings

from agents.errors import ModelKeyRefused, ModelUnknown, ProviderRefused
from agents.llm import catalog, discovery, keys
from agents.llm.openai_compatible import OpenAICompatible
from agents.llm.vendors import VendorModel
from agents.models import Provider

pytestmark = pytest.mark.django_db

Environment = Callable[..., None]


@pytest.fixture
def environment(settings: Settings) -> Environment:
    """Sets what the environment says; whatever is not named is unset, and no Ollama is there."""
    nothing: dict[str, object] = {
        "model": "auto",
        "openai_base_url": "",
        "openai_api_key": None,
        "anthropic_api_key": None,
        "google_api_key": None,
        "ollama_base_url": "http://127.0.0.1:1",
        "offline_pace": 0.0,
    }
    discovery.forget()

    def say(**values: object) -> None:
        settings.MEMOS = settings.MEMOS.model_copy(update={**nothing, **values})

    say()
    return say


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, ...]]:
    """What servers offer, by address; others do not answer."""
    servers: dict[str, tuple[str, ...]] = {}
    monkeypatch.setattr(discovery, "_fetch", lambda kind, url, key: servers.get(url))
    return servers


def test_nothing_configured_is_offline(environment: Environment) -> None:
    found = catalog.current()
    assert (found.label, found.is_offline, found.source) == ("offline responder", True, "offline")


def test_an_ollama_is_found(environment: Environment, offered: dict[str, tuple[str, ...]]) -> None:
    offered["http://127.0.0.1:1/v1"] = ("nomic-embed-text", "qwen3:8b")
    found = catalog.current()
    assert (found.label, found.is_offline, found.source) == ("qwen3:8b at 127.0.0.1:1", False, "found")


def test_an_ollama_without_a_model_that_talks_is_no_model(
    environment: Environment, offered: dict[str, tuple[str, ...]]
) -> None:
    offered["http://127.0.0.1:1/v1"] = ("nomic-embed-text",)
    assert catalog.current().is_offline


def test_a_base_url_wins_over_keys_and_takes_the_first_model(
    environment: Environment, offered: dict[str, tuple[str, ...]]
) -> None:
    environment(openai_base_url="http://127.0.0.1:2/v1", anthropic_api_key=SecretStr("k"))
    offered["http://127.0.0.1:2/v1"] = ("text-embedding-3", "llama")
    found = catalog.current()
    assert (found.label, found.source) == ("llama at 127.0.0.1:2", "environment")


def test_a_base_url_that_does_not_list_its_models(environment: Environment) -> None:
    environment(openai_base_url="http://127.0.0.1:1/v1")
    assert catalog.current().label == "default at 127.0.0.1:1"


@pytest.mark.parametrize(
    ("name", "label", "kind"),
    [
        ("openai_api_key", "gpt-5-mini at api.openai.com", OpenAICompatible),
        ("anthropic_api_key", "claude-haiku-4-5 at api.anthropic.com", VendorModel),
        ("google_api_key", "gemini-3.5-flash-lite at generativelanguage.googleapis.com", VendorModel),
    ],
)
def test_a_vendors_key_alone(environment: Environment, name: str, label: str, kind: type) -> None:
    environment(**{name: SecretStr("k")})
    found = catalog.current()
    assert (found.label, found.source) == (label, "environment")
    assert isinstance(found.model, kind)


def test_memos_model_wins_over_what_would_be_found(environment: Environment) -> None:
    environment(model="offline", openai_api_key=SecretStr("k"))
    assert catalog.current().source == "environment"
    environment(model="openai:llama", openai_base_url="http://127.0.0.1:2/v1")
    assert catalog.current().label == "llama at 127.0.0.1:2"
    environment(model="ollama:qwen3:8b")
    assert catalog.current().label == "qwen3:8b at 127.0.0.1:1"


def test_a_nonsense_memos_model(environment: Environment) -> None:
    environment(model="gpt-4")
    with pytest.raises(ModelUnknown, match="“gpt-4”"):
        catalog.current()
    described = catalog.describe()
    assert (described.label, described.is_offline) == ("no model", False)
    assert "ollama:NAME" in described.problem


@pytest.mark.parametrize("kind", ["openai", "anthropic", "google"])
def test_a_vendor_without_its_key(environment: Environment, kind: str) -> None:
    environment(model=f"{kind}:m")
    with pytest.raises(ModelKeyRefused, match=f"{kind.upper()}_API_KEY"):
        catalog.current()


def test_the_settings_win_over_the_environment(environment: Environment) -> None:
    environment(model="openai:llama", openai_base_url="http://127.0.0.1:2/v1")
    catalog.set_provider("openai", "qwen", "http://127.0.0.1:3/v1", "sk-1")
    found = catalog.current()
    assert (found.label, found.source) == ("qwen at 127.0.0.1:3", "settings")
    assert isinstance(found.model, OpenAICompatible)
    assert found.model.place.key == "sk-1"
    catalog.clear_provider()
    assert catalog.current().label == "llama at 127.0.0.1:2"
    assert not Provider.objects.exists()


def test_offline_can_be_chosen_in_the_settings(environment: Environment) -> None:
    environment(openai_api_key=SecretStr("k"))
    catalog.set_provider("offline", "", "", None)
    assert (catalog.current().is_offline, catalog.current().source) == (True, "settings")


def test_the_same_configuration_is_the_same_model(environment: Environment) -> None:
    catalog.set_provider("openai", "qwen", "http://127.0.0.1:3/v1", "sk-1")
    first = catalog.current().model
    assert catalog.current().model is first
    catalog.set_provider("openai", "qwen", "http://127.0.0.1:3/v1", "sk-2")
    assert catalog.current().model is not first


def test_it_costs_one_query(environment: Environment, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    catalog.set_provider("openai", "qwen", "http://127.0.0.1:3/v1", "sk-1")
    with django_assert_num_queries(1):
        catalog.current()
    with django_assert_num_queries(1):
        catalog.describe()


def test_keys_lie_sealed_and_stay_with_their_host(environment: Environment) -> None:
    row = catalog.set_provider("openai", "a", "http://127.0.0.1:3/v1", "sk-1")
    assert b"sk-1" not in bytes(row.key_encrypted)
    assert catalog.set_provider("openai", "b", "http://127.0.0.1:3/other/v1", None).pk == row.pk
    assert catalog.current().model.place.key == "sk-1"  # type: ignore[attr-defined]  # an OpenAICompatible
    catalog.set_provider("openai", "b", "http://127.0.0.1:4/v1", None)
    assert catalog.current().model.place.key == ""  # type: ignore[attr-defined]  # an OpenAICompatible
    catalog.set_provider("openai", "a", "http://127.0.0.1:3/v1", None)
    assert catalog.current().model.place.key == "sk-1"  # type: ignore[attr-defined]  # an OpenAICompatible
    catalog.set_provider("openai", "a", "http://127.0.0.1:3/v1", "")
    assert catalog.current().model.place.key == ""  # type: ignore[attr-defined]  # an OpenAICompatible
    assert Provider.objects.filter(active=True).count() == 1


def test_a_row_that_was_moved_to_another_host_gives_nothing_away(environment: Environment) -> None:
    row = catalog.set_provider("openai", "a", "https://api.example.org/v1", "sk-1")
    Provider.objects.filter(pk=row.pk).update(base_url="https://evil.example.org/v1")
    with pytest.raises(ModelKeyRefused, match="Enter the key again"):
        catalog.current()
    assert "Enter the key again" in catalog.describe().problem


@pytest.mark.parametrize("kind", ["openai", "anthropic", "google"])
def test_vendors_want_a_key(environment: Environment, kind: str) -> None:
    with pytest.raises(ProviderRefused, match="asks for a key") as caught:
        catalog.set_provider(kind, "", "", None)
    assert caught.value.field == "key"
    assert not Provider.objects.exists()


def test_what_is_refused_changes_nothing(environment: Environment) -> None:
    catalog.set_provider("ollama", "qwen3:8b", "", None)
    with pytest.raises(ProviderRefused):
        catalog.set_provider("openai", "m", "ftp://x", "k")
    assert catalog.current().label == "qwen3:8b at 127.0.0.1:1"


def test_a_provider_without_a_model_takes_the_first_offered(
    environment: Environment, offered: dict[str, tuple[str, ...]]
) -> None:
    offered["http://127.0.0.1:5/v1"] = ("llama", "qwen")
    catalog.set_provider("openai", "", "http://127.0.0.1:5/v1", None)
    assert catalog.current().label == "llama at 127.0.0.1:5"


def test_keys_module_and_catalog_agree_on_the_host(environment: Environment) -> None:
    row = catalog.set_provider("anthropic", "", "", "sk-ant")
    assert keys.open_sealed(row.key_encrypted, "api.anthropic.com:443") == "sk-ant"
