"""On PostgreSQL each statement is a journey there and back, and most of a short transaction is waiting for them.

The statements of agents/statements.py are prepared by name, once per connection. In a transaction begun within
`sending_together` they gather until an answer is read or the transaction ends, and are sent as one, BEGIN with the
first and COMMIT with the last of them. What the ORM does goes on as ever: its first statement sends what has gathered,
and from there on nothing gathers. docs/decisions/0010-statements-compiled-once.md
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import InterfaceError
from django.db.backends.postgresql import base

# So many statements are prepared at most: each costs the server some ten kilobytes. Further ones are sent as they are.
MOST_PREPARED = 200


class Answer:
    """What a statement is answered, once it has been sent."""

    def __init__(self, batch: "Batch") -> None:
        self._batch = batch
        self.rows: list[Any] | None = None

    def fetchall(self) -> list[Any]:
        """Return the rows. Raises what went wrong with any statement that was sent together with this one."""
        self._batch.send()
        if self.rows is None:
            raise InterfaceError("The transaction ended before this statement was sent.")
        return self.rows


class Batch:
    """Statements that wait to be sent together."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor  # one that writes the values into the SQL: several statements can have no others
        self._sql: list[str] = []
        self._params: list[Any] = []
        self._answers: list[Answer] = []

    def add(self, sql: str, params: Sequence[Any] = ()) -> Answer:
        """Let a statement wait with the others."""
        answer = Answer(self)
        self._sql.append(sql)
        self._params += params
        self._answers.append(answer)
        return answer

    def send(self) -> None:
        """Send what has gathered, if anything has, and read the answers."""
        if not self._sql:
            return
        sql, params, answers = ";".join(self._sql), self._params, self._answers
        self._sql, self._params, self._answers = [], [], []
        self._cursor.execute(sql, params)
        for answer in answers:
            answer.rows = self._cursor.fetchall() if self._cursor.pgresult.nfields else []
            self._cursor.nextset()


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose short transactions take few journeys."""

    _batch: Batch | None = None
    _is_next_together = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepared: dict[str, str] = {}  # what each statement is called by

    @contextmanager
    def sending_together(self) -> Iterator[None]:
        """Let the statements of the transaction that begins within gather. An open one goes on as it is."""
        self._is_next_together = not self.queries_logged
        try:
            yield
        finally:
            self._is_next_together = False

    def run(self, sql: str, params: Sequence[Any]) -> Answer:
        """Execute a statement past Django's cursors, now or with others, and return its answer."""
        self.ensure_connection()
        with self.wrap_database_errors:
            named = self._named(sql)
            if self._batch is not None:
                return self._batch.add(named, params)
            alone = self._gathering()
            answer = alone.add(named, params)
            alone.send()
            return answer

    def get_new_connection(self, conn_params: Any) -> Any:
        """Connect. Nothing is prepared on a new connection."""
        self._prepared.clear()
        return super().get_new_connection(conn_params)

    def _named(self, sql: str) -> str:
        if (named := self._prepared.get(sql)) is None:
            if len(self._prepared) >= MOST_PREPARED:
                return sql
            first, *rest = sql.split("%s")
            name = f"memos_{len(self._prepared)}"
            numbered = first + "".join(f"${number}{piece}" for number, piece in enumerate(rest, start=1))
            self.connection.execute(f"PREPARE {name} AS {numbered}")
            values = f"({', '.join(['%s'] * len(rest))})" if rest else ""
            named = self._prepared[sql] = f"EXECUTE {name}{values}"
        return named

    def _gathering(self) -> Batch:
        return Batch(base.Cursor(self.connection))  # type: ignore[call-arg]  # the stubs know psycopg 2

    def _set_autocommit(self, autocommit: bool) -> None:
        if autocommit or not self._is_next_together:
            super()._set_autocommit(autocommit)  # type: ignore[misc]  # not in the stubs
            return
        # The driver's own BEGIN is a journey: it stays in autocommit, and ours is a statement like the others.
        self._is_next_together = False
        self._batch = self._gathering()
        self._batch.add("BEGIN")

    def _cursor(self, name: str | None = None) -> Any:
        self._send()
        return super()._cursor(name)  # type: ignore[misc]  # not in the stubs

    def _commit(self) -> None:
        if self._batch is None:
            super()._commit()  # type: ignore[misc]  # not in the stubs
        else:
            self._batch.add("COMMIT")
            self._send()

    def _rollback(self) -> None:
        self._batch = None
        super()._rollback()  # type: ignore[misc]  # not in the stubs

    def _close(self) -> None:
        self._batch = None
        super()._close()  # type: ignore[misc]  # not in the stubs

    def _send(self) -> None:
        """Send what has gathered, and let nothing gather any more."""
        if self._batch is not None:
            batch, self._batch = self._batch, None
            with self.wrap_database_errors:
                batch.send()
