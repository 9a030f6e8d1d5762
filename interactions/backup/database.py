"""Which database this installation has, seen as what is to be backed up or replaced."""

from contextlib import ExitStack
from pathlib import Path
from typing import Literal, Protocol

from django.db import connection

from interactions.backup.manifest import Manifest
from interactions.backup.postgres import PostgresDatabase
from interactions.backup.sqlite import SqliteDatabase
from interactions.backup.swap import Swap


class Database(Protocol):
    """One kind of database. Every method but `is_empty`, `place` and `kept_as` raises `BackupError`."""

    server: int

    @property
    def kind(self) -> Literal["sqlite", "postgresql"]:
        """The kind, as the manifest says it."""

    def dump(self, to: Path) -> None:
        """Write what is stored at one moment into the file `to`, while others go on writing."""

    def is_empty(self) -> bool:
        """Whether a restore would replace nothing."""

    def check_free(self) -> None:
        """Refuse while somebody else uses the database."""

    def check_fits(self, manifest: Manifest) -> None:
        """Refuse what this server, with the programs that are there, cannot take."""

    def load(self, dump: Path, swap: Swap, undo: ExitStack) -> str:
        """Make the dump a database that can be looked at; return its DATABASE_URL, "" for the configured one."""

    def place(self, dump: Path, swap: Swap) -> None:
        """Give the loaded database its place, now that it is good."""

    def kept_as(self, swap: Swap) -> str:
        """Say where the replaced one is, where that is not with the files."""


def configured() -> Database:
    """Return the database of the settings."""
    return PostgresDatabase() if connection.vendor == "postgresql" else SqliteDatabase()
