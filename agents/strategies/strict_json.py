"""How a plan is read: strictly, since a name that is given twice would be shown as one thing and done as another."""

import json
import re
from typing import Any

from pydantic_core import from_json

# Signs that no database takes and no page shows; tabs and line ends stay.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def clean(text: str) -> str:
    """Return a model's text without NUL, control signs and lone surrogates."""
    return _UNPRINTABLE.sub("", text)


def read(text: str) -> Any:
    """Return the value that `text` is JSON of, its strings cleaned and stripped.

    Raises `ValueError` for what is no JSON, NaN and infinity among it, and for a name that one object gives twice.
    """
    value = from_json(text, allow_inf_nan=False)  # bounds the nesting, too
    json.loads(text, object_pairs_hook=_once)
    return _cleaned(value)


def _once(pairs: list[tuple[str, Any]]) -> None:
    names: set[str] = set()
    for name, _value in pairs:
        if name in names:
            raise ValueError(f'"{clean(name)[:40]}" is given twice')
        names.add(name)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value).strip()
    if isinstance(value, dict):
        return {clean(str(key)): _cleaned(item) for key, item in value.items()}
    return [_cleaned(item) for item in value] if isinstance(value, list) else value
