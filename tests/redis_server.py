"""A Redis server of the tests' own: started, killed, stopped and emptied at will."""

import signal
import subprocess
import time
from pathlib import Path
from typing import ClassVar

import redis

from memos_site.supervisor.redis_server import find_program


class PrivateRedis:
    """One server on a unix socket; it keeps nothing."""

    _running: ClassVar[dict[Path, "PrivateRedis"]] = {}

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        self.socket.parent.mkdir(parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        options = ["--port", "0", "--unixsocket", str(self.socket), "--save", "", "--dir", str(self.socket.parent)]
        self._running[self.socket] = self
        self.process = subprocess.Popen([find_program(), *options], stdout=subprocess.DEVNULL)
        client = redis.Redis.from_url(self.url)
        for _attempt in range(200):
            try:
                client.ping()
            except (redis.RedisError, OSError):
                time.sleep(0.02)
            else:
                client.close()
                return
        raise TimeoutError("the tests' Redis did not start")

    def stop(self) -> None:
        self.send(signal.SIGTERM)

    def kill(self) -> None:
        self.send(signal.SIGKILL)

    @classmethod
    def of(cls, socket: Path) -> "PrivateRedis":
        """Return the server that was started on `socket`."""
        return cls._running[socket]

    def poke(self, number: signal.Signals) -> None:
        """Send a signal and go on."""
        assert self.process is not None
        self.process.send_signal(number)

    def send(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(10)
            self.process = None
