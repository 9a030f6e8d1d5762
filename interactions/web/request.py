"""Who asks."""

from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest


def person(request: HttpRequest) -> User:
    """Return the signed-in user; `LoginRequiredMiddleware` has sent everybody else to the sign-in page."""
    return cast(User, request.user)
