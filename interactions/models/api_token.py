"""API tokens: shown once when made, kept as a digest."""

import hashlib
import secrets

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone

from agents import statements
from agents.models import Owned

PREFIX = "memos_"


class ApiToken(Owned):
    """Lets a program act as its owner."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def make(cls, owner: User, name: str) -> tuple["ApiToken", str]:
        """Return a new token's row and its secret, which is not kept."""
        secret = PREFIX + secrets.token_urlsafe(32)
        return cls.objects.create(owner=owner, name=name, digest=digest_of(secret)), secret

    @classmethod
    def owner_of(cls, secret: str) -> User | None:
        """Return the active user that `secret` stands for, or None."""
        token = statements.get(cls, digest=digest_of(secret))
        owner = statements.get(User, id=token.owner_id, is_active=True) if token else None
        if token is None or owner is None:
            return None
        # Once a minute is enough to know a token is in use, and spares a write per request.
        now = timezone.now()
        if token.used_at is None or (now - token.used_at).total_seconds() > 60:
            cls.objects.filter(pk=token.pk).update(used_at=now)
        return owner


def digest_of(secret: str) -> str:
    """Return what is kept of a token's secret."""
    # The secret has 256 random bits, so a fast hash is enough.
    return hashlib.sha256(secret.encode()).hexdigest()
