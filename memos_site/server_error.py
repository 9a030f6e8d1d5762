"""What is answered when a request broke: a 503 while the database does not answer, else a 500."""

import logging
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

from interactions.api.errors import bare
from interactions.web.lookup import by_htmx

logger = logging.getLogger(__name__)

WORDS = "The database does not answer right now, so what you sent may not have been stored. Try again in a moment."
# Seconds after which it is worth asking again.
RETRY_AFTER = "5"


def handle(request: HttpRequest) -> HttpResponse:
    """Answer for the exception that is being handled: a page, a sentence for htmx, JSON for programs."""
    error = sys.exception()
    if not isinstance(error, OperationalError | InterfaceError):
        return server_error(request)
    logger.error("%s %s: the database does not answer: %s", request.method, request.path, error)
    answer = _unavailable(request)
    answer["Retry-After"] = RETRY_AFTER
    return answer


def _unavailable(request: HttpRequest) -> HttpResponse:
    if by_htmx(request):  # the page says it as it is
        return HttpResponse(WORDS, status=503, content_type="text/plain; charset=utf-8")
    if request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", ""):
        return bare(503)
    # Without the request: its context would ask the database who is signed in.
    return HttpResponse(render_to_string("503.html", {"words": WORDS}), status=503)
