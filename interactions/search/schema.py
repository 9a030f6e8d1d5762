"""The index of messages: SQLite's FTS5, or a tsvector with a GIN index on PostgreSQL; filled by triggers.

`interactions_searchrow` numbers the messages in the order of their coming, which is the order of the hits. It is not
Django's: no query of the ORM needs it, and it may be made anew from the messages at any time (`install`).

On SQLite the owner is a token of the index (`u7`), so that the index itself finds what is somebody's own; on
PostgreSQL it is a column. SQLite loses triggers when a migration rebuilds the table of messages, and refuses to rebuild
a table that some trigger reads: so they are let go before migrations (`release`), and put back after them (`ensure`).
"""

from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

ROW, WORDS, MESSAGE = "interactions_searchrow", "interactions_searchwords", "interactions_message"
# The owner of a message is its conversation's.
_OWNER = "(SELECT owner_id FROM interactions_conversation WHERE id = {0}.conversation_id)"

_SQLITE_TABLES = (
    f"CREATE TABLE {ROW} (id INTEGER PRIMARY KEY AUTOINCREMENT, message_id char(32) NOT NULL UNIQUE, owner_id integer)",
    # Contentless: the words are in the index, the text is in the message.
    f"CREATE VIRTUAL TABLE {WORDS} USING fts5(text, owner, content='', prefix='2 3', "
    "tokenize='unicode61 remove_diacritics 2')",
)
_SQLITE_TRIGGERS = {
    f"{MESSAGE}_search_add": f"""AFTER INSERT ON {MESSAGE} BEGIN
        INSERT INTO {ROW} (message_id, owner_id) VALUES (NEW.id, {_OWNER.format("NEW")});
        INSERT INTO {WORDS} (rowid, text, owner)
            SELECT id, NEW.text, 'u' || owner_id FROM {ROW} WHERE message_id = NEW.id;
    END""",
    f"{MESSAGE}_search_change": f"""AFTER UPDATE OF text ON {MESSAGE} WHEN OLD.text <> NEW.text BEGIN
        INSERT INTO {WORDS} ({WORDS}, rowid, text, owner)
            SELECT 'delete', id, OLD.text, 'u' || owner_id FROM {ROW} WHERE message_id = OLD.id;
        INSERT INTO {WORDS} (rowid, text, owner)
            SELECT id, NEW.text, 'u' || owner_id FROM {ROW} WHERE message_id = NEW.id;
    END""",
    f"{MESSAGE}_search_drop": f"""AFTER DELETE ON {MESSAGE} BEGIN
        INSERT INTO {WORDS} ({WORDS}, rowid, text, owner)
            SELECT 'delete', id, OLD.text, 'u' || owner_id FROM {ROW} WHERE message_id = OLD.id;
        DELETE FROM {ROW} WHERE message_id = OLD.id;
    END""",
}
_SQLITE_FILL = (
    f"INSERT INTO {ROW} (message_id, owner_id) SELECT m.id, c.owner_id FROM {MESSAGE} m "
    "JOIN interactions_conversation c ON c.id = m.conversation_id ORDER BY m.created_at, m.seq",
    f"INSERT INTO {WORDS} (rowid, text, owner) SELECT r.id, m.text, 'u' || r.owner_id FROM {ROW} r "
    f"JOIN {MESSAGE} m ON m.id = r.message_id",
)

# 'simple' knows no language: people write in many, and names are searched for most.
_POSTGRES_TABLES = (
    f"CREATE TABLE {ROW} (id bigserial PRIMARY KEY, message_id uuid NOT NULL UNIQUE, owner_id integer, words tsvector)",
    f"CREATE INDEX {ROW}_words ON {ROW} USING gin (words)",
    f"CREATE INDEX {ROW}_newest ON {ROW} (owner_id, id DESC)",
)
_POSTGRES_FUNCTION = f"""CREATE OR REPLACE FUNCTION {ROW}_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            TRUNCATE {ROW};
        ELSIF TG_OP = 'DELETE' THEN
            DELETE FROM {ROW} WHERE message_id = OLD.id;
        ELSIF TG_OP = 'UPDATE' THEN
            UPDATE {ROW} SET words = to_tsvector('simple', NEW.text) WHERE message_id = NEW.id;
        ELSE
            INSERT INTO {ROW} (message_id, owner_id, words)
                VALUES (NEW.id, {_OWNER.format("NEW")}, to_tsvector('simple', NEW.text));
        END IF;
        RETURN NULL;
    END $$"""
_POSTGRES_TRIGGERS = {
    f"{MESSAGE}_search_add": f"AFTER INSERT ON {MESSAGE} FOR EACH ROW EXECUTE FUNCTION {ROW}_keep()",
    f"{MESSAGE}_search_change": (
        f"AFTER UPDATE OF text ON {MESSAGE} FOR EACH ROW WHEN (OLD.text IS DISTINCT FROM NEW.text) "
        f"EXECUTE FUNCTION {ROW}_keep()"
    ),
    f"{MESSAGE}_search_drop": f"AFTER DELETE ON {MESSAGE} FOR EACH ROW EXECUTE FUNCTION {ROW}_keep()",
    f"{MESSAGE}_search_empty": f"AFTER TRUNCATE ON {MESSAGE} FOR EACH STATEMENT EXECUTE FUNCTION {ROW}_keep()",
}
_POSTGRES_FILL = (
    f"INSERT INTO {ROW} (message_id, owner_id, words) SELECT m.id, c.owner_id, to_tsvector('simple', m.text) "
    f"FROM {MESSAGE} m JOIN interactions_conversation c ON c.id = m.conversation_id ORDER BY m.created_at, m.seq",
)


def install(_apps: Any, schema_editor: Any) -> None:
    """Make the index, with what was said so far (the forward half of a `RunPython`); its triggers come at the end of
    all migrations."""
    remove(_apps, schema_editor)
    db: BaseDatabaseWrapper = schema_editor.connection
    on_postgres = db.vendor == "postgresql"
    tables, fill = (_POSTGRES_TABLES, _POSTGRES_FILL) if on_postgres else (_SQLITE_TABLES, _SQLITE_FILL)
    with db.cursor() as cursor:
        for statement in (*tables, *fill):
            cursor.execute(statement)


def remove(_apps: Any, schema_editor: Any) -> None:
    """Drop the index (the backward half of a `RunPython`)."""
    db: BaseDatabaseWrapper = schema_editor.connection
    _drop_triggers(db)
    with db.cursor() as cursor:
        if db.vendor == "postgresql":
            cursor.execute(f"DROP FUNCTION IF EXISTS {ROW}_keep()")
        else:
            cursor.execute(f"DROP TABLE IF EXISTS {WORDS}")
        cursor.execute(f"DROP TABLE IF EXISTS {ROW}")


def release(using: str = DEFAULT_DB_ALIAS, plan: Sequence[Any] = (), **_signal: Any) -> None:
    """Drop the triggers while there is something to migrate (a receiver of `pre_migrate`)."""
    db = connections[using]
    if plan and MESSAGE in db.introspection.table_names():
        _drop_triggers(db)


def ensure(using: str = DEFAULT_DB_ALIAS, **_signal: Any) -> None:
    """Put the triggers where they are not (a receiver of `post_migrate`)."""
    db = connections[using]
    if ROW in db.introspection.table_names():
        _put_triggers(db)


def _drop_triggers(db: BaseDatabaseWrapper) -> None:
    on_postgres = db.vendor == "postgresql"
    with db.cursor() as cursor:
        for name in _POSTGRES_TRIGGERS if on_postgres else _SQLITE_TRIGGERS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{f' ON {MESSAGE}' if on_postgres else ''}")


def _put_triggers(db: BaseDatabaseWrapper) -> None:
    on_postgres = db.vendor == "postgresql"
    with db.cursor() as cursor:
        if on_postgres:
            cursor.execute(_POSTGRES_FUNCTION)
        create = "CREATE OR REPLACE TRIGGER" if on_postgres else "CREATE TRIGGER IF NOT EXISTS"
        for name, body in (_POSTGRES_TRIGGERS if on_postgres else _SQLITE_TRIGGERS).items():
            cursor.execute(f"{create} {name} {body}")
