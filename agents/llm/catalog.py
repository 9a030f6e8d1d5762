"""Which model is used now, and why: the settings page, the environment, a server that was found, or the responder."""

from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.db import transaction
from pydantic import SecretStr

from agents import statements
from agents.errors import ModelError, ModelKeyRefused, ProviderRefused
from agents.llm import discovery, keys, prices
from agents.llm.base import LanguageModel
from agents.llm.checks import checked, checked_key, checked_kind
from agents.llm.choice import URLS, Choice, Kind, build, parse
from agents.llm.discovery import host_of
from agents.llm.trial import TestResult, test
from agents.models import Provider

__all__ = ["Configured", "Description", "TestResult", "clear_provider", "current", "describe", "set_provider", "test"]

Source = Literal["settings", "environment", "found", "offline"]
NEEDS_KEY = {host_of(url) for url in URLS.values()}


@dataclass(frozen=True, slots=True)
class Configured:
    """The model in use. `label` is for people: "qwen3:8b at 127.0.0.1:11434"."""

    model: LanguageModel
    label: str
    is_offline: bool
    source: Source
    kind: Kind


@dataclass(frozen=True, slots=True)
class Description:
    """The model in use, for pages. `problem` says in a sentence why there is none, "" if there is one. Without
    `has_price` nobody knows what it costs."""

    label: str
    is_offline: bool
    source: Source
    problem: str = ""
    has_price: bool = True


def current() -> Configured:
    """Return the model to use now. Raises ModelUnknown or ModelKeyRefused when what is configured can't be used.

    Cheap: one query; a server is asked what it offers only where no model was named, and seldom. Synchronous.
    """
    choice, source = _choice()
    return Configured(build(choice), choice.label, choice.kind == "offline", source, choice.kind)


def describe() -> Description:
    """Return what `current` would, without building it; never raises. Synchronous."""
    try:
        choice, source = _choice()
    except ModelError as error:
        row = Provider.objects.filter(active=True).exists()
        return Description("no model", False, "settings" if row else "environment", str(error))
    is_offline = choice.kind == "offline"
    return Description(choice.label, is_offline, source, has_price=is_offline or prices.of(choice.model) is not None)


def set_provider(kind: str, model: str, base_url: str, key: str | None) -> Provider:
    """Use this model from now on, and return its row. A `key` of None keeps the one that was stored for the same
    host; "" means none. Raises ProviderRefused, which names the field to correct."""
    choice = checked(kind, model, base_url)
    host = host_of(choice.url)
    with transaction.atomic():
        rows = [row for row in Provider.objects.filter(kind=choice.kind) if host_of(_of_row(row, "").url) == host]
        row = rows[0] if rows else Provider(kind=choice.kind)
        if key is not None:
            row.key_encrypted = keys.seal(checked_key(key), host) if key.strip() else b""
        if host in NEEDS_KEY and not row.key_encrypted:
            raise ProviderRefused(f"{host.partition(':')[0]} asks for a key. Enter one.", "key")
        row.model, row.base_url, row.active = choice.model, choice.base_url, True
        Provider.objects.exclude(pk=row.pk).update(active=False)
        row.save()
    discovery.forget()
    return row


def clear_provider() -> None:
    """Forget every model and key that was set up in the settings: the environment decides again."""
    Provider.objects.all().delete()
    discovery.forget()


def _choice() -> tuple[Choice, Source]:
    row = statements.get(Provider, active=True)
    if row is None:
        return _from_environment()
    choice = _of_row(row, "")
    key = keys.open_sealed(row.key_encrypted, host_of(choice.url))
    return _of_row(row, key).named(), "settings"


def _of_row(row: Provider, key: str) -> Choice:
    return Choice(checked_kind(row.kind), row.model, row.base_url, key)


def _from_environment() -> tuple[Choice, Source]:
    env = settings.MEMOS
    if env.model.strip() == "auto":
        return _found()
    kind, name = parse(env.model)
    if kind == "offline":
        return Choice("offline"), "environment"
    choice = Choice(kind, name, env.openai_base_url if kind == "openai" else "", _environment_key(kind))
    if host_of(choice.url) in NEEDS_KEY and not choice.key:
        raise ModelKeyRefused(
            f"MEMOS_MODEL is “{env.model}”, but there is no {kind.upper()}_API_KEY. Set it, or enter a key in "
            "Settings → Models."
        )
    return choice, "environment"


def _found() -> tuple[Choice, Source]:
    """Return what MEMOS_MODEL=auto comes to."""
    env = settings.MEMOS
    if env.openai_base_url:
        return Choice("openai", "", env.openai_base_url, _environment_key("openai")).named(), "environment"
    vendors: tuple[Kind, ...] = ("openai", "anthropic", "google")
    for kind in vendors:
        if key := _environment_key(kind):
            return Choice(kind, key=key).named(), "environment"
    ollama = Choice("ollama")
    if discovery.for_talking(discovery.offered("ollama", ollama.url) or ()):
        return ollama.named(), "found"
    return Choice("offline"), "offline"


def _environment_key(kind: Kind) -> str:
    env = settings.MEMOS
    known: dict[Kind, SecretStr | None] = {
        "openai": env.openai_api_key,
        "anthropic": env.anthropic_api_key,
        "google": env.google_api_key,
    }
    key = known.get(kind)
    return key.get_secret_value().strip() if key else ""
