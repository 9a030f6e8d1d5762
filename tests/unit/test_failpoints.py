"""Failpoints: silent unless a test arms one, each in the code under its name, and fired once."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agents import failpoints
from memos_site.env import BASE_DIR


def in_a_process(tmp_path: Path, armed: str, *names: str, testing: str = "1") -> "subprocess.CompletedProcess[str]":
    """Pass the named places in a process of its own and return how it ended."""
    lines = [f"failpoints.hit({name!r}); print({name!r}, flush=True)" for name in names]
    code = "; ".join(["import django", "django.setup()", "from agents import failpoints", *lines])
    own = {
        "DJANGO_SETTINGS_MODULE": "memos_site.settings",
        "MEMOS_DATA_DIR": str(tmp_path),
        "MEMOS_FAILPOINT": armed,
        "MEMOS_TESTING": testing,
    }
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=BASE_DIR, env={**os.environ, **own}, capture_output=True, text=True, check=False)


def test_only_the_place_that_is_named_kills(tmp_path: Path) -> None:
    done = in_a_process(tmp_path, "commit.after:kill", "commit.before", "commit.after")
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "commit.before\n")


def test_outside_of_tests_nothing_happens(tmp_path: Path) -> None:
    done = in_a_process(tmp_path, "commit.after:kill", "commit.after", testing="")
    assert (done.returncode, done.stdout) == (0, "commit.after\n")


def test_a_file_arms_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    armed = tmp_path / "failpoint"
    monkeypatch.setattr(failpoints, "_armed", f"@{armed}")
    failpoints.hit("claim.after")
    armed.write_text("claim.after:raise")
    failpoints.hit("claim.before")
    with pytest.raises(failpoints.FailpointHit):
        failpoints.hit("claim.after")
    assert not armed.exists()
    failpoints.hit("claim.after")


@pytest.mark.parametrize("armed", ["claim.never:kill", "claim.after:explode", "claim.after"])
def test_a_mistyped_one_is_an_error(armed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failpoints, "_armed", armed)
    with pytest.raises(ValueError, match="MEMOS_FAILPOINT"):
        failpoints.hit("claim.before")


def test_every_name_stands_in_the_code_and_every_place_has_a_name() -> None:
    sources = [
        path.read_text() for folder in ("agents", "interactions") for path in Path(BASE_DIR, folder).rglob("*.py")
    ]
    assert {name for text in sources for name in re.findall(r'failpoints\.hit\("(.+?)"\)', text)} == set(
        failpoints.NAMES
    )


def test_a_trace_lets_everything_pass_and_says_when(monkeypatch, tmp_path):
    trace = tmp_path / "trace"
    monkeypatch.setattr(failpoints, "_armed", f"trace:{trace}")
    before = time.monotonic()
    failpoints.hit("commit.before")
    failpoints.hit("commit.after")
    lines = [line.split() for line in trace.read_text().splitlines()]
    assert [name for _at, name in lines] == ["commit.before", "commit.after"]
    assert before - 0.001 <= float(lines[0][0]) <= float(lines[1][0]) <= time.monotonic() + 0.001
