"""What went wrong with a model server, in sentences for people. They say what to do and never hold the key."""

import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone
from pydantic_core import from_json

from agents.errors import (
    ModelAnswerBroken,
    ModelError,
    ModelKeyRefused,
    ModelNotFound,
    ModelOverloaded,
    ModelRefused,
    ModelUnreachable,
)

SETTINGS = "Settings → Models"
MODEL_MISSING_CODES = {"model_not_found", "model_not_exist", "invalid_model"}


class NoEndpoint(ModelNotFound):
    """The server is there, but at this address it does not talk to models."""


class NoSuchModel(ModelNotFound):
    """The server does not know the model."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which model, where. `key` is there to be taken out of whatever a server says."""

    address: str
    model: str
    key: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        """The host, with its port where that is not the scheme's own."""
        return urlsplit(self.address).netloc

    def clean(self, text: str) -> str:
        """Return what a server said, short, on one line and without the key."""
        text = text.replace(self.key, "…") if self.key else text
        text = " ".join(text.replace("\x00", "").split())
        return text if len(text) <= 240 else text[:239] + "…"


def unreachable(place: Place, error: BaseException) -> ModelUnreachable:
    """Nothing was heard from the server."""
    return ModelUnreachable(
        f"The model server at {place.address} did not answer ({reason(error)}). Is it running? "
        f"Check the address in {SETTINGS}, then retry."
    )


def cut(place: Place) -> ModelAnswerBroken:
    """The connection ended before the answer did."""
    return ModelAnswerBroken(f"The connection to {place.host} was cut in the middle of the answer. Retry.")


def nonsense(place: Place) -> ModelAnswerBroken:
    """Something came that is no part of an answer."""
    return ModelAnswerBroken(
        f"{place.host} sent something that is no model's answer. Retry; if it happens again, check in {SETTINGS} "
        "that the address is that of an OpenAI-compatible server."
    )


def no_endpoint(place: Place) -> NoEndpoint:
    """The server is there, but does not talk to models at this address."""
    forgot = "" if urlsplit(place.address).path.strip("/") else " Did you forget /v1?"
    return NoEndpoint(f"There is no chat endpoint at {place.address}.{forgot} Check the address in {SETTINGS}.")


def no_model(place: Place, offered: Sequence[str] = ()) -> NoSuchModel:
    """The server does not know the model."""
    names = ", ".join(offered[:12]) + (", …" if len(offered) > 12 else "")
    offers = f" It offers: {names}." if offered else ""
    return NoSuchModel(f"{place.host} has no model named “{place.model}”.{offers} Choose one in {SETTINGS}.")


def refused(place: Place, status: int, body: object, headers: Mapping[str, str]) -> ModelError:
    """The server answered with an HTTP status that is no success; `body` is its text, or that as JSON read."""
    said, code = server_said(body)
    said = place.clean(said)
    detail = f": {said.rstrip('.')}" if said else ""
    if status in (301, 302, 307, 308):
        to = place.clean(headers.get("location", "another address"))
        return ModelRefused(f"{place.address} has moved to {to}. Enter the new address in {SETTINGS}.")
    if status in (401, 403):
        if not place.key:
            return ModelKeyRefused(f"{place.host} asks for a key. Enter one in {SETTINGS}, then retry.")
        return ModelKeyRefused(f"The key was refused by {place.host}{detail}. Enter a valid key in {SETTINGS}.")
    if status in (400, 404, 405) and (missing := _missing(place, status, said, code)):
        return missing
    if status == 402 or code == "insufficient_quota":
        return ModelRefused(f"The account at {place.host} has no credit left{detail}. Top it up, then retry.")
    if status in (408, 409, 425, 429) or status >= 500:
        return _overloaded(place, status, detail, headers)
    return ModelRefused(f"{place.host} refused the request (HTTP {status}{detail}). Try another model in {SETTINGS}.")


def _missing(place: Place, status: int, said: str, code: str) -> ModelNotFound | None:
    about = said.lower()
    denied = any(word in about for word in ("not found", "not exist", "no such", "unknown", "no model", "model:"))
    if code in MODEL_MISSING_CODES or ("model" in about and (status == 404 or denied)):
        return no_model(place)
    return no_endpoint(place) if status in (404, 405) else None


def _overloaded(place: Place, status: int, detail: str, headers: Mapping[str, str]) -> ModelOverloaded:
    wait = retry_after(headers)
    when = f"in {wait:.0f} s" if wait else "in a little while"
    what = "gets more requests than it allows" if status == 429 else "has a problem of its own"
    error = ModelOverloaded(f"{place.host} {what} (HTTP {status}{detail}). Retry {when}.")
    error.retry_after = wait
    return error


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a Retry-After header asks to wait, from a number or a date."""
    value = headers.get("retry-after", "")
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - timezone.now()).total_seconds()
        except (ValueError, TypeError):  # no date, or one without a zone
            return None
    return max(0.0, seconds) if isfinite(seconds) else None


def server_said(body: object) -> tuple[str, str]:
    """Return the message and the code in the body of an error, as far as there are any."""
    data: Any = body
    if isinstance(body, str):
        try:
            data = from_json(body)
        except ValueError:
            return ("" if body.lstrip().startswith("<") else body), ""
    if isinstance(data, list):  # Google wraps its errors in a list
        data = data[0] if data else {}
    error = data.get("error", data) if isinstance(data, dict) else data
    if not isinstance(error, dict):
        return str(error or ""), ""
    message = error.get("message") or error.get("detail") or ""
    return message if isinstance(message, str) else str(message), str(error.get("code") or error.get("type") or "")


def reason(error: BaseException) -> str:
    """Return why a connection failed, in two or three words, from the chain of causes."""
    words: dict[type[BaseException], str] = {
        ConnectionRefusedError: "connection refused",
        ConnectionResetError: "connection reset",
        socket.gaierror: "there is no such host",
        ssl.SSLCertVerificationError: "its certificate could not be verified",
        ssl.SSLError: "no secure connection was possible",
        TimeoutError: "no answer in time",
    }
    found = ""
    for cause in _causes(error):
        found = next((text for kind, text in words.items() if isinstance(cause, kind)), found)
        if not found and "Timeout" in type(cause).__name__:
            found = "no answer in time"
    return found or "the connection was closed"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            yield from error.exceptions
        error = error.__cause__ or error.__context__
