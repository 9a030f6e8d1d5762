"""SQLite lets one writer in at a time; whoever else wants to begin polls with growing pauses, and the unlucky starve.

Here the threads of one process queue for a lock of their own before they ask the database, so that at most one of them
ever polls. Measured with a hundred messages at once: without it most of the time went into polling, and some requests
waited for longer than fifteen seconds.
"""

import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

_writers = threading.Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose transactions wait for their turn among the threads of this process."""

    _has_turn = False

    def run(self, sql: str, params: Sequence[Any]) -> Any:
        """Execute a statement past Django's cursors, and return the driver's cursor."""
        self.ensure_connection()
        with self.wrap_database_errors:
            return self.connection.execute(_with_question_marks(sql), params)

    def _start_transaction_under_autocommit(self) -> None:
        """Begin a transaction. Raises `OperationalError` when the turn does not come within the database's timeout."""
        if not self._has_turn:
            timeout = float(self.settings_dict["OPTIONS"].get("timeout", 5))
            if not _writers.acquire(timeout=timeout):
                raise OperationalError("database is locked")
            self._has_turn = True
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # not in the stubs
        except BaseException:
            self._end_turn()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            if not self.connection or not self.connection.in_transaction:
                self._end_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _end_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            _writers.release()


@lru_cache(maxsize=1_000)
def _with_question_marks(sql: str) -> str:
    return sql.replace("%s", "?")
