"""The copy of an SQLite database is one moment of it, whatever is written meanwhile."""

import sqlite3
from contextlib import closing
from pathlib import Path

from interactions.backup.sqlite import SqliteDatabase


def test_committed_rows_are_in_the_copy_and_others_are_not_and_nobody_waits(tmp_path: Path) -> None:
    database = SqliteDatabase()
    database.path = tmp_path / "source.sqlite3"
    with closing(sqlite3.connect(database.path, timeout=0)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("PRAGMA wal_autocheckpoint=0")  # so that the database's own file has none of it
        writer.execute("CREATE TABLE word (text)")
        writer.execute("INSERT INTO word VALUES ('committed')")
        writer.commit()
        writer.execute("INSERT INTO word VALUES ('not yet')")
        database.dump(tmp_path / "copy.sqlite3")
        writer.commit()
    with closing(sqlite3.connect(tmp_path / "copy.sqlite3")) as copy:
        assert copy.execute("SELECT text FROM word").fetchall() == [("committed",)]
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",), "one file, without a -wal beside it"
