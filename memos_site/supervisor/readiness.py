"""Asks the web server whether it serves."""

import asyncio
from typing import Final

HEALTH: Final = "/healthz"
UNSPECIFIED: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def reachable(host: str) -> str:
    """Return the address at which this machine itself reaches a server that listens on `host`."""
    bare = host.strip("[]")
    return UNSPECIFIED.get(bare, bare)


async def answer(host: str, port: int, seconds: float) -> int:
    """Return the HTTP status of /healthz; 0 when nothing answers within `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            return await _status(reachable(host), port)
    except (OSError, TimeoutError, ValueError):
        return 0


async def _status(host: str, port: int) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        name = f"[{host}]" if ":" in host else host
        writer.write(f"GET {HEALTH} HTTP/1.1\r\nHost: {name}:{port}\r\nConnection: close\r\n\r\n".encode())
        line = (await reader.readline()).split()
        return int(line[1]) if len(line) > 1 else 0
    finally:
        writer.close()
