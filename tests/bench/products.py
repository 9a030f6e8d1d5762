"""What is measured: the product and the least app, each in processes of its own on a port of its own."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import psutil

from tests.postgres_server import PrivatePostgres
from tests.stack import LEASH, ROOT, Stack, free_port

# The PostgreSQL of the bench loses nothing that it has acknowledged, as anybody's own would not.
DURABLE = "-c max_connections=200"
# One entity of the samples per strategy.
ENTITIES = {"reactive": "ottilie", "inline": "ishbel"}


class Product(Protocol):
    """Something that answers chats."""

    port: int

    @property
    def pid(self) -> int:
        """The process whose descendants are all of it."""

    def chats(self, dialect: str, strategy: str, count: int) -> list[dict[str, Any]]:
        """Return `count` new conversations: where to post, where the socket is, with which headers."""


@dataclass(slots=True)
class LeastApp:
    """The least app."""

    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def pid(self) -> int:
        """Its only process."""
        return self.process.pid

    def chats(self, dialect: str, strategy: str, count: int) -> list[dict[str, Any]]:
        """Return names; nothing has to be made."""
        return [{"post": f"/{number}", "socket": f"/{number}", "headers": {}} for number in range(count)]


class Memos:
    """The product as `manage.py up` runs it, with a signed-in browser and a program's token."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.port = stack, stack.port
        self.token = {"Authorization": f"Bearer {stack.manage('create_token', 'admin')}"}
        self.cookies = self._sign_in()
        for strategy, slug in ENTITIES.items():
            code = (
                f"from agents.models import Entity; Entity.objects.filter(slug={slug!r}).update(strategy={strategy!r})"
            )
            stack.manage("shell", "-v", "0", "-c", code)

    @property
    def pid(self) -> int:
        """The supervisor."""
        return self.stack.pid("supervisor")

    def headers(self, dialect: str) -> dict[str, str]:
        """Return what the client sends with each request and with the socket's handshake."""
        return self.cookies if dialect == "browser" else self.token

    def chats(self, dialect: str, strategy: str, count: int) -> list[dict[str, Any]]:
        """Return new conversations with the entity of that strategy."""
        with httpx.Client(base_url=self.stack.url, headers=self.token, timeout=60) as http:
            made = [http.post("/api/v1/conversations", json={"entity": ENTITIES[strategy]}) for _ in range(count)]
        return [self.chat(dialect, answer.raise_for_status().json()["id"]) for answer in made]

    def chat(self, dialect: str, pk: str) -> dict[str, Any]:
        """Return the conversation `pk` as a client needs it."""
        post = f"/c/{pk}/messages/" if dialect == "browser" else f"/api/v1/conversations/{pk}/messages"
        form = "html" if dialect == "browser" else "json"
        socket = f"/ws/conversations/{pk}/?after=0&format={form}"
        return {"post": post, "socket": socket, "headers": self.headers(dialect)}

    def _sign_in(self) -> dict[str, str]:
        with httpx.Client(base_url=self.stack.url, timeout=60) as http:
            link = self.stack.manage("login_link", "admin")
            http.get(link)
            token = http.cookies["csrftoken"]
            http.post(link, data={"csrfmiddlewaretoken": token})
            cookies = "; ".join(f"{name}={http.cookies[name]}" for name in ("csrftoken", "sessionid"))
            return {
                "Cookie": cookies, "X-CSRFToken": http.cookies["csrftoken"], "Accept": "application/json",
                "Origin": self.stack.url,
            }  # fmt: skip


@contextmanager
def memos(model_port: int, **env: str) -> Iterator[Memos]:
    """The product, ready, on new data; on PostgreSQL with DATABASE=postgresql."""
    own = {
        "MEMOS_TESTING": "", "MEMOS_MODEL": "openai:stub", "OPENAI_BASE_URL": f"http://127.0.0.1:{model_port}/v1",
        "OPENAI_API_KEY": "k", "MEMOS_MESSAGES_PER_MINUTE": "1000000",
        "MEMOS_SOCKETS_PER_USER": "100000", "MEMOS_LOG_LEVEL": "WARNING",
    }  # fmt: skip
    own |= env
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))
        if database() == "postgresql":
            own["DATABASE_URL"] = stack.enter_context(PrivatePostgres(DURABLE)).url
        yield Memos(stack.enter_context(Stack(Path(folder) / "data", **own)))


@contextmanager
def least_app(model_port: int) -> Iterator[LeastApp]:
    """The least app, ready."""
    port = free_port()
    daphne = [sys.executable, "-m", "daphne", "-v", "0", "-p", str(port), "tests.bench.least_app:application"]
    command = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), "exec", *daphne]
    env = {**os.environ, "MODEL_PORT": str(model_port)}
    process = subprocess.Popen(command, cwd=ROOT, env=env)
    try:
        _wait_for(port, process)
        yield LeastApp(port, process)
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _attempt in range(400):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if process.poll() is not None:
                raise RuntimeError("the least app did not start") from None
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the least app does not listen")


def database() -> str:
    """Return which database the product uses: sqlite or postgresql."""
    return os.environ.get("DATABASE", "sqlite")


def processes(pid: int) -> list[psutil.Process]:
    """Return the process and all its descendants."""
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of the process and its descendants, those included that have ended."""
    total = 0.0
    for process in processes(pid):
        times = process.cpu_times()
        total += times.user + times.system + times.children_user + times.children_system
    return total


def memory(pid: int) -> float:
    """Return the proportional set size of the process and its descendants, in MB: shared pages count once."""
    return float(sum(process.memory_full_info().pss for process in processes(pid))) / 1e6
