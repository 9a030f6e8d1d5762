"""The deployment of docs/deploy/, on this machine and without systemd: the very commands of its units, its environment
and its nginx configuration, with other ports and folders. PostgreSQL and Redis are the tests' own."""

import os
import re
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from celery import Celery

from tests.find_nginx import find
from tests.postgres_server import PrivatePostgres
from tests.redis_server import PrivateRedis
from tests.self_signed import write_certificate
from tests.stack import LEASH, OURS, ROOT, free_port

DEPLOY: Final = ROOT / "docs" / "deploy"
READY_WITHIN: Final = 60.0
NGINX: Final = """
{user}
worker_processes 1;
error_log stderr warn;
pid {folder}/nginx.pid;
events {{ worker_connections 2048; }}
http {{
    include {mime};
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/memos.conf;
}}
"""
MIME: Final = "types { text/css css; text/javascript js; image/svg+xml svg; image/png png; font/woff2 woff2; }\n"


class Unit:
    """A systemd unit: its settings by name, each with its values in order."""

    def __init__(self, name: str) -> None:
        self.settings: dict[str, list[str]] = {}
        for line in (DEPLOY / name).read_text().splitlines():
            if found := re.match(r"([A-Za-z]+)=(.*)", line):
                self.settings.setdefault(found[1], []).append(found[2])

    def command(self, instance: str = "") -> list[str]:
        """Return what `ExecStart` runs, with the program and the folder of this checkout."""
        (line,) = self.settings["ExecStart"]
        words = line.replace("%i", instance).replace("%H", "here").split()
        return [sys.executable if word == "/opt/memos/.venv/bin/python" else word for word in words]

    @property
    def stop_seconds(self) -> float:
        """How long systemd waits after SIGTERM."""
        return float(self.settings["TimeoutStopSec"][0])


class ScaledStack:
    """The whole deployment. `env` are further variables for all of its processes."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.ports = {"8001": free_port(), "8002": free_port(), "443": free_port(), "80": free_port()}
        self.url = f"https://localhost:{self.ports['443']}"
        self.further = env
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._around = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            self.postgres = undo.enter_context(PrivatePostgres())
            self.redis = PrivateRedis(self.folder / "redis.sock")
            self.redis.start()
            undo.callback(self.redis.stop)
            undo.callback(self._stop_all)
            self.env = self._environment()
            broker = self.env["REDIS_URL"].replace("unix://", "redis+socket://")
            self.celery = Celery(broker=broker, set_as_current=False)  # the process's own stays the product's
            undo.callback(self.celery.close)
            self.run("memos-prepare.service")
            self._start_nginx()
            for name in self.all:
                self.start(name)
            for name in self.all:
                self.wait_ready(name)
            self._around = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._around.close()

    @property
    def webs(self) -> tuple[str, ...]:
        """The web servers' names, as systemd calls them."""
        return "memos-web@8001", "memos-web@8002"

    @property
    def workers(self) -> tuple[str, ...]:
        """The workers' names."""
        return "memos-worker@1", "memos-worker@2"

    @property
    def all(self) -> tuple[str, ...]:
        """Every process that a deploy restarts."""
        return (*self.workers, *self.webs)

    @property
    def ssl(self) -> ssl.SSLContext:
        """Trusts the proxy's certificate."""
        return ssl.create_default_context(cafile=str(self.folder / "fullchain.pem"))

    def url_of(self, web: str) -> str:
        """The address of one web server, past the proxy."""
        return f"http://127.0.0.1:{self.ports[web.partition('@')[2]]}"

    def run(self, unit: str, places: dict[str, str] | None = None) -> str:
        """Run what a unit runs once, to its end, with `places` instead of those it names; return what it printed."""
        return self._finished([(places or {}).get(word, word) for word in Unit(unit).command()])

    def start(self, name: str) -> None:
        """Start one process, as its unit says."""
        kind, _, instance = name.partition("@")
        command = Unit(f"{kind}@.service").command(str(self.ports.get(instance, instance)))
        self.processes[name] = self._popen(name, command)

    def stop(self, name: str) -> float:
        """End one process as systemd does; return the seconds that took. Raises when it would be killed."""
        process, began = self.processes.pop(name), time.monotonic()
        process.terminate()
        try:
            process.wait(Unit(f"{name.partition('@')[0]}@.service").stop_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"{name} did not end in time:\n{self.log(name)}") from None
        return time.monotonic() - began

    def restart(self, name: str) -> float:
        """Stop it and start it again; return the seconds that the stop took, when it serves."""
        took = self.stop(name)
        self.start(name)
        self.wait_ready(name)
        return took

    def wait_ready(self, name: str) -> None:
        """Return when the process serves."""
        serves = self._serves if name in self.webs else self._works
        self.wait_for(lambda: serves(name), f"readiness of {name}")

    def wait_for(self, condition: Callable[[], Any], what: str, seconds: float = READY_WITHIN) -> Any:
        """Return the first true value of `condition`. Raises `AssertionError` after `seconds`."""
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            for name, process in self.processes.items():
                assert process.poll() is None, f"{name} ended with {process.returncode}:\n{self.log(name)}"
            assert time.monotonic() < deadline, f"no sign of {what}\n" + "\n".join(map(self.log, self.processes))
            time.sleep(0.05)
        return value

    def manage(self, *arguments: str) -> str:
        """Run `manage.py` in this environment and return what it printed."""
        return self._finished([sys.executable, "manage.py", *arguments])

    def _finished(self, command: list[str]) -> str:
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def log(self, name: str) -> str:
        """What a process has said, the end of it."""
        return f"--- {name}\n" + (self.folder / f"{name}.log").read_text(errors="replace")[-4000:]

    def _serves(self, name: str) -> bool:
        # Host as the proxy sends it; plain HTTP, as from beside the server.
        request = urllib.request.Request(f"{self.url_of(name)}/healthz", headers={"Host": "localhost"})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _works(self, name: str) -> bool:
        node = f"{name.partition('@')[2]}@here"
        return bool(self.celery.control.ping(destination=[node], timeout=1.0))

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not OURS.match(name)}
        lines = [
            line.split("=", 1) for line in (DEPLOY / "memos.env").read_text().splitlines() if re.match(r"\w", line)
        ]
        example = dict(lines)
        own = {
            "DATABASE_URL": self.postgres.create("memos"),
            "REDIS_URL": self.redis.url,
            "MEMOS_DATA_DIR": str(self.data),
            "MEMOS_ORIGINS": self.url,
            "MEMOS_SECRET_KEY": "only-for-this-test-0123456789-abcdefghijklmnopqrstuvwxyz",
        }
        assert own.keys() == example.keys() - {"MEMOS_HTTPS"}, "the example names what has to be set"
        path = f"{self.postgres.programs}{os.pathsep}{os.environ['PATH']}"
        settings = {"PYTHONUNBUFFERED": "1", "PATH": path}
        return {**inherited, **example, **own, **settings, **self.further}

    def _start_nginx(self) -> None:
        program = find()
        assert program is not None
        write_certificate(self.folder / "fullchain.pem", self.folder / "privkey.pem")
        text = (DEPLOY / "nginx.conf").read_text()
        ports = self.ports
        changes: dict[str, str | Callable[[re.Match[str]], str]] = {
            r"127\.0\.0\.1:(8001|8002)": lambda found: f"127.0.0.1:{ports[found[1]]}",
            r"listen \[::\]:.*\n": "",
            r"listen (443|80)\b": lambda found: f"listen 127.0.0.1:{ports[found[1]]}",
            r"memos\.example\.org": "localhost",
            r"/etc/ssl/memos/": f"{self.folder}/",
            r"/var/lib/memos/": f"{self.data}/",
        }
        for old, new in changes.items():
            text, times = re.subn(old, new, text)
            assert times, f"nginx.conf has no {old}"
        (self.folder / "memos.conf").write_text(text)
        (self.folder / "mime.types").write_text(MIME)
        user = "user root;" if os.geteuid() == 0 else ""
        around = NGINX.format(user=user, folder=self.folder, mime=self.folder / "mime.types")
        (self.folder / "nginx.conf").write_text(around)
        command = [program, "-c", str(self.folder / "nginx.conf"), "-e", "stderr", "-g", "daemon off;"]
        self.processes["nginx"] = self._popen("nginx", command)

    def _popen(self, name: str, command: list[str]) -> "subprocess.Popen[bytes]":
        # The kernel ends it with this process, so that a killed test run leaves nothing behind.
        leash = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), "exec"]
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [*leash, *command], cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
            )

    def _stop_all(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
