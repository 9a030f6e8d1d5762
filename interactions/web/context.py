"""What every page of ours may need. Nothing here costs a query unless a template asks for it."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from agents.llm import catalog

THEMES = ("light", "dark")


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the theme chosen on this device (empty: the system's), the language model that answers, and what the
    last request offers to undo: the latter two lazily."""
    return {
        "theme": theme_of(request),
        "language_model": SimpleLazyObject(catalog.describe),
        "undo": lambda: request.session.pop("undo", None) if hasattr(request, "session") else None,
    }


def theme_of(request: HttpRequest) -> str:
    """Return the cookie's theme; empty for none or nonsense."""
    theme = request.COOKIES.get("theme", "")
    return theme if theme in THEMES else ""
