"""An ASGI application that takes its time, for tests of the server that runs it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """HTTP: answers after the seconds that the path names, in two parts. Socket: closes with the code it is sent."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"Content-Length", b"10")]})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        await asyncio.sleep(float(scope["path"].strip("/")))
        await send({"type": "http.response.body", "body": b"ended"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] != "websocket.disconnect":
        await send({"type": "websocket.close", "code": int(message["text"])})
