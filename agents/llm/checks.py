"""What a person types into the model settings, checked before anything is sent or stored."""

from urllib.parse import urlsplit

from agents.errors import ProviderRefused
from agents.llm import known_keys
from agents.llm.choice import KINDS, Choice, Kind


def checked(kind: str, model: str, base_url: str) -> Choice:
    """Return what was typed as a choice, without its key. Raises ProviderRefused, which names the field."""
    known = checked_kind(kind)
    return Choice(known, checked_model(model), "" if known == "offline" else checked_url(base_url))


def checked_kind(text: str) -> Kind:
    """Return the kind of that name. Raises ProviderRefused."""
    for kind in KINDS:
        if text == kind:
            return kind
    raise ProviderRefused(f"There is no kind of model called “{text}”. There are {', '.join(KINDS)}.", "kind")


def checked_model(text: str) -> str:
    """Return a model's name as it was typed. Raises ProviderRefused."""
    name = text.strip()
    if len(name) > 120 or not name.isprintable():
        raise ProviderRefused("A model's name has at most 120 characters, all of them printable.", "model")
    return name


def checked_key(text: str) -> str:
    """Return a key as it was typed. Raises ProviderRefused for what could not even be sent."""
    key = text.strip()
    known_keys.remember(key)
    if not key.isascii() or not key.isprintable() or " " in key or len(key) > 1_000:
        raise ProviderRefused("This is no key: it holds characters that no key has. Copy it again.", "key")
    return key


def checked_url(text: str) -> str:
    """Return an address without the slash at its end, "" for the kind's own. Raises ProviderRefused."""
    url = text.strip().rstrip("/")
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        fits = False
    if not fits or len(url) > 300 or not url.isprintable() or " " in url:
        raise ProviderRefused(
            "The address must look like http://127.0.0.1:8080/v1 or https://example.org/v1.", "base_url"
        )
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ProviderRefused("Leave user names, keys and everything after “?” out of the address.", "base_url")
    return url
