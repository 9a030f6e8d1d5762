"""Refuses a request body that is too big before Django spools it to disk, which it does before any view runs."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.template.loader import render_to_string

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]


class BodyTooBig(Exception):
    """More bytes arrived than a request may have."""


class BodyCap:
    """ASGI middleware: answers 413 to a body over `limit` bytes, by its declared length or while it arrives."""

    def __init__(self, app: AsgiApp, limit: int) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it. Sockets pass: their frames have a cap of their own."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if _declared(scope) > self.limit:
            await self._refuse(scope, send)
            return
        received, answered = 0, False

        async def capped() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.limit:
                raise BodyTooBig
            return message

        async def watched(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self.app(scope, capped, watched)
        except BodyTooBig:
            if not answered:
                await self._refuse(scope, send)

    async def _refuse(self, scope: Scope, send: Send) -> None:
        is_api = scope["path"].startswith("/api/")
        message = f"The request is too big: at most {self.limit} bytes are taken."
        if is_api:
            error = {"code": "body_too_big", "message": message, "field": None}
            body, kind = json.dumps({"error": error}).encode(), b"application/json"
        else:
            body, kind = render_to_string("413.html", {"limit": self.limit}).encode(), b"text/html; charset=utf-8"
        headers = [
            (b"content-type", kind),
            (b"content-length", str(len(body)).encode()),
            (b"content-security-policy", b"default-src 'none'; style-src 'self'; frame-ancestors 'none'"),
            (b"x-content-type-options", b"nosniff"),
            (b"connection", b"close"),  # the rest of the body is not read
        ]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _declared(scope: Scope) -> int:
    """Return the declared length of the body in bytes; 0 where none is declared or it is no number."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
