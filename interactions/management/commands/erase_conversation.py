"""`manage.py erase_conversation ID --reason …`"""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from interactions.erasure import erase_conversation
from interactions.models import Conversation


class Command(BaseCommand):
    """Erases one conversation for good, and records that it was asked for."""

    help = (
        "Erase a conversation with its messages, runs, events and recorded prompts, for good. "
        "What the entity learned from it stays in its memory; forget that on the entity's page."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the conversation's id and the reason to keep."""
        parser.add_argument("conversation", type=UUID, help="The id in the conversation's address.")
        parser.add_argument("--reason", required=True, help="Kept with the record of the erasure (200 characters).")

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase it. Exits with 1 and a sentence when there is no such conversation."""
        try:
            erase_conversation(options["conversation"], options["reason"][:200])
        except Conversation.DoesNotExist:
            raise CommandError(f"There is no conversation {options['conversation']}.") from None
        self.stdout.write(f"Erased conversation {options['conversation']}.")
