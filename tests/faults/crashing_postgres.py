"""A PostgreSQL that a test crashes and starts again, and that keeps what it has committed."""

from typing import Self

from tests.postgres_server import PrivatePostgres


class CrashingPostgres(PrivatePostgres):
    """Durable, unlike its base: after a crash everything committed is there."""

    def __enter__(self) -> Self:
        super().__enter__()
        self._ctl("stop", "-m", "fast")
        self.start()
        return self

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._port)

    def ensure(self) -> None:
        """Start it if it was crashed."""
        if not (self._data / "postmaster.pid").exists():
            self.start()

    def crash(self) -> None:
        """End it as a crash would: no checkpoint, every connection broken off."""
        self._ctl("stop", "-m", "immediate")

    def start(self) -> None:
        """Start it; it recovers from its log first."""
        options = f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
        self._ctl("start", "-l", str(self._folder / "log"), "-o", options)

    def break_connections(self) -> None:
        """Let the server end every connection to it, as an administrator does."""
        self._run("psql", "-X", "-q", "-d", self.url, "-c", TERMINATE)

    def _ctl(self, what: str, *options: str) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-w", what, *options)


TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'memos'"
