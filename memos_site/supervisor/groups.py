"""Our side of guard.py: tells it which process groups must not outlive the supervisor."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

GUARD: Final = Path(__file__).with_name("guard.py")


class Guard:
    """The guard's process, and the groups it knows. It is started anew when it dies."""

    def __init__(self) -> None:
        self.groups: set[int] = set()
        self.process: asyncio.subprocess.Process | None = None
        self._pipe = -1

    async def keep(self) -> None:
        """Run the guard until cancelled; then it ends, since the pipe does, killing the groups that are left."""
        try:
            while True:
                await self._start()
                assert self.process is not None
                await self.process.wait()
                self._close()
                await asyncio.sleep(1)
        finally:
            self._close()

    def add(self, group: int) -> None:
        """Have `group` killed when the supervisor is gone."""
        self.groups.add(group)
        self._tell(f"+{group}\n")

    def remove(self, group: int) -> None:
        """`group` has ended."""
        self.groups.discard(group)
        self._tell(f"-{group}\n")

    async def _start(self) -> None:
        reader, self._pipe = os.pipe()
        try:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-S", str(GUARD), stdin=reader, start_new_session=True
            )
        finally:
            os.close(reader)
        self._tell("".join(f"+{group}\n" for group in self.groups))

    def _tell(self, lines: str) -> None:
        if self._pipe >= 0:
            with suppress(BrokenPipeError):  # it died: `keep` starts another and tells it everything
                os.write(self._pipe, lines.encode())

    def _close(self) -> None:
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1
