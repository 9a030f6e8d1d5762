"""MemOS as a whole, in real processes: what `manage.py up` gives a person, on a port and a data folder of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import psutil

from tests import migrated

ROOT: Final = Path(__file__).resolve().parent.parent
LEASH: Final = ROOT / "memos_site" / "supervisor" / "leash.py"
READY_WITHIN: Final = 40.0
STOPPED_WITHIN: Final = 30.0
OURS: Final = re.compile(
    r"MEMOS_|OPENAI_|ANTHROPIC_|GOOGLE_|GEMINI_|OLLAMA_|DATABASE_URL$|REDIS_URL$|DJANGO_|PYTEST_|OTEL_"
)


class StackError(AssertionError):
    """The stack did not do what the test needs; the message holds its log."""


class Stack:
    """A supervisor with its children. `env` are further variables for all of them.

    Start it in the main thread: the kernel ends it with the thread that started it, so that even a killed test run
    leaves nothing behind.
    """

    # Where there is no database yet, it finds one that is migrated and empty.
    begins_migrated = True

    def __init__(self, data_dir: Path, **env: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.log_path = data_dir.parent / f"{data_dir.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        inherited = {name: value for name, value in os.environ.items() if not OURS.match(name)}
        own = {
            "MEMOS_DATA_DIR": str(data_dir),
            "MEMOS_PORT": str(self.port),
            "MEMOS_TESTING": "1",
            "MEMOS_MODEL": "offline",
            "MEMOS_OFFLINE_PACE": "0.002",
        }
        self.env = {**inherited, **own, **env}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def websocket_url(self) -> str:
        """The address for sockets, without a slash at the end."""
        return f"ws://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What all processes have said so far."""
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    @property
    def login_link(self) -> str:
        """The link that was printed; it works once."""
        found = re.findall(r"http\S+/login/link/\S+", self.log)
        if not found:
            raise self._error("no sign-in link was printed")
        return str(found[-1])

    @property
    def status(self) -> dict[str, Any]:
        """What `processes.json` says; empty while nothing runs."""
        try:
            status: dict[str, Any] = json.loads((self.data_dir / "processes.json").read_text())
        except FileNotFoundError:
            return {}
        return status

    @property
    def processes(self) -> dict[str, int]:
        """The process ids by name: supervisor, redis, worker, web."""
        return dict(self.status.get("processes", {}))

    @property
    def is_ready(self) -> bool:
        """Whether this one, and not a killed one before it, says that it serves."""
        status, pid = self.status, self.process.pid if self.process else 0
        return bool(status.get("is_ready")) and status["processes"]["supervisor"] == pid

    @property
    def redis_url(self) -> str:
        """The stack's Redis."""
        return str(self.status["redis"])

    def pid(self, name: str) -> int:
        """Return the process id of `name`, waiting for one that is being restarted."""
        return int(self.wait_for(lambda: self.processes.get(name, 0), f"a process called {name}"))

    def start(self) -> None:
        """Start it, and return when it serves."""
        if self.begins_migrated and not self.env.get("DATABASE_URL"):
            migrated.fill(self.data_dir)
        self.launch()
        self.wait_for(lambda: self.is_ready, "readiness", READY_WITHIN)

    def launch(self) -> None:
        """Start it, and return at once."""
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        up = [sys.executable, str(ROOT / "manage.py"), "up"]
        leash = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), "exec"]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [*leash, *up],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_hear_signals,
            )

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it with the signal and return its exit code. What does not end in time is killed; that is an error."""
        if self.process is None:
            return 0
        process, self.process = self.process, None
        left = dict(self.processes)
        if process.poll() is None:
            process.send_signal(number)
        try:
            code = process.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            for pid in [process.pid, *left.values()]:
                kill_group(pid, signal.SIGKILL)
            process.wait()
            raise self._error(f"it did not stop within {STOPPED_WITHIN:.0f} s") from None
        self.wait_for(lambda: not any(map(is_running, left.values())), "the end of all its processes")
        return code

    def restart(self) -> None:
        """Stop it in order and start it again, on the same data and port."""
        self.stop()
        self.start()

    def kill(self, name: str, number: int = signal.SIGKILL) -> int:
        """Send the signal to the process group of `name`; return its process id."""
        pid = self.pid(name)
        kill_group(pid, number)
        return pid

    def wait_restarted(self, name: str, old: int, seconds: float = 15) -> int:
        """Return the process id of `name` once it is another than `old`."""

        def new() -> int:
            pid = self.processes.get(name, 0)
            return pid if pid != old else 0

        return int(self.wait_for(new, f"a new {name}", seconds))

    def manage(self, *arguments: str) -> str:
        """Run `manage.py` on the same data and return what it printed. Raises `StackError` when it fails."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            cwd=ROOT,
            env={**self.env, **({"REDIS_URL": self.redis_url} if self.status else {})},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise StackError(f"manage.py {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
        return done.stdout.strip()

    def wait_for(self, condition: Callable[[], Any], what: str, seconds: float = 15) -> Any:
        """Return the first true value of `condition`, asked every 20 ms. Raises `StackError` after `seconds`."""
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            if self.process is not None and self.process.poll() is not None:
                raise self._error(f"it ended with code {self.process.returncode} while the test waited for {what}")
            if time.monotonic() > deadline:
                raise self._error(f"no sign of {what} within {seconds:.0f} s")
            time.sleep(0.02)
        return value

    def _error(self, words: str) -> StackError:
        return StackError(f"MemOS on {self.data_dir}: {words}. Its log:\n{self.log[-8000:]}")


def _hear_signals() -> None:
    """Ctrl-C and a closed terminal count, even where the tests themselves run in the background and ignore them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def kill_group(pid: int, number: int) -> None:
    """Send a signal to the process and to what it forked; one that is gone is as good as signalled."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def is_running(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
