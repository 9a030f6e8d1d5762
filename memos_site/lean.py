"""Imports two libraries without what they would bring along only because it is installed: structlog imports what else
it could write to, redis OpenTelemetry's SDK. Neither is used by them here; together it is 6 MB and 0.15 s of CPU in
each process. Settings import this first."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(*modules: str) -> Iterator[None]:
    """Let imports of these modules fail, unless they are there already."""
    hidden = [name for name in modules if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


with without("rich", "structlog.twisted", "opentelemetry"):
    import redis as redis
    import structlog as structlog
