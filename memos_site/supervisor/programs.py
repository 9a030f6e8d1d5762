"""Which programs make up MemOS on one machine, and how each is called."""

import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from memos_site.env import BASE_DIR, Env
from memos_site.supervisor import redis_server
from memos_site.supervisor.child import Program, module, program

# What takes time to import, done before the gate opens. Not memos_site.asgi: it looks up the static files.
WEB_NEEDS: Final = ("daphne.cli", "interactions.consumers", "memos_site.urls")
WORKER_NEEDS: Final = ("celery.apps.worker", "memos_site.celery", "interactions.tasks")


class Programs:
    """The command lines and the environment of all processes. Raises `StartError` when no Redis can be found."""

    def __init__(self, env: Env, listener: socket.socket) -> None:
        self.folder = env.data_dir.resolve()
        self.environ = {**os.environ, "MEMOS_DATA_DIR": str(self.folder), "PYTHONUNBUFFERED": "1"}
        self.environ.setdefault("DJANGO_SETTINGS_MODULE", "memos_site.settings")
        self.redis_url = env.redis_url
        self.redis = None if env.redis_url else self._private_redis(env)
        self._gate, self._gate_opener = os.pipe()
        self.prepare = program(sys.executable, str(BASE_DIR / "manage.py"), "prepare")
        self.worker = self._worker()
        self.web = self._web(env, listener)

    def open_gate(self) -> None:
        """Let the worker and the web server serve, now and after each restart: the byte is never taken out."""
        os.write(self._gate_opener, b"1")

    def clean(self) -> None:
        """Nothing runs any more: remove the folder of a socket that found no place in the data folder."""
        folder = Path(self.redis_url.removeprefix("unix://")).parent
        if self.redis and folder != self.folder:
            with suppress(OSError):
                folder.rmdir()

    def _private_redis(self, env: Env) -> Program:
        path = redis_server.socket_path(env.redis_socket)
        self.redis_url = self.environ["REDIS_URL"] = f"unix://{path}"
        command = redis_server.command(redis_server.find_program(), path, self.folder)
        return Program("redis", program(*command), grace=3, is_chatty=True)

    def _worker(self) -> Program:
        command = module("memos_site.worker", gate=self._gate, preload=WORKER_NEEDS)
        # The worker itself gives its runs 8 s to end, then gives them back (interactions/worker.py).
        return Program("worker", command, grace=11, keeps=(self._gate,))

    def _web(self, env: Env, listener: socket.socket) -> Program:
        where: tuple[str, ...] = ("--fd", str(listener.fileno()))
        keeps: tuple[int, ...] = (self._gate, listener.fileno())
        if listener.family != socket.AF_INET:  # Daphne takes over IPv4 sockets only
            where, keeps = ("-b", env.host.strip("[]"), "-p", str(env.port)), (self._gate,)
            listener.close()
        options = ("-v", "0", "--no-server-name", "--application-close-timeout", "2")
        server = ("memos_site.server", *options, *where, "memos_site.asgi:application")
        command = module(*server, gate=self._gate, preload=WEB_NEEDS)
        return Program("web", command, grace=5, keeps=keeps)
