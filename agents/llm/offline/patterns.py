"""How people say things: the regular expressions of patterns.toml, compiled."""

import re
import tomllib
from pathlib import Path
from typing import Any

Ordered = tuple[tuple[str, re.Pattern[str]], ...]


def _read() -> dict[str, Any]:
    with (Path(__file__).parent / "patterns.toml").open("rb") as file:
        return tomllib.load(file)


_DATA = _read()
_PARTS = {f"«{name}»": f"(?:{'|'.join(forms)})" for name, forms in _DATA["parts"].items()}


def _compiled(alternatives: list[str]) -> re.Pattern[str]:
    whole = "|".join(alternatives)
    for name, part in _PARTS.items():
        whole = whole.replace(name, part)
    return re.compile(whole, re.I)


def part(name: str) -> str:
    """Return the source of the piece that other patterns name «name»."""
    return _PARTS[f"«{name}»"]


MOVES: Ordered = tuple((kind, _compiled(forms)) for kind, forms in _DATA["moves"].items())
QUESTIONS: Ordered = tuple((kind, _compiled(forms)) for kind, forms in _DATA["questions"].items())
# Questions that name no thing, and what the memory that answers them says.
RELATIONS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (_compiled(one["asked"]), _compiled(one["answered"])) for one in _DATA["relations"]
)


def pattern(module: str, name: str) -> re.Pattern[str]:
    """Return the pattern that `module` calls `name`. Raises `KeyError` when there is none."""
    return _compiled(_DATA["others"][module][name])
