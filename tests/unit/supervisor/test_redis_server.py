"""Which Redis is used, and where it listens."""

import stat
import tempfile
from pathlib import Path

import pytest

from memos_site.supervisor import redis_server
from memos_site.supervisor.errors import StartError


def program(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    valkey = program(tmp_path, "valkey-server")
    assert redis_server.find_program() == str(valkey)
    redis = program(tmp_path, "redis-server")
    assert redis_server.find_program() == str(redis)


def test_without_one_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(StartError, match=r"apt install redis-server.*REDIS_URL"):
        redis_server.find_program()


def test_a_short_path_is_taken_as_it_is(tmp_path: Path) -> None:
    assert redis_server.socket_path(Path("/tmp/d/redis.sock")) == Path("/tmp/d/redis.sock")


def test_a_long_path_gives_a_private_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    wanted = tmp_path / ("x" * 100) / "redis.sock"
    found = redis_server.socket_path(wanted)
    assert found == redis_server.socket_path(wanted), "every start finds the same place"
    assert found.name == "redis.sock"
    assert stat.S_IMODE(found.parent.stat().st_mode) == 0o700


def test_a_place_open_to_others_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    wanted = tmp_path / ("x" * 100) / "redis.sock"
    redis_server.socket_path(wanted).parent.chmod(0o777)
    with pytest.raises(StartError, match="shorter path"):
        redis_server.socket_path(wanted)


def test_it_listens_on_no_port_and_keeps_nothing() -> None:
    command = redis_server.command("redis-server", Path("/d/redis.sock"), Path("/d"))
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert options["--port"] == "0"
    assert options["--unixsocket"] == "/d/redis.sock"
    assert options["--save"] == ""
    assert options["--appendonly"] == "no"
