"""The order of things: what starts when, and what ends when."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import Coroutine
from typing import Any, Final

from memos_site.env import BASE_DIR, Env
from memos_site.supervisor.child import Child, Program
from memos_site.supervisor.console import Console
from memos_site.supervisor.errors import StartError
from memos_site.supervisor.groups import Guard
from memos_site.supervisor.programs import Programs
from memos_site.supervisor.readiness import answer
from memos_site.supervisor.status import Status

READY_WITHIN: Final = 60.0
PREPARE_FAILED: Final = 2


class Supervisor:
    """Runs Redis (when none is named), the worker and the web server until it is told to stop."""

    def __init__(self, env: Env, listener: socket.socket, programs: Programs, console: Console) -> None:
        self.env = env
        self.listener = listener
        self.programs = programs
        self.console = console
        self.status = Status(programs.folder, env.url, programs.redis_url, os.getpid())
        self.guard = Guard()
        self.children: dict[str, Child] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.stop_asked = asyncio.Event()
        self.failure: BaseException | None = None

    async def run(self) -> None:
        """Start everything, wait until it is asked to stop, stop everything.

        Raises `StartError` when something cannot start; then everything was stopped, too.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
                loop.add_signal_handler(number, self._on_signal)
        guarding = self._spawn(self.guard.keep())
        starting = self._spawn(self._start())
        await self.stop_asked.wait()
        starting.cancel()
        await self._stop()
        guarding.cancel()
        await asyncio.gather(starting, guarding, *self.tasks, return_exceptions=True)
        if self.failure:
            raise self.failure

    async def _start(self) -> None:
        if self.programs.redis:
            self._add(self.programs.redis)
        # They import while the database is being prepared; the gate keeps them from serving before it is.
        self._add(self.programs.worker)
        self._add(self.programs.web)
        first_page = await self._prepare()
        self.programs.open_gate()
        status = await answer(self.env.host, self.env.port, READY_WITHIN)
        if not 200 <= status < 500:
            self.console.say(f"the web server does not say that it is well (/healthz: {status or 'no answer'})")
        for child in self.children.values():
            child.settle()
        self.status.is_ready = True
        self.status.write()
        self._welcome(first_page)

    async def _prepare(self) -> str:
        """Migrate, collect, seed, in a process of its own. Return the path of the sign-in link, "" for none."""
        process = await asyncio.create_subprocess_exec(
            *self.programs.prepare,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=BASE_DIR,
            env=self.programs.environ,
            start_new_session=True,
        )
        self.guard.add(process.pid)
        try:
            out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
            self.guard.remove(process.pid)
        # What it logged on its way is for the log; why it gave up is for the person.
        logged, _, reason = err.decode(errors="replace").strip().rpartition("CommandError: ")
        has_failed = process.returncode == PREPARE_FAILED
        for line in (logged if has_failed else logged + reason).splitlines():
            self.console.line("prepare", line)
        if has_failed:
            raise StartError(reason)
        if process.returncode:
            raise StartError("The database could not be prepared; see the log above.")
        return str(json.loads(out)["login_path"])

    def _welcome(self, login_path: str) -> None:
        lines = [f"MemOS is ready: {self.env.url}/"]
        if login_path:
            lines.append(f"Sign in once with this link, within 24 hours: {self.env.url}{login_path}")
        lines.append("Another sign-in link: make login. Ctrl-C stops MemOS.")
        for line in lines:
            self.console.say(line)

    def _add(self, what: Program) -> None:
        child = Child(what, self.programs.environ, self.console, self._on_start, self._on_end)
        self.children[what.name] = child
        self._spawn(child.keep())

    def _on_start(self, name: str, pid: int) -> None:
        self.guard.add(pid)
        self.status.started(name, pid)

    def _on_end(self, name: str, pid: int) -> None:
        self.guard.remove(pid)
        self.status.ended(name, pid)

    def _on_signal(self) -> None:
        if self.stop_asked.is_set():  # asked twice: no patience left
            for child in self.children.values():
                child.kill()
        self.stop_asked.set()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._on_done)
        return task

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.failure = self.failure or error
            self.stop_asked.set()

    async def _stop(self) -> None:
        """First those who bring work in, then those who do it, last what they speak through."""
        self.listener.close()
        for name in ("web", "worker", "redis"):
            if name in self.children:
                await self.children[name].stop()
        self.status.remove()
        self.programs.clean()
