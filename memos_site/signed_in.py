"""Who is signed in, read on every request: Django's own sessions and users, by statements compiled once."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from agents import statements


class SessionStore(db.SessionStore):
    """The session in the database."""

    def _get_session_from_db(self) -> Session | None:
        found = statements.get(Session, session_key=self.session_key)
        if found is not None and found.expire_date > timezone.now():
            return found
        self._session_key = None
        return None


class UserBackend(ModelBackend):
    """The user of a session; signing in is Django's."""

    def get_user(self, user_id: Any) -> User | None:
        """Return the user if it may sign in."""
        user = statements.get(User, id=user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
