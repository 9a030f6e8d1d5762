"""An installation taken apart: each process by itself, a proxy on every way between them.

`tests/stack.py` runs what `manage.py up` gives a person. Here nobody starts again what a test ends, there may be
several workers, the database may be PostgreSQL, and each connection can be cut: from browsers to the web server, from
all to Redis, from the web server and from workers to the database, from workers to the model.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

import httpx
import redis

from agents import failpoints
from memos_site.supervisor.redis_server import find_program
from tests import migrated
from tests.plain_client import PlainClient
from tests.proxy import Proxy
from tests.stack import LEASH, OURS, ROOT, free_port, kill_group

WITHIN: Final = 30.0
# Quick ends to whatever waits, so that a test need not.
QUICK: Final = {
    "MEMOS_LEASE_SECONDS": "2",
    "MEMOS_SWEEP_SECONDS": "0.5",
    "MEMOS_RUN_SECONDS": "30",
    "MEMOS_MODEL_IDLE": "1.5",
    "MEMOS_MODEL_DEADLINE": "20",
    "MEMOS_MODEL_MAX_CHARS": "20000",
    "MEMOS_MODEL_RETRIES": "1",
    "MEMOS_DATABASE_WAIT": "3",
    "MEMOS_MESSAGES_PER_MINUTE": "100000",
    "MEMOS_LOG_LEVEL": "INFO",
}
CHECKER: Final = """
import json, sys, django
django.setup()
from django.db import connection
from interactions.invariants import violations
for line in sys.stdin:
    print(json.dumps(list(violations())), flush=True)
    connection.close()
"""


class SystemFailed(AssertionError):
    """The installation did not do what the test needs; the message ends with its log."""


class Part:
    """One process, in a group of its own. Start it in the main thread: it ends with the thread that started it."""

    def __init__(self, name: str, command: tuple[str, ...], env: dict[str, str], log: Path, wrap: tuple[str, ...] = ()):
        self.name, self.command, self.env, self.log, self.wrap = name, command, env, log, wrap
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def is_alive(self) -> bool:
        """Whether it runs, or is stopped."""
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        """Its process id, which is its group's, too."""
        assert self.process is not None, f"{self.name} was not started"
        return self.process.pid

    def start(self) -> None:
        """Start it, unless it runs."""
        if self.is_alive:
            return
        leash = (sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), "exec")
        with self.log.open("ab") as log:
            log.write(f"--- {self.name} starts\n".encode())
            log.flush()
            self.process = subprocess.Popen(
                (*leash, *self.wrap, *self.command),
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def signal(self, number: int) -> None:
        """Send a signal to its whole group."""
        kill_group(self.pid, number)

    def kill(self) -> None:
        """End its whole group at once and wait for that."""
        if self.process is not None:
            self.signal(signal.SIGKILL)
            self.process.wait(10)

    def end(self, seconds: float = 15) -> int:
        """Ask it to end and return its exit code; what does not end in time is killed and is an error."""
        assert self.process is not None
        self.process.terminate()
        self.signal(signal.SIGCONT)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise SystemFailed(f"{self.name} did not end within {seconds:.0f} s") from None


class System:
    """Redis, web and workers on a folder of their own.

    `model` is the port of a model server on this machine, `data` a data folder elsewhere, `wrap` what stands before
    each command.
    """

    def __init__(
        self,
        folder: Path,
        model: int,
        *,
        workers: int = 2,
        database_url: str = "",
        data: Path | None = None,
        wrap: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
    ) -> None:
        self.folder, self.data, self.log_path = folder, data or folder / "data", folder / "log"
        for needed in (self.folder, self.data):
            needed.mkdir(parents=True, exist_ok=True)
        self.failpoint = folder / "failpoint"
        self.database_url = database_url
        self.wrap = wrap
        self._stack = ExitStack()
        self._redis_port, self._web_port = free_port(), free_port()
        self.to_redis, self.to_web, self.to_model = Proxy(self._redis_port), Proxy(self._web_port), Proxy(model)
        database = urlsplit(database_url).port or 0
        self.web_to_database, self.worker_to_database = Proxy(database), Proxy(database)
        self._extra = env or {}
        self._worker_count = workers
        self.workers: list[Part] = []

    # -- its life

    def __enter__(self) -> Self:
        for proxy in self.proxies:
            self._stack.enter_context(proxy)
        self._make()
        self._stack.callback(self._kill_all)
        try:
            self.redis.start()
            if not self.database_url:
                migrated.fill(self.data)
            self._run("prepare", timeout=120)
            for part in self.parts:
                part.start()
            self.wait_for(self.is_healthy, "a healthy web server", 60)
            self.client = self._stack.enter_context(PlainClient(self.url, self._run("create_token", "admin")))
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _make(self) -> None:
        inherited = {name: value for name, value in os.environ.items() if not OURS.match(name)}
        own = {
            "MEMOS_DATA_DIR": str(self.data),
            "MEMOS_PORT": str(self.to_web.port),
            "MEMOS_TESTING": "1",
            "MEMOS_FAILPOINT": f"@{self.failpoint}",
            "MEMOS_MODEL": "openai:stub",
            "OPENAI_BASE_URL": f"http://127.0.0.1:{self.to_model.port}/v1",
            "OPENAI_API_KEY": "k",
            "REDIS_URL": f"redis://127.0.0.1:{self.to_redis.port}/0",
            "DATABASE_URL": self.database_url,
            "DJANGO_SETTINGS_MODULE": "memos_site.settings",
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": str(ROOT),
        }
        self.env = {**inherited, **QUICK, **own, **self._extra}
        options = ("--port", str(self._redis_port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder))
        self.redis = Part("redis", (find_program(), *options, "--loglevel", "warning"), self.env, self.log_path)
        self.web = self._python("web", self.web_to_database, "-m", "memos_site.server", "-v", "0", *self._web_options())
        self.workers = [self._worker(n) for n in range(1, self._worker_count + 1)]

    def _web_options(self) -> tuple[str, ...]:
        closing = ("--application-close-timeout", "2")
        return ("-b", "127.0.0.1", "-p", str(self._web_port), *closing, "memos_site.asgi:application")

    def _worker(self, number: int) -> Part:
        name = f"worker{number}"
        return self._python(name, self.worker_to_database, "-m", "memos_site.worker", f"{name}@test")

    def _python(self, name: str, to_database: Proxy, *command: str) -> Part:
        env = {**self.env, "DATABASE_URL": self._through(to_database)}
        return Part(name, (sys.executable, *command), env, self.log_path, self.wrap)

    def _through(self, proxy: Proxy) -> str:
        if not self.database_url:
            return ""
        return self.database_url.replace(f":{proxy.upstream}/", f":{proxy.port}/")

    def _kill_all(self) -> None:
        for part in (*self.parts, self.redis):
            part.kill()

    # -- what a test sees

    @property
    def url(self) -> str:
        """Where browsers find it, without a slash at the end."""
        return f"http://127.0.0.1:{self.to_web.port}"

    @property
    def proxies(self) -> list[Proxy]:
        """All proxies."""
        return [self.to_redis, self.to_web, self.to_model, self.web_to_database, self.worker_to_database]

    @property
    def parts(self) -> list[Part]:
        """The web server and the workers."""
        return [self.web, *self.workers]

    @property
    def log(self) -> str:
        """What all processes have said so far."""
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    @property
    def token(self) -> str:
        """The administrator's token."""
        return self.client.headers["Authorization"].removeprefix("Bearer ")

    @property
    def direct_redis(self) -> "redis.Redis":
        """A client of its Redis that goes through no proxy."""
        return redis.Redis(port=self._redis_port, socket_timeout=5)

    def is_healthy(self) -> bool:
        """Whether /healthz says “ok”."""
        try:
            return bool(httpx.get(f"{self.url}/healthz", timeout=3).json()["status"] == "ok")
        except (httpx.HTTPError, ValueError):
            return False

    def wait_for(self, condition: Callable[[], Any], what: str, seconds: float = WITHIN) -> Any:
        """Return the first true value of `condition`, asked every 50 ms. Raises `SystemFailed` after `seconds`."""
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            if time.monotonic() > deadline:
                raise SystemFailed(f"no sign of {what} within {seconds:.0f} s. The log:\n{self.log[-6000:]}")
            time.sleep(0.05)
        return value

    # -- what a test does

    def arm(self, place: str, action: str) -> None:
        """Arm a failpoint; the first process to hit it takes it."""
        assert place in failpoints.NAMES and action in failpoints.ACTIONS
        draft = self.failpoint.with_suffix(".new")
        draft.write_text(f"{place}:{action}")
        draft.rename(self.failpoint)

    def wait_hit(self, seconds: float = WITHIN) -> None:
        """Wait until somebody has hit the armed failpoint."""
        self.wait_for(lambda: not self.failpoint.exists(), "a hit of the failpoint", seconds)

    def wait_dead(self, *parts: Part) -> Part:
        """Return the first of `parts` (all, when none is named) that has ended."""
        dead: Part = self.wait_for(
            lambda: next((p for p in parts or self.parts if not p.is_alive), None), "a dead process"
        )
        return dead

    def wait_stopped(self, *parts: Part) -> Part:
        """Return the first of `parts` (all, when none is named) that SIGSTOP holds."""

        def is_stopped(part: Part) -> bool:
            return "\nState:\tT" in Path(f"/proc/{part.pid}/status").read_text()

        stopped: Part = self.wait_for(
            lambda: next((p for p in parts or self.parts if is_stopped(p)), None), "a stopped process"
        )
        return stopped

    def freeze(self, part: Part) -> None:
        """SIGSTOP it between two transactions: SQLite has one lock for all writers, and would wait with it."""
        while True:
            part.signal(signal.SIGSTOP)
            if self.database_url or self._can_write():
                return
            part.signal(signal.SIGCONT)
            time.sleep(0.02)

    def _can_write(self) -> bool:
        with closing(sqlite3.connect(self.data / "memos.sqlite3", timeout=0.3, isolation_level=None)) as database:
            try:
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
        return True

    def mend(self) -> None:
        """Make everything as it was at the start: no failpoint, proxies that pass, all processes running and well."""
        self.revive()
        self.wait_for(self.is_healthy, "a healthy web server", 60)

    def revive(self) -> None:
        """Like `mend`, without waiting for what was started."""
        self.failpoint.unlink(missing_ok=True)
        for proxy in self.proxies:
            proxy.heal()
        for part in (self.redis, *self.parts):
            if part.is_alive:
                part.signal(signal.SIGCONT)
            part.start()

    def manage(self, *arguments: str) -> str:
        """Run `manage.py` on the same data, past the proxies. Raises `SystemFailed` when it fails."""
        return self._run(*arguments)

    def check(self) -> None:
        """Run the checker of invariants. Raises `SystemFailed` with what it found."""
        if self._checker is None:
            self._checker = self._start_checker()
        assert self._checker.stdin and self._checker.stdout
        self._checker.stdin.write("check\n")
        self._checker.stdin.flush()
        line = self._checker.stdout.readline()
        if not line:
            raise SystemFailed(f"the checker died. The log:\n{self.log[-6000:]}")
        if found := json.loads(line):
            raise SystemFailed("\n".join(found))

    _checker: "subprocess.Popen[str] | None" = None

    def _start_checker(self) -> "subprocess.Popen[str]":
        leash = (sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), "exec", *self.wrap)
        with self.log_path.open("ab") as log:
            checker = subprocess.Popen(
                (*leash, sys.executable, "-c", CHECKER),
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )

        def end() -> None:
            checker.kill()
            checker.communicate()

        self._stack.callback(end)
        return checker

    def _run(self, *arguments: str, timeout: float = 60) -> str:
        done = subprocess.run(
            [*self.wrap, sys.executable, str(ROOT / "manage.py"), *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if done.returncode:
            raise SystemFailed(f"manage.py {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
        return done.stdout.strip()
