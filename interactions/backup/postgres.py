"""PostgreSQL: dumped by pg_dump, which sees one moment; restored in one transaction, whole or not at all."""

import shutil
import subprocess
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from django.db import DatabaseError, connection, transaction
from psycopg import sql

from interactions.backup import programs
from interactions.backup.errors import BackupError
from interactions.backup.manifest import Manifest
from interactions.backup.swap import Swap

# What belongs to MemOS in a schema: nothing that an extension brought, no sequence that belongs to a table's column.
OBJECTS = """
SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
       quote_ident(c.relname)
  FROM pg_class c WHERE c.relnamespace = to_regnamespace(%(schema)s) AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                   AND d.deptype IN ('e', 'a', 'i'))
UNION ALL
SELECT 'ROUTINE', quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')'
  FROM pg_proc p WHERE p.pronamespace = to_regnamespace(%(schema)s)
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                   AND d.deptype = 'e')
"""
OTHERS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user
   AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
SCHEMA = "public"
# A newer pg_restore sets this for any server, among the first lines of its script.
UNKNOWN_BEFORE_17, HEAD = b"SET transaction_timeout = 0;\n", 40


class PostgresDatabase:
    """The database that DATABASE_URL names."""

    kind: Literal["postgresql"] = "postgresql"

    def __init__(self) -> None:
        self.params: dict[str, Any] = connection.get_connection_params()
        try:
            connection.ensure_connection()
        except DatabaseError as error:
            raise BackupError(f"The database cannot be reached: {str(error).strip()}") from error
        assert connection.connection is not None
        self.server = connection.connection.info.server_version // 10_000

    def dump(self, to: Path) -> None:
        """Dump the database as it is at one moment. Raises `BackupError`."""
        program = programs.find("pg_dump", self.server)
        options = ("--format=custom", "--no-owner", "--no-privileges", f"--schema={SCHEMA}", "--lock-wait-timeout=30s")
        # Uncompressed: the archive is compressed as a whole.
        programs.run(program, *options, "--compress=0", f"--file={to}", params=self.params)

    def is_empty(self) -> bool:
        """Whether nothing would be replaced."""
        return not _objects(SCHEMA)

    def check_free(self) -> None:
        """Raise `BackupError` while somebody else is connected as the same user."""
        with connection.cursor() as cursor:
            cursor.execute(OTHERS)
            (others,) = cursor.fetchone() or (0,)
        if others:
            raise BackupError(
                f"The database is in use by {others} other connections. Stop MemOS on every machine first."
            )

    def check_fits(self, manifest: Manifest) -> None:
        """Raise `BackupError` for a dump of a newer server, or without the programs that it takes."""
        if manifest.server > self.server:
            raise BackupError(
                f"The backup is of PostgreSQL {manifest.server}; this server has {self.server}, which cannot read it."
            )
        programs.find("pg_restore", self.server)

    def load(self, dump: Path, swap: Swap, undo: ExitStack) -> str:
        """Put the dump in the place of what is there, which goes into a schema of its own; in one transaction.

        Return "": the address is as before. Raises `BackupError`.
        """
        aside = _schema_of(swap)
        old = _objects(SCHEMA)
        before, script = dump.with_name("before.sql"), dump.with_name("restore.sql")
        before.write_text("\n".join(("SET lock_timeout = '10s';", *_moves(old, SCHEMA, aside))) + "\n")
        self._write_script(dump, script)
        connection.close()
        psql = programs.find("pg_restore", self.server).with_name("psql")  # of the same release: they have to agree
        steps = (f"--file={before}", f"--file={script}")
        programs.run(
            psql, "--no-psqlrc", "--quiet", "--single-transaction", "-vON_ERROR_STOP=1", *steps, params=self.params
        )
        undo.callback(_put_back, aside, bool(old))
        before.unlink()
        script.unlink()
        return ""

    def place(self, dump: Path, swap: Swap) -> None:
        """It is in its place already."""
        dump.unlink()

    def kept_as(self, swap: Swap) -> str:
        """Say where the replaced tables are; "" when there were none."""
        name = _schema_of(swap)
        return f"the schema {name}" if _objects(name) else ""

    def _write_script(self, dump: Path, script: Path) -> None:
        """Write the dump as SQL, but for the schema itself, which is there."""
        program = programs.find("pg_restore", self.server)
        contents = subprocess.run([program, "--list", dump], capture_output=True, text=True, check=False)
        if contents.returncode:
            raise BackupError(f"The database in the archive is damaged: {contents.stderr.strip()}")
        chosen = dump.with_name("chosen.list")
        lines = contents.stdout.splitlines()
        chosen.write_text("\n".join(line for line in lines if f" SCHEMA - {SCHEMA} " not in line) + "\n")
        options = ("--no-owner", "--no-privileges", f"--use-list={chosen}", "--file=-")
        with script.open("wb") as file, subprocess.Popen([program, *options, dump], stdout=subprocess.PIPE) as restore:
            assert restore.stdout is not None
            head = [line for line in islice(restore.stdout, HEAD) if self.server >= 17 or line != UNKNOWN_BEFORE_17]
            file.writelines(head)
            shutil.copyfileobj(restore.stdout, file)
        chosen.unlink()
        if restore.returncode:
            raise BackupError("The database in the archive is damaged: pg_restore cannot read it.")


def _schema_of(swap: Swap) -> str:
    return swap.name.replace("-", "_").lower()


def _objects(schema: str) -> list[tuple[str, str]]:
    """Return the kind and the quoted name of everything of MemOS in the schema."""
    with connection.cursor() as cursor:
        cursor.execute(OBJECTS, {"schema": schema})
        return [(str(kind), str(name)) for kind, name in cursor.fetchall()]


def _moves(objects: list[tuple[str, str]], old: str, new: str) -> list[str]:
    """Return the statements that move the objects into a new schema. What refers to them follows by itself."""
    if not objects:
        return []
    return [f"CREATE SCHEMA {new};", *(f"ALTER {kind} {old}.{name} SET SCHEMA {new};" for kind, name in objects)]


def _put_back(aside: str, had_any: bool) -> None:
    """Undo `load`: remove what was restored, and let what was there before have its place again."""
    failed = aside.replace("before", "failed")
    with transaction.atomic(), connection.cursor() as cursor:
        statements = _moves(_objects(SCHEMA), SCHEMA, failed)
        if had_any:
            statements += _moves(_objects(aside), aside, SCHEMA)[1:]
            statements.append(f"DROP SCHEMA {aside};")
        for statement in [*statements, f"DROP SCHEMA IF EXISTS {failed} CASCADE;"]:
            cursor.execute(sql.SQL(statement))  # names from the catalog, quoted by it
