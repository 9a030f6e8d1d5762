"""`manage.py up` with real processes: it starts, mends itself, and leaves nothing behind, however it ends."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import psutil
import pytest

from tests.stack import READY_WITHIN, ROOT, Stack, free_port, is_running

CHILDREN = {"redis", "worker", "web"}


class FromNothing(Stack):
    """One whose first start migrates, as a person's does."""

    begins_migrated = False


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack for the tests that leave it running."""
    with FromNothing(tmp_path_factory.mktemp("up") / "data") as running:
        yield running


@pytest.fixture
def prepared(stack: Stack, tmp_path: Path) -> Path:
    """A data folder that is migrated and seeded already, as on a second start."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "secret.key").write_text((stack.data_dir / "secret.key").read_text())
    with sqlite3.connect(stack.data_dir / "memos.sqlite3") as source, sqlite3.connect(folder / "memos.sqlite3") as copy:
        source.backup(copy)
    copy.close()
    source.close()
    return folder


def up(data_dir: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py up` where it is expected to give up."""
    stack = Stack(data_dir, **env)
    command = [sys.executable, str(ROOT / "manage.py"), "up"]
    return subprocess.run(command, env=stack.env, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)


def refused(data_dir: Path, *, says: str, **env: str) -> str:
    """Assert that `up` ends with code 2, nothing left running, and one line that contains `says`; return the line."""
    done = up(data_dir, **env)
    assert done.returncode == 2, done.stdout + done.stderr
    line, *more = done.stderr.strip().splitlines()
    assert not more, done.stderr
    assert says in line
    assert "Traceback" not in done.stdout
    assert not processes_of(data_dir)
    return line


def processes_of(data_dir: Path) -> list[str]:
    """Return the processes that carry this data folder in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("MEMOS_DATA_DIR") == str(data_dir) and is_running(process.pid):
                found.append(f"{process.pid} {' '.join(process.cmdline())}")
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def browser() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))


def press_sign_in(opener: urllib.request.OpenerDirector, link: str) -> tuple[int, str]:
    """Open the link and press its button; return the status and the address where that led."""
    page = opener.open(link, timeout=10).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token, "the page has a form"
    form = f"csrfmiddlewaretoken={token[1]}".encode()
    request = urllib.request.Request(link, form, {"Referer": link})
    try:
        answer = opener.open(request, timeout=10)
    except urllib.error.HTTPError as error:
        return error.code, error.url
    return answer.status, answer.url


def test_serves_and_says_where(stack: Stack) -> None:
    assert set(stack.processes) == {"supervisor", *CHILDREN}
    stack.wait_for(lambda: f"MemOS is ready: {stack.url}/" in stack.log, "the line that says where")
    with urllib.request.urlopen(f"{stack.url}/healthz", timeout=5) as answer:
        assert json.load(answer)["status"] == "ok"


def test_the_printed_link_signs_in_once(stack: Stack) -> None:
    link, me = stack.login_link, browser()
    looked = browser().open(link, timeout=5)
    assert looked.status == 200, "looking at the link does not use it up"
    assert press_sign_in(me, link) == (200, f"{stack.url}/")
    assert me.open(link, timeout=5).url == f"{stack.url}/", "again in the same browser: at home"
    with pytest.raises(urllib.error.HTTPError) as refusal:
        browser().open(link, timeout=5)
    assert refusal.value.code == 410
    assert "make login" in refusal.value.read().decode()


def test_another_link_from_the_command_line(stack: Stack) -> None:
    assert press_sign_in(browser(), stack.manage("login_link", "admin")) == (200, f"{stack.url}/")


def test_a_token_from_the_command_line(stack: Stack) -> None:
    token = stack.manage("create_token", "admin")
    request = urllib.request.Request(f"{stack.url}/api/v1/entities", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert len(json.load(answer)["items"]) == 3


@pytest.mark.parametrize("name", sorted(CHILDREN))
def test_a_killed_process_comes_back(stack: Stack, name: str) -> None:
    old = stack.kill(name)
    new = stack.wait_restarted(name, old)
    assert is_running(new)
    assert f"{name} was ended by SIGKILL; starting it again in 0.2 s" in stack.log


def test_callers_wait_while_the_web_server_comes_back(stack: Stack) -> None:
    stack.wait_restarted("web", stack.kill("web"))
    with urllib.request.urlopen(f"{stack.url}/healthz", timeout=READY_WITHIN) as answer:
        assert answer.status == 200


def test_a_dead_guard_is_replaced(stack: Stack) -> None:
    supervisor = psutil.Process(stack.pid("supervisor"))

    def guards() -> set[int]:
        children = {child.pid: child for child in supervisor.children() if is_running(child.pid)}
        return set(children) - set(stack.processes.values())

    (old,) = guards()
    os.kill(old, signal.SIGKILL)
    stack.wait_for(lambda: guards() - {old}, "a new guard")


def test_a_second_one_on_the_same_data_is_refused(stack: Stack) -> None:
    done = up(stack.data_dir)
    assert done.returncode == 2
    assert f"(process {stack.pid('supervisor')})" in done.stderr
    assert "MEMOS_DATA_DIR" in done.stderr
    assert is_running(stack.pid("worker"))


def test_ctrl_c_leaves_nothing_behind(prepared: Path) -> None:
    stack = Stack(prepared)
    stack.start()
    assert stack.stop(signal.SIGINT) == 0
    assert not processes_of(prepared)
    assert not (prepared / "processes.json").exists()


def test_a_killed_supervisor_leaves_nothing_behind_and_starts_again(prepared: Path) -> None:
    stack = Stack(prepared)
    stack.start()
    assert stack.stop(signal.SIGKILL) == -signal.SIGKILL
    stack.wait_for(lambda: not processes_of(prepared), "the end of every process")
    stack.start()
    assert stack.stop(signal.SIGTERM) == 0
    assert not processes_of(prepared)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_leaves_nothing_behind_in_the_middle_of_starting(tmp_path: Path, number: signal.Signals) -> None:
    stack = Stack(tmp_path / "data")
    stack.launch()
    stack.pid("web")
    assert stack.stop(number) == (-9 if number == signal.SIGKILL else 0)
    stack.wait_for(lambda: not processes_of(stack.data_dir), "the end of every process")


def test_a_frozen_process_ends_too(prepared: Path) -> None:
    stack = Stack(prepared)
    stack.start()
    stack.kill("web", signal.SIGSTOP)
    assert stack.stop() == 0
    assert not processes_of(prepared)


def test_what_a_child_forked_ends_with_the_supervisor(prepared: Path, tmp_path: Path) -> None:
    # A Redis that forks: its child must go, too, though no parent-death signal reaches it.
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "redis-server"
    script.write_text(f'#!/bin/sh\nsleep 1234 &\nexec "{find_redis()}" "$@"\n')
    script.chmod(0o755)
    stack = Stack(prepared, PATH=f"{folder}:{os.environ['PATH']}")
    stack.start()
    sleeper = [p.pid for p in psutil.Process(stack.pid("redis")).children() if "1234" in p.cmdline()]
    assert len(sleeper) == 1
    stack.stop(signal.SIGKILL)
    stack.wait_for(lambda: not is_running(sleeper[0]), "the end of the grandchild")


def find_redis() -> str:
    from memos_site.supervisor.redis_server import find_program

    return find_program()


def test_a_long_data_path_gets_a_short_socket(prepared: Path) -> None:
    folder = prepared.parent / ("long" * 30) / "data"
    folder.parent.mkdir()
    prepared.rename(folder)
    stack = Stack(folder)
    stack.start()
    path = Path(stack.redis_url.removeprefix("unix://"))
    assert len(str(path)) < 100
    assert path.parent.stat().st_mode & 0o077 == 0
    assert stack.stop(signal.SIGHUP) == 0, "a closed terminal stops it in order, too"
    assert not path.parent.exists()


def test_a_busy_port(prepared: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused(prepared, says=f"Port {port} on 127.0.0.1 is taken", MEMOS_PORT=str(port))


def test_a_foreign_address(prepared: Path) -> None:
    refused(prepared, says="Check MEMOS_HOST", MEMOS_HOST="192.0.2.1")


def test_a_data_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    refused(tmp_path / "file", says="cannot be written")
    refused(Path("/proc/memos/data"), says="cannot be written")


def test_a_database_of_a_newer_version(prepared: Path) -> None:
    database = sqlite3.connect(prepared / "memos.sqlite3")
    with database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('agents', '9999_later', '2030-01-01')"
        )
    database.close()
    line = refused(prepared, says="newer MemOS")
    assert "agents.9999_later" in line


def test_a_database_that_is_none(prepared: Path) -> None:
    (prepared / "memos.sqlite3").write_text("this is no database " * 100)
    refused(prepared, says="cannot be used: file is not a database")


def test_an_unreachable_database(tmp_path: Path) -> None:
    url = f"postgresql://memos:hush@127.0.0.1:{free_port()}/memos"
    line = refused(tmp_path / "data", says="Check DATABASE_URL", DATABASE_URL=url)
    assert "hush" not in line


def test_an_unreachable_redis(prepared: Path) -> None:
    refused(prepared, says="Check REDIS_URL", REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")


def test_bad_variables_are_named_one_per_line(tmp_path: Path) -> None:
    done = up(tmp_path / "data", MEMOS_PORT="eighty", MEMOS_STRATEGY="hope", DATABASE_URL="mongodb://u:hush@h/d")
    assert done.returncode == 2
    lines = done.stderr.strip().splitlines()
    assert [line.split("=")[0].split()[0] for line in lines] == ["MEMOS_PORT", "MEMOS_STRATEGY", "DATABASE_URL"]
    assert "MEMOS_PORT=eighty is not valid: it should be a valid integer." in lines[0]
    assert "hush" not in done.stderr
    assert not (tmp_path / "data").exists()


def test_an_unknown_user_is_told_who_there_is(stack: Stack) -> None:
    env = {**stack.env, "REDIS_URL": stack.redis_url}
    command = [sys.executable, str(ROOT / "manage.py"), "create_token", "nobody"]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "There is: admin" in done.stderr
