"""Django's request handler for ASGI, with one change of threads per request instead of one per kind of middleware."""

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class SyncChainHandler(ASGIHandler):
    """All our views and some of our middleware are synchronous. Django's own handler runs each side in its own world
    and crosses over at every border between them, at a third of a millisecond each; here the whole chain is
    synchronous and runs in the request's thread."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Build the chain for threads, whatever was asked for."""
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """Run the chain in the request's thread."""
        response: HttpResponseBase = await sync_to_async(BaseHandler.get_response, thread_sensitive=True)(self, request)
        return response
