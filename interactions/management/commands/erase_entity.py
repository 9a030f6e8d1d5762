"""`manage.py erase_entity OWNER SLUG --reason …`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.models import Entity
from interactions.erasure import erase_entity


class Command(BaseCommand):
    """Erases one entity for good, and records that it was asked for."""

    help = "Erase an entity with its state, its whole history and all its conversations, for good."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whose entity it is, its slug, and the reason to keep."""
        parser.add_argument("owner", help="The user name of its owner.")
        parser.add_argument("slug", help="The entity's short name, as in its address.")
        parser.add_argument("--reason", required=True, help="Kept with the record of the erasure (200 characters).")

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase it. Exits with 1 and a sentence when there is no such entity."""
        owner, slug = options["owner"], options["slug"]
        try:
            entity = Entity.objects.get(owner__username=owner, slug=slug)
        except Entity.DoesNotExist:
            raise CommandError(f"{owner} has no entity {slug}.") from None
        conversations = erase_entity(entity, options["reason"][:200])
        self.stdout.write(f"Erased {slug} of {owner} with {conversations} conversation(s).")
