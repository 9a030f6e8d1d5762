"""`manage.py login_link [USER]`: a link that signs a person in once."""

import json
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from interactions.accounts import named
from interactions.web.login_link import path_for


class Command(BaseCommand):
    """Prints the link, and nothing else, on standard output."""

    help = "Print a link that signs USER in once, within 24 hours."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", nargs="?", help="User name; the first administrator when left out.")

    def handle(self, *args: Any, user: str | None = None, **options: Any) -> None:
        """Print the link. Raises `CommandError` (exit code 2) when there is no such user."""
        person = named(user) if user else User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
        if person is None:
            raise CommandError("There is no administrator yet: `manage.py createsuperuser` makes one.", returncode=2)
        self.stdout.write(_address() + path_for(person))


def _address() -> str:
    """Return where MemOS runs on this data folder, on whichever port; else where it would."""
    try:
        running = json.loads((settings.MEMOS.data_dir / "processes.json").read_text())
        return str(running["url"])
    except (OSError, ValueError, KeyError):
        return str(settings.MEMOS.url)
