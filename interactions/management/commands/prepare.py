"""`manage.py prepare`: makes database and static files ready for this version. Does nothing where they are."""

import json
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from interactions import installation
from interactions.web.login_link import path_for


class Command(BaseCommand):
    """Prints one JSON object: `login_path`, the path of a sign-in link while the administrator has no password."""

    help = "Migrate the database, collect the static files, make the first user and the sample entities."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare everything. Raises `CommandError` (exit code 2) with one line that says what to do."""
        try:
            installation.check_database()
            installation.check_redis()
            installation.migrate()
            installation.collect_static()
            admin = installation.seed()
        except installation.CannotPrepare as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(json.dumps({"login_path": self._login_path(admin)}))

    def _login_path(self, admin: User | None) -> str:
        return path_for(admin) if admin and not admin.has_usable_password() else ""
