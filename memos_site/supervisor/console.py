"""The one log of all processes: each line with the name of the process that wrote it, aligned."""

import json
import sys
import time
from datetime import UTC, datetime
from typing import Final, TextIO

WIDTH: Final = 7
COLORS: Final = {"memos": "1", "web": "36", "worker": "35", "redis": "31"}


class Console:
    """Writes prefixed lines to `stream`; in color when that is a terminal."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self.stream = stream
        self.is_tty = stream.isatty()

    def line(self, name: str, text: str) -> None:
        """Write one line of the process `name`. Where nobody reads any more, it is dropped."""
        prefix = f"{name:<{WIDTH}} |"
        if self.is_tty:
            prefix = f"\x1b[{COLORS.get(name, '0')}m{prefix}\x1b[0m"
        self.plain(f"{prefix} {text}")

    def say(self, text: str) -> None:
        """Write a line of the supervisor's own, with the time."""
        self.line("memos", f"{time.strftime('%H:%M:%S')} {text}")

    def plain(self, text: str) -> None:
        """Write `text` as it is."""
        try:
            print(text, file=self.stream, flush=True)
        except (BrokenPipeError, ValueError):
            # The reader of our output went away (a closed pipe): the processes go on without a log.
            return


class JsonConsole(Console):
    """Writes one JSON object per line (MEMOS_LOG_FORMAT=json): what a process wrote in that form as it is."""

    def line(self, name: str, text: str) -> None:
        """Write one line of the process `name`."""
        if text.startswith('{"timestamp"'):
            self.plain(text)
            return
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.plain(json.dumps({"timestamp": at, "level": "info", "logger": f"supervisor.{name}", "event": text}))

    def say(self, text: str) -> None:
        """Write a line of the supervisor's own."""
        self.line("memos", text)


class Lines:
    """Cuts a stream of bytes into lines. A line longer than `limit` bytes is given out in pieces."""

    def __init__(self, limit: int = 16_384) -> None:
        self.rest = b""
        self.limit = limit

    def feed(self, chunk: bytes) -> list[str]:
        """Return the lines that `chunk` completes."""
        *whole, self.rest = (self.rest + chunk).split(b"\n")
        if len(self.rest) > self.limit:
            whole, self.rest = [*whole, self.rest], b""
        return [line.decode(errors="replace").rstrip("\r") for line in whole]

    def end(self) -> list[str]:
        """Return what came after the last line break."""
        rest, self.rest = self.rest, b""
        return [rest.decode(errors="replace")] if rest else []
