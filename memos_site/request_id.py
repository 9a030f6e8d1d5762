"""Gives each request an id, which is on every line that is logged for it and goes back in the response."""

import re
import secrets
import time
from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from interactions.observed import asked_by

HEADER: Final = "X-Request-ID"
SANE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

Ids = dict[str, Any]
# Told of each request that is over: when it began (ns since 1970), and the ids that it bound.
watchers: list[Callable[[HttpRequest, HttpResponse, int, Ids], None]] = []


class RequestId:
    """Django middleware, the outermost. The whole chain runs in one thread and one context (handler.py)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Take the id that a proxy has given, if it is one, or make one."""
        began, given = time.time_ns(), request.headers.get(HEADER, "")
        id_ = given if SANE.fullmatch(given) else secrets.token_hex(8)
        clear_contextvars()
        bind_contextvars(request=id_)
        try:
            response = self.get_response(request)
            response[HEADER] = id_
            for watcher in watchers:
                watcher(request, response, began, get_contextvars())
            return response
        finally:
            clear_contextvars()

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: object, kwargs: object) -> None:
        """Note who asks, where the page asks for that anyway."""
        if getattr(view, "login_required", True):
            asked_by(request.user)
