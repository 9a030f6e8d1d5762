"""Pages go out compressed: a long talk shrinks to a tenth. Static files are compressed beforehand, by WhiteNoise."""

from typing import Any

from django.http import HttpRequest
from django.middleware.gzip import GZipMiddleware

# Bytes below which compressing costs more than it saves.
WORTH_IT = 4_000


class PageCompression(GZipMiddleware):
    """Django's own, which hides the length of what it sends from guesses at secrets (BREACH), for what is read. The
    short answers to what is sent are left alone: they are what people wait for."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Return the response, compressed if that is worth it and the browser can take it."""
        if request.method != "GET" or response.streaming or len(response.content) < WORTH_IT:
            return response
        return super().process_response(request, response)
