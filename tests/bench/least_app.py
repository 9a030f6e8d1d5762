"""The least app: a form in, a model's text out over a WebSocket. It stores nothing and knows nobody.

What it takes is what HTTP, WebSocket and the model cost by themselves on this machine; what the product takes is
compared with that. `python -m daphne tests.bench.least_app:application` with MODEL_PORT.
"""

import asyncio
import json
import os
from typing import Any
from urllib.parse import parse_qs

MODEL_PORT = int(os.environ["MODEL_PORT"])
free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
sockets: dict[str, Any] = {}
tasks: set[asyncio.Task[None]] = set()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """`POST /NAME` says the form's text; the socket `/NAME` gets the answer."""
    if scope["type"] == "websocket":
        sockets[scope["path"]] = send
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    body, more = b"", True
    while more:
        part = await receive()
        body, more = body + part.get("body", b""), part.get("more_body", False)
    task = asyncio.create_task(answer(sockets[scope["path"]], parse_qs(body.decode())["text"][0]))
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    await send({"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body"})


async def answer(send: Any, text: str) -> None:
    """Ask the model and pass on what it says, piece by piece as it comes."""
    body = json.dumps({"model": "stub", "stream": True, "messages": [{"role": "user", "content": text}]}).encode()
    reader, writer = free.pop() if free else await asyncio.open_connection("127.0.0.1", MODEL_PORT)
    writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    rest = b""
    while not rest.endswith(b"\r\n0\r\n\r\n"):
        *lines, rest = (rest + await reader.read(65_536)).split(b"\n\n")
        chunks = [json.loads(line[line.index(b"{") :]) for line in lines if b"{" in line]
        choices = [chunk["choices"][0] for chunk in chunks if chunk["choices"]]
        if said := "".join(choice["delta"].get("content") or "" for choice in choices):
            await send({"type": "websocket.send", "text": said})
    free.append((reader, writer))
    await send({"type": "websocket.send", "text": "[end]"})
