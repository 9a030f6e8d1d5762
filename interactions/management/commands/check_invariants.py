"""`manage.py check_invariants`: does the stored data show what MemOS promises?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from interactions import installation
from interactions.invariants import violations


class Command(BaseCommand):
    """Prints every violation, one a line; exit code 1 when there is one."""

    help = "Check what stored data must always show, after a crash or a restore."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run all checks."""
        installation.take_time()
        found = 0
        for violation in violations():
            found += 1
            self.stdout.write(violation)
        if found:
            raise CommandError(f"{found} violations of what must always hold.", returncode=1)
        self.stdout.write("All invariants hold.")
