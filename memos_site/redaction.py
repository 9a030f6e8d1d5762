"""Takes secrets out of what is logged and out of Django's error pages: keys, tokens, sessions, passwords in addresses.

It is the second lock: nothing of ours logs a secret. But a traceback shows what a library was called with, and a server
may repeat the key that it was sent.
"""

import logging
import re
import traceback
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter
from pydantic import SecretStr

from agents.llm import known_keys
from memos_site.env import env

MASK = "[secret]"
_ENDS = r"""[^\s"',;&<>()]"""
# What stands between a name and its value in headers, JSON, Python's repr, form data, and any of these in HTML.
_IS = r"""(?:["']|&quot;|&\#x27;)?\s*[=:,]\s*b?(?:["']|&quot;|&\#x27;)?\s*"""
_SECRET_NAME = re.compile(r"(?i)key|token|secret|passw|csrf|session")
_PATTERNS = [
    re.compile(pattern)
    for pattern in (
        r"(?P<kept>\bsk-)[A-Za-z0-9_-]{8,}",  # OpenAI, Anthropic and most who speak like them
        r"(?P<kept>\bmemos_)[A-Za-z0-9_-]{40,}",  # our API tokens
        r"(?P<kept>\bAIza)[A-Za-z0-9_-]{20,}",  # Google
        r"(?i)(?P<kept>\bbearer\s+)[A-Za-z0-9._~+/=-]{12,}",
        rf"(?i)(?P<kept>\bauthorization{_IS}(?:(?:bearer|basic|token)\s+)?){_ENDS}+",
        rf"(?i)(?P<kept>\b(?:x-)?(?:goog-)?api[-_]key{_IS}){_ENDS}+",
        rf"(?P<kept>[?&](?:api_key|access_token|key|token)=){_ENDS}+",
        r"(?P<kept>/login/link/[^/\s]+/)[^/\s\"'<&]+",
        r"(?P<kept>\b[a-z][a-z0-9+.-]*://[^\s/:@\"']*:)[^\s/@\"']+(?=@)",  # passwords in addresses
        # Session ids and CSRF tokens, wherever they stand; hexadecimal digits alone are ids and digests.
        r"(?P<kept>)\b(?=[0-9a-f]*[g-z])[0-9a-z]{32}\b",
        r"(?P<kept>)\b(?=[0-9a-f]*[G-Zg-zA-F])[0-9A-Za-z]{64}\b",
    )
]


def mask(text: str) -> str:
    """Return `text` without the secrets in it: those this process knows, and whatever looks like one."""
    for secret in _known(known_keys.known()):
        text = text.replace(secret, MASK)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<kept>{MASK}", text)
    return text


@lru_cache(maxsize=2)
def _known(keys: frozenset[str]) -> list[str]:
    """Return every known secret, as it is and as HTML has it; those that hold others first."""
    configured: Iterable[object] = (getattr(env, name) for name in type(env).model_fields)
    values = {value.get_secret_value().strip() for value in configured if isinstance(value, SecretStr)}
    values |= {settings.SECRET_KEY, *keys}
    long_enough = {value for value in values if len(value) >= known_keys.SHORTEST}
    return sorted(long_enough | {escape(value) for value in long_enough}, key=len, reverse=True)


class Redaction(logging.Filter):
    """Masks a record's message, traceback, stack and further fields, whatever formatter comes after it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, without its secrets."""
        # A message may be a dict, too: structlog passes its events on like that.
        record.msg = _masked(record.msg) if isinstance(record.msg, dict) else mask(record.getMessage())
        record.args = None
        if record.exc_info and record.exc_info[0] is not None:
            # Formatters take this text instead of making one of their own.
            record.exc_text = mask("".join(traceback.format_exception(*record.exc_info)).rstrip())
        elif record.exc_text:
            record.exc_text = mask(record.exc_text)
        if record.stack_info:
            record.stack_info = mask(record.stack_info)
        for name in record.__dict__.keys() - _STANDARD:
            record.__dict__[name] = _masked(record.__dict__[name])
        return True


_STANDARD = logging.makeLogRecord({}).__dict__.keys()


def _masked(value: Any) -> Any:
    """Return `value` with its texts masked; what is neither text nor made of texts stays as it is."""
    match value:
        case str():
            return mask(value)
        case dict():
            return {key: _masked(inner) for key, inner in value.items()}
        case list() | tuple():
            return type(value)(map(_masked, value)) if type(value) in (list, tuple) else value
    return value


def _named(items: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [(name, MASK if _SECRET_NAME.search(str(name)) else value) for name, value in items]


class Reporter(ExceptionReporter):
    """Django's error pages, which MEMOS_DEBUG shows and which show every variable, without the secrets."""

    def get_traceback_data(self) -> dict[str, Any]:
        """Return what the page is made of, without the values of what is called a key, a token or the like."""
        data: dict[str, Any] = super().get_traceback_data()
        for name in ("filtered_POST_items", "request_GET_items", "request_COOKIES_items"):
            if data.get(name):
                data[name] = _named(data[name])
        if query := data.get("request_meta", {}).get("QUERY_STRING"):
            data["request_meta"]["QUERY_STRING"] = mask(f"?{query}")[1:]
        for frame in data["frames"]:
            if frame.get("vars"):
                frame["vars"] = _named(frame["vars"])
        return data

    # Masking puts nothing in that HTML would read as markup.
    def get_traceback_html(self) -> SafeString:
        """Return the page."""
        return mark_safe(mask(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        """Return the page as text."""
        return mark_safe(mask(super().get_traceback_text()))
