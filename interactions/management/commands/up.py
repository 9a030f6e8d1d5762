"""`manage.py up`, as the list of commands knows it. manage.py runs the supervisor itself, without loading Django."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Becomes the supervisor."""

    help = "Run MemOS on this machine: Redis, worker and web server, until Ctrl-C."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Does not return."""
        os.execv(sys.executable, [sys.executable, "-m", "memos_site.supervisor"])
