"""SQLite locked by another process, and a disk that is full: a wait or a 503, nothing half done, recovery by itself."""

import re
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.faults.talk import Talk
from tests.listener import Listener
from tests.stub_model import StubModel
from tests.system import System

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180)]

HOLDER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
database.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
database.rollback()
"""


@contextmanager
def locked(system: System) -> Iterator[None]:
    """Another process holds the lock of all writers."""
    command = [sys.executable, "-c", HOLDER, str(system.data / "memos.sqlite3")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout and holder.stdin and holder.stdout.readline() == "held\n"
        try:
            yield
        finally:
            holder.communicate("\n")


def signed_in(system: System) -> httpx.Client:
    """Return a browser's session."""
    path = re.search(r"/login/link/\S+", system.manage("login_link", "admin"))
    assert path
    browser = httpx.Client(base_url=system.url, timeout=15, headers={"Origin": system.url}, follow_redirects=True)
    browser.get(path[0])
    browser.headers["X-CSRFToken"] = browser.cookies["csrftoken"]
    browser.post(path[0])
    browser.headers["X-CSRFToken"] = browser.cookies["csrftoken"]
    return browser


def test_a_short_lock_only_delays(system: System, talk: Talk) -> None:
    with locked(system):
        sending = threading.Thread(target=talk.say)
        sending.start()
        time.sleep(1)
        assert sending.is_alive() and talk.events() == []  # it waits, and readers do not
    sending.join(10)
    talk.check_whole()


@pytest.mark.parametrize(
    "seconds", [4.5, pytest.param(10, marks=pytest.mark.long), pytest.param(30, marks=pytest.mark.long)]
)
def test_a_long_lock_is_a_503_and_nothing_half_done(system: System, talk: Talk, seconds: float) -> None:
    busy = Talk(system.client, "shim")
    with Listener(system.client, busy.id) as ear:
        busy.say()
        ear.wait_speaking()
        with locked(system):
            until = time.monotonic() + seconds
            answer = talk.post()
            assert answer.status_code == 503 and answer.json()["error"]["code"] == "unavailable"
            assert talk.events() == []
            time.sleep(max(0.0, until - time.monotonic()))
        talk.resend()
        talk.check_whole()
        busy.check_whole(60)  # the run that could not commit goes on where it was
        ear.wait_end(busy.run)
        ear.check()


def test_a_page_says_in_words_that_the_database_is_locked(system: System, talk: Talk) -> None:
    form = {"text": "Hello?", "client_message_id": talk.client_message_id}
    with closing(signed_in(system)) as browser:
        assert browser.get(f"/c/{talk.id}/").status_code == 200
        with locked(system):
            page, script, htmx = (
                browser.post(f"/c/{talk.id}/messages/", data=form, headers=headers)
                for headers in ({}, {"Accept": "application/json"}, {"HX-Request": "true"})
            )
    for answer in (page, script, htmx):
        assert answer.status_code == 503 and "Retry-After" in answer.headers
    assert "<h1>" in page.text and "try again" in page.text.lower()
    assert script.json()["error"]["code"] == "unavailable"
    assert "<" not in htmx.text and "try again" in htmx.text.lower()
    assert talk.events() == []


# -- a full disk


def limit(system: System, size: int) -> None:
    """Let the web server write no file beyond `size` bytes; -1 for as it was."""
    _soft, hard = resource.prlimit(system.web.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(system.web.pid, resource.RLIMIT_FSIZE, (size if size >= 0 else hard, hard))


def check_full(system: System, talk: Talk) -> None:
    """No acknowledgement, and an error in words."""
    answer = talk.post()
    assert answer.status_code == 503 and answer.json()["error"]["code"] == "unavailable", answer.text


def test_a_disk_that_takes_nothing_more_from_the_web_server(system: System, talk: Talk) -> None:
    limit(system, 4096)
    try:
        check_full(system, talk)
        assert httpx.get(f"{system.url}/api/v1/entities", headers=system.client.headers, timeout=10).status_code == 200
    finally:
        limit(system, -1)
    assert talk.events() == []
    talk.say()  # without a restart
    talk.check_whole()


def can_mount() -> bool:
    """Whether this account may mount a file system of its own."""
    command = ["unshare", "-m", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /tmp"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A folder on a small file system, and the process in whose view of the files it is there."""
    folder = tmp_path / "disk"
    folder.mkdir()
    script = f"mount -t tmpfs -o size=64m tmpfs {folder} && echo ready && exec sleep 600"
    with subprocess.Popen(["unshare", "-m", "sh", "-c", script], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout and holder.stdout.readline() == "ready\n"
        try:
            yield holder.pid, folder
        finally:
            holder.kill()


@pytest.mark.skipif(not can_mount(), reason="mounting needs root")
def test_a_full_disk(small_disk: tuple[int, Path], the_model: StubModel, tmp_path: Path) -> None:
    holder, data = small_disk
    seen = Path(f"/proc/{holder}/root{data}")
    wrap = (shutil.which("nsenter") or "nsenter", "-t", str(holder), "-m")
    with System(tmp_path / "system", the_model.port, workers=1, data=data, wrap=wrap) as system:
        before, talk = Talk(system.client), Talk(system.client)
        with Listener(system.client, before.id) as ear:
            before.say()
            ear.wait_speaking()
            with (seen / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
                while True:
                    ballast.write(b"x" * 4096)
            check_full(system, talk)
            time.sleep(3)
            (seen / "ballast").unlink()
            assert talk.events() == []
            talk.say()  # without a restart
            talk.check_whole()
            before.check_whole(60)
            ear.wait_end(before.run)
            ear.check()
        system.check()
