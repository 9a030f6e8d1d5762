"""A process of its own, called by lines of JSON over its standard input and output. It ends when its caller does."""

import asyncio
import json
import subprocess
import sys
from types import TracebackType
from typing import Any, Self

from tests.stack import ROOT


class Remote:
    """A child process that serves the methods of an object: `remote.call("method", name=value)`."""

    def __init__(self, module: str, *, env: dict[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module], cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()

    def call(self, method: str, **arguments: Any) -> Any:
        """Return what the method returned there. Raises `RuntimeError` when it failed or the process is gone."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([method, arguments]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {method} ended with {self._process.wait(20)}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]


async def serve(target: Any) -> None:
    """Answer calls on `target`'s coroutine methods, one after another, until the caller is gone."""
    reader = asyncio.StreamReader(limit=2**24)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        method, arguments = json.loads(line)
        try:
            answer = {"result": await getattr(target, method)(**arguments)}
        except Exception as error:  # noqa: BLE001  (whatever it is, the caller is told)
            answer = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
