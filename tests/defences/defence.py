"""One defence, and who notices that it is gone."""

from typing import NamedTuple


class Defence(NamedTuple):
    """What protects from a row's fault: `code` in `path`, replaced by `without`; `tests` (and `-k chosen`) notice."""

    row: str
    path: str
    code: str
    without: str
    tests: str
    chosen: str = ""
    # Where two defences stand behind one another, the second: path, code, and what replaces it.
    behind: tuple[str, str, str] | None = None
