"""PostgreSQL's own programs: which ones are installed, and how they are called."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from interactions.backup.errors import BackupError

# Where Debian and its kin put the programs of each release.
PLACES: Final = Path("/usr/lib/postgresql")
# Parameters of a connection that concern psycopg alone.
NOT_OF_LIBPQ: Final = {
    "client_encoding", "cursor_factory", "context", "prepare_threshold", "autocommit", "row_factory", "isolation_level",
    "password", "options",
}  # fmt: skip


def find(name: str, major: int) -> Path:
    """Return the program `name` of PostgreSQL `major`, or the nearest newer one. Raises `BackupError` where there is
    none: an older one cannot read what a newer server or dump holds."""
    found = sorted((version, path) for path in _places(name) if (version := _major(path)) >= major)
    if not found:
        raise BackupError(
            f"This needs {name} of PostgreSQL {major} or newer, and there is none. "
            f"Install it (apt install postgresql-client-{major}), and have it on the PATH."
        )
    return found[0][1]


def run(program: Path, *arguments: str, params: Mapping[str, Any]) -> None:
    """Run the program on the database that `params` name, as psycopg takes them. Raises `BackupError`."""
    where = {name: value for name, value in params.items() if name not in NOT_OF_LIBPQ and value is not None}
    line = " ".join(f"{name}={_quoted(str(value))}" for name, value in where.items())
    # Not on the command line, where everybody could read it.
    secret = {"PGPASSWORD": str(params["password"])} if params.get("password") else {}
    environ = settings.MEMOS.child_environment(PGCONNECT_TIMEOUT="10", PGAPPNAME="memos-backup", **secret)
    command = [str(program), "--no-password", f"--dbname={line}", *arguments]
    done = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [f"code {done.returncode}"]
        raise BackupError(f"{program.name} failed: {' '.join(said[:3])}")


def _places(name: str) -> Iterator[Path]:
    folders = list(map(Path, os.get_exec_path()))
    folders += sorted(PLACES.glob("*/bin"))
    for path in (folder / name for folder in folders):
        if os.access(path, os.X_OK):
            yield path


def _major(program: Path) -> int:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r"(\d+)(?:\.\d+|devel|beta\d|rc\d)", said)
    return int(found[1]) if found else 0


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
