"""Puts restored files in the place of others, which go aside and are never deleted; undone when something fails."""

import os
import shutil
from contextlib import ExitStack
from pathlib import Path

from interactions.backup.archive import sync_folder


class Swap:
    """One restore's changes of files. `stamp` names what goes aside; `undo` gets the way back of each step."""

    def __init__(self, stamp: str, undo: ExitStack) -> None:
        self.name = f"before-restore-{stamp}"
        self.undo = undo
        self.folders: set[Path] = set()

    def aside(self, path: Path) -> None:
        """Move `path`, if it is there, into a folder beside it."""
        if not os.path.lexists(path):
            return
        folder = path.parent / self.name
        folder.mkdir(mode=0o700, exist_ok=True)
        self._move(path, folder / path.name)
        self.folders.add(folder)

    def put(self, new: Path, path: Path) -> None:
        """Move `new` to `path`, and what was there aside."""
        self.aside(path)
        self._move(new, path)

    def _move(self, old: Path, new: Path) -> None:
        if old.stat().st_dev == new.parent.stat().st_dev:
            old.rename(new)
            self.undo.callback(new.rename, old)
        else:
            shutil.move(old, new)
            self.undo.callback(shutil.move, new, old)
        sync_folder(new.parent)
        sync_folder(old.parent)
