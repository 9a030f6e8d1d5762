"""Which models a server offers. Asking never raises: whoever asks has something to fall back on."""

import threading
import time
from typing import Any
from urllib.parse import urlsplit

import httpx2
from pydantic_core import from_json

SECONDS = 0.5  # a page may be waiting
FOUND_FOR, NOT_FOUND_FOR = 60.0, 15.0  # seconds an answer is believed
MAX_BYTES = 2_000_000
ANTHROPIC_VERSION = "2026-10-21"  # as its SDK sends it
# Servers list these beside the models that can talk.
NOT_FOR_TALKING = ("embed", "rerank", "whisper", "tts", "moderation", "dall-e", "bge-", "image", "transcribe")

Offered = tuple[str, ...]

_known: dict[tuple[str, str, str], tuple[float, Offered | None]] = {}
_lock = threading.Lock()


def offered(kind: str, base_url: str, key: str = "") -> Offered | None:
    """Return the names of the models at `base_url`; None if it did not say within half a second. Remembers the
    answer: a found server for 60 s, a missing one for 15 s."""
    wanted = (kind, base_url, key)
    with _lock:
        until, names = _known.get(wanted, (0.0, None))
        if time.monotonic() < until:
            return names
        names = _fetch(kind, base_url, key)
        _known[wanted] = (time.monotonic() + (FOUND_FOR if names else NOT_FOUND_FOR), names)
        return names


def cached(kind: str, base_url: str, key: str = "") -> Offered | None:
    """Return what was last heard from the server, without asking it."""
    return _known.get((kind, base_url, key), (0.0, None))[1]


def forget() -> None:
    """Believe nothing that was heard before."""
    with _lock:
        _known.clear()


def for_talking(names: Offered) -> Offered:
    """Return the names of models that can hold a conversation, as far as names say."""
    return tuple(name for name in names if not any(word in name.lower() for word in NOT_FOR_TALKING))


async def ask(kind: str, base_url: str, key: str = "", seconds: float = 3.0) -> Offered | None:
    """Return the names of the models at `base_url`, asked now; None if it does not say."""
    url, headers = _request(kind, base_url, key)
    try:
        async with httpx2.AsyncClient(timeout=seconds) as client, client.stream("GET", url, headers=headers) as answer:
            end, body = time.monotonic() + seconds, b""
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > MAX_BYTES or time.monotonic() > end:
                    return None
            return _names(body) if answer.is_success else None
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError):
        return None


def _fetch(kind: str, base_url: str, key: str) -> Offered | None:
    url, headers = _request(kind, base_url, key)
    try:
        with httpx2.Client(timeout=SECONDS) as client, client.stream("GET", url, headers=headers) as answer:
            end, body = time.monotonic() + SECONDS, b""
            for part in answer.iter_bytes():
                body += part
                if len(body) > MAX_BYTES or time.monotonic() > end:
                    return None
            return _names(body) if answer.is_success else None
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError):
        return None


def _request(kind: str, base_url: str, key: str) -> tuple[str, dict[str, str]]:
    """Return where a kind of server lists its models, and how it wants to be shown the key."""
    base = base_url.rstrip("/")
    if kind == "anthropic":
        return f"{base}/v1/models", {"Authorization": f"Bearer {key}", "anthropic-version": ANTHROPIC_VERSION}
    if kind == "google":
        return f"{base}/v1beta/models", {"x-goog-api-key": key}
    return f"{base}/models", {"Authorization": f"Bearer {key}"} if key else {}


def _names(body: bytes) -> Offered | None:
    data: Any = from_json(body)
    listed = (data.get("data") or data.get("models")) if isinstance(data, dict) else None
    if not isinstance(listed, list):
        return None
    names = [entry.get("id") or entry.get("name") for entry in listed if isinstance(entry, dict)]
    return tuple(name.removeprefix("models/") for name in names if isinstance(name, str) and name)


def host_of(base_url: str) -> str:
    """Return host and port of a URL, the port always named, so that http and https are told apart."""
    parts = urlsplit(base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{(parts.hostname or '').lower()}:{port}"
