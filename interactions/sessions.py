"""Whether those who opened sockets are still signed in, as who they were then. Many are asked about at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from interactions.models import ApiToken
from interactions.models.api_token import digest_of

Scope = Mapping[str, Any]
# At most so many keys in one query: SQLite takes 999 parameters where it was built for few.
AT_ONCE = 500


def is_signed_in(scope: Scope) -> bool:
    """Look again, in the database: the token, or the session, and the user with the password and role of then."""
    return not shut_out([scope])


def shut_out(scopes: Sequence[Scope]) -> list[int]:
    """Return the places of the sockets that have to close: their session has ended or its password is another, their
    token is revoked, their user is switched off or has lost a role that they came in with."""
    out: list[int] = []
    for start in range(0, len(scopes), AT_ONCE):
        some = scopes[start : start + AT_ONCE]
        doors = _open_doors(some)
        users = User.objects.in_bulk({scope["user"].pk for scope in some})
        out += [start + n for n, scope in enumerate(some) if not _may_stay(scope, doors, users)]
    return out


def _open_doors(scopes: Sequence[Scope]) -> set[str]:
    """Return the ways in, of those these sockets came by, that are still there: tokens' digests and sessions' keys."""
    digests = {digest_of(scope["token"]) for scope in scopes if "token" in scope}
    keys = {scope["session"].session_key for scope in scopes if "token" not in scope}
    found: set[str] = set()
    if digests:
        found.update(ApiToken.objects.filter(digest__in=digests).values_list("digest", flat=True))
    if keys:
        live = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
        found.update(live.values_list("session_key", flat=True))
    return found


def _may_stay(scope: Scope, doors: set[str], users: Mapping[int, User]) -> bool:
    then, now = scope["user"], users.get(scope["user"].pk)
    if now is None or not now.is_active or then.is_staff > now.is_staff or then.is_superuser > now.is_superuser:
        return False
    if "token" in scope:
        return digest_of(scope["token"]) in doors
    session = scope["session"]
    same_password = constant_time_compare(session.get(HASH_SESSION_KEY, ""), now.get_session_auth_hash())
    return session.session_key in doors and same_password
