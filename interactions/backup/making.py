"""How a backup is made, while MemOS runs: first the database, then the files, so that no row lacks its file."""

import tempfile
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from interactions.backup import archive, contents, database
from interactions.backup.errors import BackupError
from interactions.backup.manifest import Manifest, secret_mark


def make(path: Path) -> tuple[Path, Manifest]:
    """Write a backup to `path`, which must not exist; into it, under a name with the time, where it is a folder.

    Return the file and what is in it. Raises `BackupError`.
    """
    path = path.resolve()
    if path.is_dir():
        path /= f"memos-{timezone.now():%Y%m%dT%H%M%SZ}.tar.zst"
    _check(path)
    data = Path(settings.MEMOS.data_dir).resolve()
    source = database.configured()
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            dump = Path(folder) / archive.DATABASE
            migrations = _migrations()
            source.dump(dump)
            with archive.writing(path) as writer:
                writer.add(archive.DATABASE, dump)
                for file in contents.files(data):
                    writer.add(f"{archive.DATA}/{file.relative_to(data).as_posix()}", file)
                made = Manifest(
                    version=settings.VERSION,
                    database=source.kind,
                    server=source.server,
                    migrations=migrations,
                    secret=secret_mark(),
                    members=writer.members,
                )
                writer.close(made)
    except OSError as error:
        raise BackupError(f"The backup cannot be written: {error}.") from error
    return path, made


def _check(path: Path) -> None:
    if path.exists():
        raise BackupError(f"{path} is there already. Name another file, or a folder.")
    if not path.parent.is_dir():
        raise BackupError(f"There is no folder {path.parent}.")
    if path.is_relative_to(Path(settings.MEMOS.data_dir).resolve()):
        raise BackupError("A backup inside the data folder would be lost with it. Name a file somewhere else.")


def _migrations() -> tuple[str, ...]:
    """The schema that the database has now."""
    try:
        applied = MigrationRecorder(connection).applied_migrations()
    except DatabaseError as error:
        raise BackupError(f"The database cannot be read: {error}") from error
    if not applied:
        raise BackupError("There is nothing to back up: the database is empty.")
    return tuple(sorted(f"{app}.{name}" for app, name in applied))
