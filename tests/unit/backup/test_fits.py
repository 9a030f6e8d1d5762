"""What a backup needs to be restored here."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from interactions import installation
from interactions.backup import making, programs, restoring
from interactions.backup.errors import BackupError
from interactions.backup.manifest import Manifest


class Target:
    """A database of the kind that is configured, which takes everything."""

    kind = "sqlite"

    def check_fits(self, manifest: Manifest) -> None:
        """It fits."""


def check(**changes: Any) -> None:
    told: dict[str, Any] = {"version": "9", "database": "sqlite", "migrations": (), "secret": "", "members": {}}
    restoring._check_fits(Manifest(**told | changes), Target())  # type: ignore[arg-type]


def test_of_this_version() -> None:
    check(migrations=("agents.0001_initial", "auth.0001_initial", "an_app_of_before.0001_initial"))


def test_of_a_newer_version() -> None:
    with pytest.raises(BackupError, match=r"newer MemOS \(9, it has agents.9999_future\)"):
        check(migrations=("agents.0001_initial", "agents.9999_future"))


def test_of_another_database() -> None:
    with pytest.raises(
        BackupError, match="of a postgresql database, and this installation uses sqlite: set DATABASE_URL"
    ):
        check(database="postgresql")


@pytest.mark.django_db
def test_an_interrupted_restore_is_not_started_on() -> None:
    marker = installation.unfinished_restore()
    marker.touch()
    try:
        with pytest.raises(installation.CannotPrepare, match="interrupted"):
            installation.check_database()
        installation.check_database(restoring=True)
    finally:
        marker.unlink()
    installation.check_database()


def test_where_a_backup_may_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    for path, says in (
        (tmp_path / "there", "there already"),
        (tmp_path / "no" / "folder", "no folder"),
        (Path(settings.MEMOS.data_dir) / "x.tar.zst", "inside the data folder"),
    ):
        with pytest.raises(BackupError, match=says):
            making.make(path)


@pytest.mark.parametrize(("major", "chosen"), [(14, "15"), (15, "15"), (16, "17"), (17, "17")])
def test_the_nearest_programs_that_are_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, major: int, chosen: str
) -> None:
    fake_programs(tmp_path, monkeypatch)
    assert programs.find("pg_dump", major).parent.name == chosen


def test_no_program_is_new_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_programs(tmp_path, monkeypatch)
    with pytest.raises(BackupError, match="pg_dump of PostgreSQL 99 or newer, and there is none"):
        programs.find("pg_dump", 99)


def fake_programs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that only say their version, the newest first on the PATH."""
    for release in ("17.2", "15.18 (Debian 15.18-0+deb12u1)"):
        program = folder / release[:2] / "pg_dump"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {release}'\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder / '17'}:{folder / '15'}")
    monkeypatch.setattr(programs, "PLACES", folder / "none")
