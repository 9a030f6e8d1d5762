import json
from pathlib import Path

import pytest

from memos_site.supervisor.status import Status


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://noor:pa55-word@127.0.0.1:6379/0", "redis://noor:…@127.0.0.1:6379/0"),
        ("redis://:pa55-word@127.0.0.1:6379/0", "redis://:…@127.0.0.1:6379/0"),
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
        ("unix:///tmp/memos/redis.sock", "unix:///tmp/memos/redis.sock"),
    ],
)
def test_the_file_holds_no_password(tmp_path: Path, url: str, shown: str) -> None:
    Status(tmp_path, "http://127.0.0.1:8000", url, 1).started("web", 2)
    written = json.loads((tmp_path / "processes.json").read_text())
    assert written["redis"] == shown
    assert (tmp_path / "processes.json").stat().st_mode & 0o077 == 0
