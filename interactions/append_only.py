"""The database's own guard of what is written once: the log's events and the versions of a state.

Triggers, because a guard in Python is only as good as the discipline of whoever writes SQL next. An UPDATE is always
refused. A DELETE is refused unless an `Erasure` names the conversation (or the entity) it belongs to, so that
erasing on a person's request stays one explicit, recorded act (`interactions.erasure`). The refusal reaches Django
as an `IntegrityError` on SQLite and PostgreSQL alike.

On SQLite a later migration that alters one of the two tables rebuilds it and silently loses its triggers: such a
migration ends with `RunPython(append_only.install)`. A test looks for the triggers after all migrations.
"""

from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True, slots=True)
class Guard:
    """A table that is only ever appended to, and the column of `interactions_erasure` that frees its rows."""

    table: str
    parent: str
    erasure: str
    message: str


GUARDS = (
    Guard("interactions_eventrecord", "conversation_id", "conversation", "The log is append-only: erase_conversation"),
    Guard("agents_stateversion", "entity_id", "entity", "State versions are append-only: erase_entity"),
)


def install(_apps: Any, schema_editor: Any) -> None:
    """Create the triggers, replacing those that are there (the forward half of a `RunPython`)."""
    remove(_apps, schema_editor)
    create(schema_editor.connection)


def remove(_apps: Any, schema_editor: Any) -> None:
    """Drop the triggers (the backward half of a `RunPython`)."""
    drop(schema_editor.connection)


def create(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers on a database that does not have them."""
    statements = _postgres if connection.vendor == "postgresql" else _sqlite
    with connection.cursor() as cursor:
        for guard in GUARDS:
            for statement in statements(guard):
                cursor.execute(statement)


def drop(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers where they exist. For migrations and the test database's flush alone."""
    on_table = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for guard in GUARDS:
            for verb in ("update", "delete", "truncate"):
                tail = f" ON {guard.table}" if on_table else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {guard.table}_no_{verb}{tail}")
            if on_table:
                cursor.execute(f"DROP FUNCTION IF EXISTS {guard.table}_refuse()")


def _sqlite(guard: Guard) -> list[str]:
    refuse = f"SELECT RAISE(ABORT, '{guard.message}')"
    free = f"SELECT 1 FROM interactions_erasure WHERE {guard.erasure} = OLD.{guard.parent}"
    return [
        f"CREATE TRIGGER {guard.table}_no_update BEFORE UPDATE ON {guard.table} BEGIN {refuse}; END",
        f"CREATE TRIGGER {guard.table}_no_delete BEFORE DELETE ON {guard.table} "
        f"WHEN NOT EXISTS ({free}) BEGIN {refuse}; END",
    ]


def _postgres(guard: Guard) -> list[str]:
    free = f"SELECT 1 FROM interactions_erasure WHERE {guard.erasure} = OLD.{guard.parent}"
    return [
        f"""CREATE FUNCTION {guard.table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                IF EXISTS ({free}) THEN RETURN OLD; END IF;
            END IF;
            RAISE EXCEPTION '{guard.message}' USING ERRCODE = 'integrity_constraint_violation';
        END $$""",
        f"CREATE TRIGGER {guard.table}_no_update BEFORE UPDATE ON {guard.table} "
        f"FOR EACH ROW EXECUTE FUNCTION {guard.table}_refuse()",
        f"CREATE TRIGGER {guard.table}_no_delete BEFORE DELETE ON {guard.table} "
        f"FOR EACH ROW EXECUTE FUNCTION {guard.table}_refuse()",
        f"CREATE TRIGGER {guard.table}_no_truncate BEFORE TRUNCATE ON {guard.table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {guard.table}_refuse()",
    ]
