"""SQLite: copied by its own online backup, which sees one moment and keeps no writer waiting."""

import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.db import connection

from interactions.backup.errors import BackupError
from interactions.backup.manifest import Manifest
from interactions.backup.swap import Swap


class SqliteDatabase:
    """The file that the settings name."""

    kind: Literal["sqlite"] = "sqlite"
    server = 0

    def __init__(self) -> None:
        self.path = Path(settings.DATABASES["default"]["NAME"])

    def dump(self, to: Path) -> None:
        """Copy the database as it is at one moment. Raises `BackupError` when there is none."""
        if not self.path.exists():
            raise BackupError(f"There is no database at {self.path}.")
        try:
            with closing(_open(self.path)) as source, closing(_open(to)) as copy:
                source.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.Error as error:
            raise BackupError(f"The database {self.path} cannot be copied: {error}.") from error

    def is_empty(self) -> bool:
        """Whether nothing would be replaced."""
        return not self.path.exists() or not self.path.stat().st_size

    def check_free(self) -> None:
        """Raise `BackupError` while a process has the database open."""
        if self.is_empty():
            return
        connection.close()
        try:
            # Leaving WAL needs the file alone. It also puts what lies in the -wal file into the database.
            with closing(_open(self.path)) as mine:
                mine.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError as error:
            raise BackupError(f"The database {self.path} is in use ({error}). Stop MemOS first.") from error
        except sqlite3.DatabaseError:
            return  # it is no database (any more), and makes way

    def check_fits(self, manifest: Manifest) -> None:
        """Every archive of the same kind fits."""

    def load(self, dump: Path, swap: Swap, undo: ExitStack) -> str:
        """Look whether the dump is sound; it takes its place at the end. Return the address of the database to check.

        Raises `BackupError`.
        """
        try:
            with closing(_open(dump)) as copy:
                (said,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.Error as error:
            said = str(error)
        if said != "ok":
            raise BackupError(f"The database in the archive is damaged: {said}.")
        return f"sqlite:///{dump}"

    def place(self, dump: Path, swap: Swap) -> None:
        """Put the dump where the settings say, and what was there aside."""
        with closing(_open(dump)) as copy:
            copy.execute("PRAGMA journal_mode=DELETE")  # in one file
        for tail in ("-wal", "-shm", "-journal"):
            swap.aside(self.path.with_name(self.path.name + tail))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        swap.put(dump, self.path)

    def kept_as(self, swap: Swap) -> str:
        """Say where the replaced database is: with the files."""
        return ""


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=5)
