"""One model among those there are: what kind, called what, where, with which key."""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal, get_args
from urllib.parse import urlsplit

from django.conf import settings

from agents.errors import ModelUnknown
from agents.llm import discovery
from agents.llm.base import LanguageModel

Kind = Literal["openai", "anthropic", "google", "ollama", "offline"]
KINDS: tuple[Kind, ...] = get_args(Kind)

URLS: dict[Kind, str] = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "google": "https://generativelanguage.googleapis.com",
}
# Each vendor's quick and cheap model: a talk needs several requests a minute.
DEFAULT_MODELS: dict[Kind, str] = {
    "openai": "gpt-5-mini",
    "anthropic": "claude-haiku-4-5",
    "google": "gemini-3.5-flash-lite",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that is to be used. An empty `model` is the first that the server offers, or the vendor's default."""

    kind: Kind
    model: str = ""
    base_url: str = ""
    key: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        """The address to ask; Ollama speaks OpenAI's protocol below /v1."""
        base = (self.base_url or URLS.get(self.kind, "")).rstrip("/")
        if self.kind == "ollama":
            return with_v1(ollama_url(base or settings.MEMOS.ollama_base_url))
        return base

    @property
    def label(self) -> str:
        """The model for people: "qwen3:8b at 127.0.0.1:11434"."""
        return "offline responder" if self.kind == "offline" else f"{self.model} at {urlsplit(self.url).netloc}"

    def named(self) -> "Choice":
        """Return this choice with a model's name, asking the server what it offers if there is none yet."""
        if self.model or self.kind == "offline":
            return self
        if self.url == URLS.get(self.kind):
            return replace(self, model=DEFAULT_MODELS[self.kind])
        offered = discovery.offered(self.kind, self.url, self.key) or ()
        talking = discovery.for_talking(offered) or (
            "default" if self.kind in ("openai", "ollama") else DEFAULT_MODELS[self.kind],
        )
        return replace(self, model=talking[0])


def parse(text: str) -> tuple[Kind, str]:
    """Return kind and name of a MEMOS_MODEL. Raises ModelUnknown with what is accepted."""
    kind, colon, name = text.strip().partition(":")
    if kind == "offline" and not colon:
        return "offline", ""
    for known in KINDS:
        if kind == known and name.strip() and known != "offline":
            return known, name.strip()
    raise ModelUnknown(
        f"MEMOS_MODEL is “{text}”, which says no model. It takes auto, offline, openai:NAME, anthropic:NAME, "
        "google:NAME or ollama:NAME. Correct it, or choose a model in Settings → Models."
    )


@lru_cache(maxsize=8)
def build(choice: Choice) -> LanguageModel:
    """Return the model of a complete choice: the same object for the same choice, so that connections are kept."""
    return make(choice)


def make(choice: Choice) -> LanguageModel:
    """Return a new model of a complete choice."""
    match choice.kind:
        case "offline":
            from agents.llm.offline import OfflineResponder

            return OfflineResponder(settings.MEMOS.offline_pace)
        case "anthropic" | "google":
            from agents.llm.vendors import VendorModel

            return VendorModel(choice.kind, choice.url, choice.key, choice.model)
        case _:
            from agents.llm.openai_compatible import OpenAICompatible

            return OpenAICompatible(choice.model, choice.url, choice.key, choice.model)


def ollama_url(text: str) -> str:
    """Return Ollama's address from what OLLAMA_HOST may hold, read as Ollama does: a URL, or a host with or without
    a port, and perhaps the address that it listens on rather than one to call."""
    parts = urlsplit(text if "://" in text else f"http://{text}")
    try:
        port = parts.port or (None if "://" in text else 11434)
    except ValueError:
        return text  # no port; asking there will say so
    host = parts.hostname if parts.hostname not in (None, "0.0.0.0", "::") else "127.0.0.1"
    host = f"[{host}]" if host and ":" in host else host
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def with_v1(base: str) -> str:
    """Return the address with /v1 at its end."""
    base = base.rstrip("/")
    return base if base.endswith("/v1") else f"{base}/v1"
