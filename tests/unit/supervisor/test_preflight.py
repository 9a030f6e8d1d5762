"""What is checked before anything starts."""

import socket
from pathlib import Path

import pytest

from memos_site.supervisor import preflight
from memos_site.supervisor.errors import StartError


def test_the_data_folder_is_made_private(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data"
    preflight.claim(folder).close()
    assert folder.stat().st_mode & 0o077 == 0


def test_only_one_has_the_folder(tmp_path: Path) -> None:
    with preflight.claim(tmp_path), pytest.raises(StartError, match=r"already \(process \d+\)"):
        preflight.claim(tmp_path)
    preflight.claim(tmp_path).close()


def test_a_taken_port_names_another(tmp_path: Path) -> None:
    with preflight.listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(StartError, match=f"MEMOS_PORT={port + 1}"):
            preflight.listen("127.0.0.1", port)


def test_an_unknown_host_is_said() -> None:
    with pytest.raises(StartError, match="Check MEMOS_HOST"):
        preflight.listen("no such host", 0)


def test_ipv6_addresses_may_be_in_brackets() -> None:
    with preflight.listen("[::1]", 0) as listener:
        assert listener.family == socket.AF_INET6
