"""Which files of a data folder belong into a backup."""

import os
import socket
from pathlib import Path

import pytest

from interactions.backup import contents
from interactions.backup.errors import BackupError


def test_all_but_what_is_made_anew(tmp_path: Path) -> None:
    kept = {"secret.key", "uploads/a/1.png", "uploads/.odd", "something-new"}
    left = {
        "memos.sqlite3", "memos.sqlite3-wal", "memos.sqlite3-shm", "up.lock", "processes.json", "static/a.css",
        "before-restore-20260101T000000Z/secret.key", "restore.unfinished", "tmpab12", ".restore-x/secret.key",
    }  # fmt: skip
    for name in kept | left:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "redis.sock"))
        assert {str(path.relative_to(tmp_path)) for path in contents.files(tmp_path)} == kept


@pytest.mark.parametrize("name", ["link", "uploads/link"])
def test_a_link_is_not_followed_and_not_forgotten(tmp_path: Path, name: str) -> None:
    (tmp_path / "uploads").mkdir()
    (tmp_path / name).symlink_to("/etc")
    with pytest.raises(BackupError, match="is a link"):
        list(contents.files(tmp_path))
