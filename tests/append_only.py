"""Lets a test database be emptied although its log is append-only."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test import TransactionTestCase

from interactions import append_only


@contextmanager
def allow_flush() -> Iterator[None]:
    """Within it the append-only triggers of the (test) database are away."""
    append_only.drop(connection)
    try:
        yield
    finally:
        append_only.create(connection)


def make_flushes_pass() -> None:
    """Let every flush at the end of a transactional test through: call it once, in tests/conftest.py.

    Such tests empty all tables with DELETE (or TRUNCATE), which is just what the triggers are there to refuse.
    """
    case: Any = TransactionTestCase
    plain = case._fixture_teardown

    def teardown(self: Any) -> None:
        with allow_flush():
            plain(self)

    case._fixture_teardown = teardown
