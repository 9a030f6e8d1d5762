"""What every page of ours may need. Nothing here costs a query unless a template asks for it."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from agents.llm import catalog

THEMES = ("light", "dark")


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the theme chosen on this device (empty: the system's) and the language model that answers, lazily."""
    return {"theme": theme_of(request), "language_model": SimpleLazyObject(catalog.describe)}


def theme_of(request: HttpRequest) -> str:
    """Return the cookie's theme; empty for none or nonsense."""
    theme = request.COOKIES.get("theme", "")
    return theme if theme in THEMES else ""
