"""Django's request handler for ASGI: a request changes threads once, to one of a few that keep their connection."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import IO, Any

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.core.signals import request_started
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

# As many as may wait for a model server or a locked database at once; an idle one is used before a new one is made.
_threads = ThreadPoolExecutor(32, thread_name_prefix="request")


class SyncChainHandler(ASGIHandler):
    """All our views and some of our middleware are synchronous. Django's own handler runs each side in its own world,
    crosses over at every border between them, and gives each request a new thread, which opens the database anew. Here
    signals, middleware and view run in one go, in a thread that lasts, on a connection that lasts."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Build the chain for threads, whatever was asked for."""
        super().load_middleware(is_async=False)

    async def handle(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request. What a client that leaves has asked for is done all the same."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        loop = asyncio.get_running_loop()
        response = await loop.run_in_executor(_threads, partial(copy_context().run, self._answer, scope, body))
        await self.send_response(response, send)
        if response.streaming:
            await loop.run_in_executor(_threads, response.close)

    def _answer(self, scope: dict[str, Any], body: IO[bytes]) -> HttpResponseBase:
        set_script_prefix(get_script_prefix(scope))
        request_started.send(sender=self.__class__, scope=scope)
        with body:
            request, refusal = self.create_request(scope, body)
            response = BaseHandler.get_response(self, request) if request else refusal
            assert response is not None, "there is a request or its refusal"
            response._handler_class = self.__class__  # type: ignore[attr-defined]  # as Django's own handler says
            if not response.streaming:
                response.close()  # its content is whole already
        return response
