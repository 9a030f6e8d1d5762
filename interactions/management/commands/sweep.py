"""`manage.py sweep`: rings for forgotten runs until it is stopped."""

import signal
import threading
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from interactions.sweeper import sweep_forever


class Command(BaseCommand):
    """The sweeper as a process. One is enough for an installation; several do no harm."""

    help = "Ring again for every run that waits and that no worker has, until stopped."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep until SIGTERM or SIGINT."""
        stop = threading.Event()

        def on_signal(number: int, frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, on_signal)
        signal.signal(signal.SIGINT, on_signal)
        sweep_forever(stop)
