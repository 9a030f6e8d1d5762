"""The admin's own content security policy.

Its theme (django-unfold) computes Alpine expressions in the browser and sets inline styles: under /admin/, and only
there, eval and inline styles are allowed. Inline scripts and other servers stay forbidden there too.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

PREFIX = "/admin/"
RELAXED = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}


class AdminPolicy:
    """Django middleware, inside of django-csp's: adds to the policy of the admin's pages what their theme needs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Mark the admin's responses; every other one keeps the strict policy."""
        response = self.get_response(request)
        if request.path_info.startswith(PREFIX):
            response._csp_update = RELAXED  # type: ignore[attr-defined]  # django-csp's way
        return response
