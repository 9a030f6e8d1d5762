"""`manage.py restore FILE`: puts a backup in place, whole or not at all."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from interactions.backup import restoring
from interactions.backup.errors import BackupError


class Command(BaseCommand):
    """Deletes nothing: what was there before goes aside."""

    help = "Restore an archive that `backup` made, into a MemOS that is stopped. Everybody has to sign in again."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the archive, and what may be overridden."""
        parser.add_argument("file", type=Path, help="The archive.")
        parser.add_argument("--force", action="store_true", help="Restore over what is there, which goes aside.")
        parser.add_argument(
            "--unchecked", action="store_true", help="Restore even what violates the invariants (see check_invariants)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore it. Raises `CommandError` (exit code 2) when that cannot be; then nothing has changed."""
        try:
            done = restoring.restore(options["file"], force=options["force"], unchecked=options["unchecked"])
        except BackupError as error:
            raise CommandError(str(error), returncode=2) from error
        for warning in done.warnings:
            self.stderr.write(warning)
        made = done.manifest
        self.stdout.write(f"Restored the backup of {made.made_at:%Y-%m-%d %H:%M:%S} UTC, made by MemOS {made.version}.")
        for place in done.aside:
            self.stdout.write(f"What was there before is kept in {place}.")
