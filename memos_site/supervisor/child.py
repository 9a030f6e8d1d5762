"""One process under the supervisor: started, watched, started again, stopped."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from memos_site.env import BASE_DIR
from memos_site.supervisor.console import Console, Lines
from memos_site.supervisor.errors import StartError

LEASH: Final = Path(__file__).with_name("leash.py")
FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 10.0
HEALTHY_AFTER: Final = 30.0
STARTS_BEFORE_GIVING_UP: Final = 3


def program(*command: str) -> tuple[str, ...]:
    """Return the command line that runs `command` on the leash."""
    return sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), "exec", *command


def module(name: str, *arguments: str, gate: int, preload: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command line that runs a Python module on the leash; it serves once `gate` is open."""
    leash = (sys.executable, "-m", "memos_site.supervisor.leash", str(os.getpid()), "module")
    return *leash, str(gate), ",".join(preload), name, *arguments


@dataclass(frozen=True, slots=True)
class Program:
    """What to run. `grace` is the time it gets to end by itself, in seconds; `keeps` are descriptors it inherits.

    What an `is_chatty` one says while it starts and stops is shown only when it ends unasked.
    """

    name: str
    command: tuple[str, ...]
    grace: float
    keeps: tuple[int, ...] = ()
    is_chatty: bool = False


class Child:
    """Keeps one program running. `on_start` and `on_end` are called with the process id of each process it runs."""

    def __init__(
        self,
        what: Program,
        env: Mapping[str, str],
        console: Console,
        on_start: Callable[[str, int], None],
        on_end: Callable[[str, int], None],
    ) -> None:
        self.what = what
        self.env = env
        self.console = console
        self.on_start = on_start
        self.on_end = on_end
        self.process: asyncio.subprocess.Process | None = None
        self.stopping = asyncio.Event()
        self.is_settled = False
        self._held: list[str] | None = [] if what.is_chatty else None

    async def keep(self) -> None:
        """Run it, and again whenever it ends, after 0.2 s and then ever longer, until `stop`.

        Raises `StartError` when it ends three times before `settle`.
        """
        pause, starts = FIRST_PAUSE, 0
        while not self.stopping.is_set():
            began, starts = time.monotonic(), starts + 1
            code = await self._run_once()
            if self.stopping.is_set():
                return
            if not self.is_settled and starts >= STARTS_BEFORE_GIVING_UP:
                raise StartError(f"The {self.what.name} process {_ending(code)} at every start; see the log above.")
            if time.monotonic() - began >= HEALTHY_AFTER:
                pause = FIRST_PAUSE
            self.console.say(f"{self.what.name} {_ending(code)}; starting it again in {pause:.1f} s")
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def stop(self) -> None:
        """End it: SIGTERM, and after its grace SIGKILL to its whole group."""
        self.stopping.set()
        if self.what.is_chatty:
            self._held = []
        process = self.process
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
            process.send_signal(signal.SIGCONT)  # a stopped process hears SIGTERM only when it goes on
        try:
            await asyncio.wait_for(process.wait(), self.what.grace)
        except TimeoutError:
            self.console.say(f"{self.what.name} did not end within {self.what.grace:.0f} s: killed")
            self.kill()
            await process.wait()

    def kill(self) -> None:
        """End its group at once."""
        self.stopping.set()
        if self.process:
            _kill_group(self.process.pid)

    def settle(self) -> None:
        """It runs as it should: show its output from now on, and start it again for ever."""
        self.is_settled = True
        self._held = None

    async def _run_once(self) -> int:
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        loop, lines = asyncio.get_running_loop(), Lines()
        try:
            self.process = process = await asyncio.create_subprocess_exec(
                *self.what.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writer,
                stderr=writer,
                cwd=BASE_DIR,
                env=self.env,
                start_new_session=True,
                pass_fds=self.what.keeps,
            )
        finally:
            os.close(writer)
        self.on_start(self.what.name, process.pid)
        if self.stopping.is_set():
            self.kill()
        loop.add_reader(reader, self._read, reader, lines)
        try:
            return await process.wait()
        finally:
            _kill_group(process.pid)  # what it forked must not outlive it
            while self._read(reader, lines):
                pass
            loop.remove_reader(reader)
            os.close(reader)
            self._show(lines.end())
            self._show_held()
            self.process = None
            self.on_end(self.what.name, process.pid)

    def _read(self, reader: int, lines: Lines) -> bool:
        """Log one chunk of output; false when there is none now or none any more."""
        try:
            chunk = os.read(reader, 65_536)
        except BlockingIOError:
            return False
        if not chunk:
            asyncio.get_running_loop().remove_reader(reader)
        self._show(lines.feed(chunk))
        return bool(chunk)

    def _show(self, lines: list[str]) -> None:
        if self._held is not None:
            self._held += lines
            return
        for line in filter(None, lines):
            self.console.line(self.what.name, line)

    def _show_held(self) -> None:
        if self._held is None or self.stopping.is_set():
            return
        for line in filter(None, self._held):
            self.console.line(self.what.name, line)
        self._held = []


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    names = {number.value: number.name for number in signal.Signals}
    return f"was ended by {names.get(-code, f'signal {-code}')}"


def _kill_group(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
