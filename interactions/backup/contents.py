"""Which files of the data folder belong into a backup: all but those that MemOS makes anew by itself."""

import os
import stat
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Final

from interactions.backup.errors import BackupError

# Names at the top of the data folder. The database has a way of its own into the archive. What is not named here is
# kept: a file too many makes an archive bigger, one too few is lost.
LEFT_OUT: Final = (
    ".*",  # half-made files
    "*.sqlite3",
    "*.sqlite3-*",
    "before-restore-*",
    "processes.*",
    "restore.unfinished",
    "static",
    "tmp*",
    "up.lock",
)


def is_kept(name: PurePosixPath | Path) -> bool:
    """Whether a path, relative to the data folder, belongs into a backup."""
    return bool(name.parts) and not any(fnmatch(name.parts[0], pattern) for pattern in LEFT_OUT)


def kept(folder: Path) -> list[Path]:
    """Return what lies at the top of the data folder and belongs into a backup, but for sockets and pipes."""
    if not folder.is_dir():
        return []
    found = (path for path in sorted(folder.iterdir()) if is_kept(path.relative_to(folder)))
    return [path for path in found if _is_file(path) or path.is_dir()]


def files(folder: Path) -> Iterator[Path]:
    """Yield every file that belongs into a backup. Raises `BackupError` for a link, which would not be followed."""
    for top in kept(folder):
        if not top.is_dir():
            yield top
            continue
        for place, folders, names in os.walk(top):
            folders.sort()
            yield from (path for name in sorted([*folders, *names]) if _is_file(path := Path(place) / name))


def _is_file(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False  # it was being made, and has its place by now
    if stat.S_ISLNK(mode):
        raise BackupError(f"{path} is a link. A backup holds what lies in the data folder itself: put the file there.")
    return stat.S_ISREG(mode)
