"""Whether who opened a socket is still signed in."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.models import User
from django.utils.crypto import constant_time_compare

from interactions.models import ApiToken


def is_signed_in(scope: Mapping[str, Any]) -> bool:
    """Look again, in the database: the token, or the session and its user with the password of then."""
    if token := scope.get("token"):
        return ApiToken.owner_of(token) is not None
    session = scope["session"]
    if not session.session_key or not session.exists(session.session_key):
        return False
    user = User.objects.filter(pk=scope["user"].pk, is_active=True).first()
    return user is not None and constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
