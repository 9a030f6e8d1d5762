"""`manage.py create_token USER`: lets a program act as USER."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from interactions.accounts import named
from interactions.models import ApiToken


class Command(BaseCommand):
    """Prints the token, and nothing else, on standard output; it is not kept and cannot be shown again."""

    help = "Make an API token for USER and print it, this once. Send it as `Authorization: Bearer TOKEN`."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="User name.")
        parser.add_argument("--name", default="command line", help="What the token is for, as the account page says.")

    def handle(self, *args: Any, user: str, name: str, **options: Any) -> None:
        """Print the token. Raises `CommandError` (exit code 2) when there is no such user."""
        _, secret = ApiToken.make(named(user), name[:80])
        self.stdout.write(secret)
