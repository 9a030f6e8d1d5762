"""How bodies are read: JSON only, whole, and without characters that a database or a page would choke on."""

import json
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser

from interactions.api.errors import ApiError


class StrictJson(Parser):
    """Reads JSON bodies. Refuses other types (415), NaN, names given twice, NUL and lone surrogates (400)."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Return the body's object. Raises `ApiError`."""
        if request.content_type != "application/json":
            raise ApiError(415, "not_json", "Send the body as application/json.")
        try:
            body = json.loads(request.body, object_pairs_hook=_once, parse_constant=_no_constant)
            if not isinstance(body, dict):
                raise ApiError(400, "invalid_json", "The body has to be a JSON object.")
            refuse_bad_text(body)
        except (ValueError, RecursionError):
            raise ApiError(400, "invalid_json", "The body is no valid JSON.") from None
        return body


def refuse_bad_text(value: Any, path: str = "") -> None:
    """Raise `ApiError` for a NUL or a lone surrogate anywhere in `value`, naming the field."""
    if isinstance(value, dict):
        for key, item in value.items():
            refuse_bad_text(key, path)
            refuse_bad_text(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            refuse_bad_text(item, f"{path}.{number}")
    elif isinstance(value, str) and not is_storable(value):
        message = f"{_printable(path) or 'The body'}: NUL and lone surrogates are not allowed in a text."
        raise ApiError(400, "invalid_text", message, _printable(path) or None)


def is_storable(text: str) -> bool:
    """Return whether `text` can be stored and shown: no NUL, and encodable."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _printable(path: str) -> str:
    return path.encode("utf-8", "replace").decode()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
