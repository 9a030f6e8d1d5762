"""Refuses requests in another charset than UTF-8, by which a client would choose the codec that reads its fields."""

import codecs
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

TAKEN = {"utf-8", "ascii"}


class Utf8Only:
    """Django middleware. Python knows codecs that are none of text, and some that make what cannot be stored."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on. Raises `BadRequest`; a charset that nobody knows counts as none."""
        if request.encoding and codecs.lookup(request.encoding).name not in TAKEN:
            raise BadRequest("Only UTF-8 is taken.")
        return self.get_response(request)
