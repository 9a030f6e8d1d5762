"""Who asks: a program with a bearer token, or a person's browser with its session."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from interactions.api.errors import ApiError
from interactions.models import ApiToken
from interactions.observed import asked_by


class BearerToken(HttpBearer):
    """`Authorization: Bearer …` with a token from `manage.py create_token USER`."""

    def authenticate(self, request: HttpRequest, token: str) -> AbstractBaseUser | None:
        """Return the token's owner, who becomes the request's user; None for an unknown token."""
        owner = ApiToken.owner_of(token)
        if owner is not None:
            request.user = owner
            asked_by(owner)
        return owner


class SessionCookie(APIKeyCookie):
    """The cookie of a signed-in browser. Whatever writes must carry the CSRF token too (`X-CSRFToken`)."""

    param_name = "sessionid"

    def __call__(self, request: HttpRequest) -> AbstractBaseUser | AnonymousUser | None:
        """Return the signed-in user, or None. A wrong token is not rescued by a cookie beside it.

        Raises `ApiError` 403 when the CSRF check fails.
        """
        if "Authorization" in request.headers or not request.user.is_authenticated:
            return None
        if check_csrf(request):
            raise ApiError(
                403,
                "csrf_failed",
                "The CSRF token is missing or wrong: send the csrftoken cookie's value as X-CSRFToken.",
            )
        asked_by(request.user)
        return request.user

    def authenticate(self, request: HttpRequest, key: str | None) -> None:
        """Never called: the session is read by Django's own middleware."""
        raise NotImplementedError


person = [BearerToken(), SessionCookie()]
