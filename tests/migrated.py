"""A migrated, empty database to begin with: seconds that the first start of every MemOS under test would take anew."""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
NAME: Final = "memos.sqlite3"


def fill(data_dir: Path) -> None:
    """Put the database into a data folder that has none. What else a first start makes, it makes itself."""
    data_dir.mkdir(parents=True, exist_ok=True)
    if not (data_dir / NAME).exists():
        shutil.copyfile(_database(), data_dir / NAME)


def replace(database: Path) -> None:
    """Put the database where `database` says, in place of one that is there. Nobody may have that open."""
    for tail in ("-wal", "-shm"):
        database.with_name(database.name + tail).unlink(missing_ok=True)
    database.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_database(), database)


@cache
def _database() -> Path:
    """Return the file, made by the first of all test processes that asks for it."""
    place = ROOT / "build" / f"migrated-{_digest()}.sqlite3"
    place.parent.mkdir(exist_ok=True)
    with (place.parent / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            _make(place)
    return place


def _make(place: Path) -> None:
    with tempfile.TemporaryDirectory(dir=place.parent) as folder:
        env = {
            **os.environ,
            "MEMOS_DATA_DIR": folder,
            "DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "memos_site.settings",
        }
        command = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"]
        subprocess.run(command, env=env, cwd=ROOT, check=True, timeout=120)
        whole = Path(folder) / "whole.sqlite3"
        with closing(sqlite3.connect(Path(folder) / NAME)) as made, closing(sqlite3.connect(whole)) as copy:
            made.backup(copy)  # with what is still in the write-ahead log
        whole.replace(place)


def _digest() -> str:
    """Another one when migrations change, ours or those of a library."""
    digest = hashlib.sha256((ROOT / "requirements" / "base.txt").read_bytes())
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]
