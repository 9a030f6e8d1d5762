"""Refuses WebSocket handshakes from pages of other sites, which a browser would send with the user's cookie."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from memos_site.body_cap import AsgiApp, Receive, Scope, Send

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class WebSocketOrigin:
    """ASGI middleware around the sockets. `allowed` are full origins: scheme, host and port must all be equal.

    Programs send no Origin: they may come in with a bearer token, which no page can make a browser send along.
    Whether the token is any good is the consumer's to check.
    """

    def __init__(self, app: AsgiApp, allowed: Iterable[str]) -> None:
        self.app, self.allowed = app, {origin for origin in map(normal, allowed) if origin}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the handshake on, or close it with 1008 (the browser sees 403)."""
        if scope["type"] != "websocket" or self._may_pass(scope):
            await self.app(scope, receive, send)
            return
        await receive()  # websocket.connect: closing is the answer to it
        await send({"type": "websocket.close", "code": 1008})

    def _may_pass(self, scope: Scope) -> bool:
        origins = [value for name, value in scope["headers"] if name == b"origin"]
        if origins:
            return len(origins) == 1 and normal(origins[0].decode("latin-1")) in self.allowed
        tokens = [value for name, value in scope["headers"] if name == b"authorization"]
        return len(tokens) == 1 and tokens[0].lower().startswith(b"bearer ")


def normal(origin: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an origin, the port filled in; None for what is no origin (“null” too)."""
    try:
        parts = urlsplit(origin.strip())
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if not parts.hostname or port is None:
        return None
    return parts.scheme, parts.hostname, port
