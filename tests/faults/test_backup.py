"""A backup made while people write, restored elsewhere, started and checked. Real processes."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.plain_client import Frame, PlainClient, is_finished
from tests.postgres_server import PrivatePostgres
from tests.stack import Stack, StackError

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180)]

SECRET = "sk-the-key-of-a-model-server"
BEFORE = f"""
from agents.llm import keys
from agents.models import Provider
from django.core.management import call_command
sealed = keys.seal({SECRET!r}, "models.example")
Provider.objects.create(kind="openai", base_url="https://models.example", key_encrypted=sealed)
from django.contrib.sessions.backends.db import SessionStore
SessionStore().create()
call_command("create_token", "admin")
"""
AFTER = """
from agents.llm import keys
from agents.models import Provider
from django.core.management import call_command
from django.db import IntegrityError
from interactions.models import EventRecord
print(keys.open_sealed(Provider.objects.get().key_encrypted, "models.example"))
call_command("check_invariants")
from django.contrib.sessions.models import Session
print(Session.objects.count())
try:
    EventRecord.objects.update(kind="x")
except IntegrityError as error:
    print(str(error).splitlines()[0])
"""


@dataclass
class Place:
    """Where an installation keeps its data: its environment, and how to look into its database from outside."""

    env: dict[str, str]
    connect: Callable[[Path], Any]


NewPlace = Callable[[str], Place]


@pytest.fixture(scope="module")
def new_place() -> Iterator[NewPlace]:
    """Returns a place of a name, with an empty database, of the kind on which all tests run."""
    if connection.vendor == "sqlite":

        def file(folder: Path) -> sqlite3.Connection:
            database = sqlite3.connect(folder / "memos.sqlite3")
            database.execute("PRAGMA journal_mode=WAL")  # as MemOS does
            return database

        yield lambda name: Place({}, file)
        return
    with PrivatePostgres() as server:

        def place(name: str) -> Place:
            url = server.create(name)
            path = f"{server.programs}:{os.environ['PATH']}"
            return Place({"DATABASE_URL": url, "PATH": path}, lambda folder: psycopg.connect(url))

        yield place


@dataclass
class Writers:
    """People who write without pause; `acknowledged` are the texts of theirs that MemOS has said it has."""

    url: str
    token: str
    conversations: list[str] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    stop: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> "Writers":
        with PlainClient(self.url, self.token) as client:
            self.conversations = [client.start(entity) for entity in ("ottilie", "ishbel", "shim")]
        self.threads = [threading.Thread(target=self._write, args=(talk,)) for talk in self.conversations]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join(30)

    def wait(self, more: int) -> None:
        """Return when that many more messages are acknowledged."""
        goal, deadline = len(self.acknowledged) + more, time.monotonic() + 60
        while len(self.acknowledged) < goal:
            assert time.monotonic() < deadline, f"{len(self.acknowledged)} of {goal} messages"
            time.sleep(0.01)

    def _write(self, talk: str) -> None:
        with PlainClient(self.url, self.token) as client:
            for number in range(10_000):
                if self.stop.is_set():
                    return
                text = f"I have a brother called Tam{number}, of {talk}."
                client.say(talk, text)
                self.acknowledged.add(text)
                time.sleep(0.05)  # the machine has other work, too: the backup


@dataclass
class Backup:
    """An archive, and what the installation that it was made of knew."""

    archive: Path
    token: str
    acknowledged: set[str]  # before the backup began
    logs: dict[str, list[Frame]]  # afterwards


@pytest.fixture(scope="module")
def backup(new_place: NewPlace, tmp_path_factory: pytest.TempPathFactory) -> Backup:
    """A backup of a MemOS that was being written to."""
    folder = tmp_path_factory.mktemp("backup")
    quick = {"MEMOS_MESSAGES_PER_MINUTE": "100000", "MEMOS_OFFLINE_PACE": "0"}
    with Stack(folder / "source", **new_place("source").env, **quick) as stack:
        (stack.data_dir / "uploads").mkdir()
        (stack.data_dir / "uploads" / "1.png").write_bytes(b"a picture")
        token = stack.manage("shell", "-v0", "-c", BEFORE)
        with Writers(stack.url, token) as writers:
            writers.wait(10)
            before = set(writers.acknowledged)
            said = stack.manage("backup", str(folder / "memos.tar.zst"))
            assert "and 2 other files" in said
            writers.wait(3)
        assert len(writers.acknowledged) > len(before)
        with PlainClient(stack.url, token) as client:
            logs = {talk: client.events(talk) for talk in writers.conversations}
    return Backup(folder / "memos.tar.zst", token, before, logs)


@pytest.fixture(scope="module")
def place(new_place: NewPlace) -> Place:
    return new_place("target")


@pytest.fixture(scope="module")
def restored(backup: Backup, place: Place, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """Another installation, into which the archive was restored."""
    stack = Stack(tmp_path_factory.mktemp("restored") / "data", **place.env)
    assert "Restored the backup of" in stack.manage("restore", str(backup.archive))
    return stack


def test_restored_elsewhere_it_has_everything_of_that_moment(restored: Stack, backup: Backup) -> None:
    assert (restored.data_dir / "uploads" / "1.png").read_bytes() == b"a picture"
    assert (restored.data_dir / "secret.key").stat().st_mode & 0o777 == 0o600
    with restored, PlainClient(restored.url, backup.token) as client:
        refused(restored, "MemOS runs on", "restore", str(backup.archive), "--force")
        wait_until_answered(client, list(backup.logs))
        logs = {talk: client.events(talk) for talk in backup.logs}
        key, invariants, sessions, guard = restored.manage("shell", "-v0", "-c", AFTER).splitlines()
    assert (key, invariants) == (SECRET, "All invariants hold.")
    assert sessions == "0", "whoever was signed in then may have signed out since"
    assert "append-only" in guard
    texts = {event["text"] for log in logs.values() for event in log if event["kind"] == "message.received"}
    assert backup.acknowledged <= texts, "what had been acknowledged is in the backup"
    for talk, log in logs.items():
        common = next((n for n, (a, b) in enumerate(zip(log, backup.logs[talk], strict=False)) if a != b), len(log))
        ends = sum(map(is_finished, log[common:]))
        assert ends <= sum(event["kind"] == "message.received" for event in log[:common]), "no message was made up"
        assert not any(event["kind"] == "message.received" for event in log[common:]), "up to that moment it is the log"


def wait_until_answered(client: PlainClient, conversations: list[str]) -> None:
    """Return when the runs that were under way in the backup have ended."""
    deadline = time.monotonic() + 60
    for talk in conversations:
        while True:
            events = client.events(talk)
            asked = sum(event["kind"] == "message.received" for event in events)
            if asked == sum(map(is_finished, events)):
                break
            assert time.monotonic() < deadline
            time.sleep(0.2)


def test_it_does_not_restore_over_what_is_there(restored: Stack, backup: Backup) -> None:
    refused(restored, "--force", "restore", str(backup.archive))


def test_a_process_started_by_hand_is_noticed(restored: Stack, place: Place, backup: Backup) -> None:
    with closing(place.connect(restored.data_dir)) as somebody:
        somebody.execute("SELECT count(*) FROM interactions_message").fetchone()
        refused(restored, "in use", "restore", str(backup.archive), "--force")


def test_what_fails_at_the_last_check_changes_nothing(restored: Stack, place: Place, tmp_path: Path) -> None:
    # An archive that is whole, of data that are wrong.
    with closing(place.connect(restored.data_dir)) as database:
        database.execute("UPDATE interactions_conversation SET last_seq = last_seq + 1")
        database.commit()
    restored.manage("backup", str(tmp_path / "wrong.tar.zst"))
    (restored.data_dir / "uploads" / "2.png").write_bytes(b"a later picture")
    before = contents(restored, place)
    refused(restored, "violate what must always hold", "restore", str(tmp_path / "wrong.tar.zst"), "--force")
    assert contents(restored, place) == before


def contents(stack: Stack, place: Place) -> object:
    """All files of an installation, and some of its database."""
    files = {
        path: path.read_bytes() for path in stack.data_dir.rglob("*") if path.is_file() and "sqlite3" not in path.name
    }
    with closing(place.connect(stack.data_dir)) as database:
        rows = database.execute("SELECT id, last_seq FROM interactions_conversation ORDER BY id").fetchall()
    return files, rows


def test_forced_it_puts_aside_what_was_there(restored: Stack, place: Place, backup: Backup) -> None:
    said = restored.manage("restore", str(backup.archive), "--force")
    (aside,) = restored.data_dir.glob("before-restore-*/uploads")
    assert f"is kept in {aside.parent}" in said
    assert (aside / "2.png").read_bytes() == b"a later picture"
    assert not (restored.data_dir / "uploads" / "2.png").exists()
    with closing(place.connect(restored.data_dir)) as database:
        log = "SELECT max(seq) FROM interactions_eventrecord e WHERE e.conversation_id = c.id"
        found = database.execute(
            f"SELECT count(*) FROM interactions_conversation c WHERE last_seq <> ({log})"
        ).fetchone()
    assert found == (0,), "the wrong data are gone"


def refused(stack: Stack, says: str, *command: str) -> None:
    """The command must fail with these words, and no traceback."""
    with pytest.raises(StackError) as error:
        stack.manage(*command)
    assert says in str(error.value)
    assert "Traceback" not in str(error.value)
