"""Signs in a socket's client by its API token."""

from channels.db import database_sync_to_async
from django.contrib.auth.models import AnonymousUser

from interactions.models import ApiToken
from memos_site.body_cap import AsgiApp, Receive, Scope, Send


class BearerAuth:
    """ASGI middleware: `Authorization: Bearer TOKEN` sets the scope's user, whoever the session says it is."""

    def __init__(self, app: AsgiApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the scope on with its user; a bad token makes an anonymous one."""
        for name, value in scope["headers"]:
            if name == b"authorization" and value[:7].lower() == b"bearer ":
                secret = value[7:].decode("latin-1").strip()
                user = await database_sync_to_async(ApiToken.owner_of)(secret)
                scope = {**scope, "user": user or AnonymousUser(), "token": secret}
        await self.app(scope, receive, send)
