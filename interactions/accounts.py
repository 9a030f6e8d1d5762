"""Finding a person by name, for the command line."""

from django.contrib.auth.models import User
from django.core.management.base import CommandError


def named(name: str) -> User:
    """Return the active user called `name`. Raises `CommandError` (exit code 2) that lists those there are."""
    person = User.objects.filter(username=name, is_active=True).first()
    if person is None:
        known = ", ".join(User.objects.filter(is_active=True).order_by("pk").values_list("username", flat=True)[:20])
        raise CommandError(f"There is no active user “{name}”. There is: {known or 'nobody yet'}.", returncode=2)
    return person
