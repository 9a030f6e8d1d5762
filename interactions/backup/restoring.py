"""How a backup is restored: unpacked and checked aside, then put in place, whole or not at all."""

import fcntl
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from interactions import installation
from interactions.backup import archive, contents, database
from interactions.backup.errors import BackupError
from interactions.backup.manifest import Manifest
from interactions.backup.swap import Swap


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored. `aside` says where what was there before lies; `warnings` what the person should know."""

    manifest: Manifest
    aside: tuple[str, ...]
    warnings: tuple[str, ...]


def restore(path: Path, *, force: bool = False, unchecked: bool = False) -> Restored:
    """Restore the archive `path`. With `force` what is there already goes aside; with `unchecked` the data may violate
    the invariants. Raises `BackupError`, and then nothing has changed."""
    data = Path(settings.MEMOS.data_dir).resolve()
    with _alone(data):
        target = database.configured()
        if not force and not (target.is_empty() and set(contents.kept(data)) <= {data / "secret.key"}):
            raise BackupError(
                f"There is a MemOS in {data} and its database already. "
                "--force restores nevertheless, and puts what is there aside."
            )
        target.check_free()
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=data) as folder:
            stage = Path(folder)
            manifest = archive.unpack(path, stage)
            _check_fits(manifest, target)
            return _replace(data, stage, manifest, target, unchecked)


def _replace(data: Path, stage: Path, manifest: Manifest, target: database.Database, unchecked: bool) -> Restored:
    dump, new = stage / archive.DATABASE, stage / archive.DATA
    new.mkdir(mode=0o700, exist_ok=True)
    unfinished = installation.unfinished_restore()
    with ExitStack() as undo:
        swap = Swap(f"{timezone.now():%Y%m%dT%H%M%SZ}", undo)
        unfinished.touch(mode=0o600)
        undo.callback(unfinished.unlink)
        url = target.load(dump, swap, undo)
        warnings = _settle(new, url, manifest, unchecked)
        for old in contents.kept(data):
            swap.aside(old)
        for top in contents.kept(new):
            swap.put(top, data / top.name)
        target.place(dump, swap)
        unfinished.unlink()
        undo.pop_all()
    aside = (*map(str, sorted(swap.folders)), *filter(None, [target.kept_as(swap)]))
    return Restored(manifest, aside, warnings)


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Hold the lock of `manage.py up`, so that neither it nor another restore runs on this data folder."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (data / "up.lock").open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
    except BlockingIOError as error:
        raise BackupError(f"MemOS runs on {data}. Stop it first.") from error


def _check_fits(manifest: Manifest, target: database.Database) -> None:
    if manifest.database != target.kind:
        raise BackupError(
            f"The backup is of a {manifest.database} database, and this installation uses {target.kind}: "
            + ("set DATABASE_URL." if target.kind == "sqlite" else "unset DATABASE_URL.")
        )
    known = MigrationLoader(None)
    if newer := installation.unknown_migrations(known, {_key(name) for name in manifest.migrations}):
        raise BackupError(
            f"The backup was made by a newer MemOS ({manifest.version}, it has {newer[-1]}). Update first."
        )
    target.check_fits(manifest)


def _key(migration: str) -> tuple[str, str]:
    app, _, name = migration.partition(".")
    return app, name


def _settle(new: Path, url: str, manifest: Manifest, unchecked: bool) -> tuple[str, ...]:
    """Bring what was restored to this version and check it, in a process that knows only the restored secret."""
    environ = settings.MEMOS.child_environment(MEMOS_DATA_DIR=str(new), **({"DATABASE_URL": url} if url else {}))
    command = [sys.executable, "-m", "interactions.backup.settling"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"code {done.returncode}"]
        raise BackupError(f"The backup cannot be brought to this version: {lines[-1]}")
    said: dict[str, Any] = json.loads(done.stdout)
    violations: list[str] = said["violations"]
    if violations and not unchecked:
        raise BackupError(
            f"The data in the backup violate what must always hold ({len(violations)} times; {violations[0]}). "
            "--unchecked restores them nevertheless."
        )
    warnings = [f"Violated: {violation}" for violation in violations]
    if said["secret"] != manifest.secret:
        warnings.append(
            "The stored model keys were sealed with another secret. "
            "Set MEMOS_SECRET_KEY to what it was where the backup was made, or enter the keys again."
        )
    return tuple(warnings)
