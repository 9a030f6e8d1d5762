"""`manage.py backup FILE`: everything that is kept, in one archive, while MemOS runs."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from interactions.backup import making
from interactions.backup.errors import BackupError


class Command(BaseCommand):
    """Prints where the archive is. Who has it has everything: keep it like the data folder itself."""

    help = "Write the database and the data folder into one archive (.tar.zst), as they are at one moment."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take where the archive goes."""
        parser.add_argument("file", type=Path, help="The archive to make, or a folder; then its name has the time.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it. Raises `CommandError` (exit code 2) when that cannot be; then no file is left."""
        try:
            path, made = making.make(options["file"])
        except BackupError as error:
            raise CommandError(str(error), returncode=2) from error
        what = f"the database and {len(made.members) - 1} other files"
        self.stdout.write(f"Backed up {what}: {path} ({path.stat().st_size:,} bytes)")
