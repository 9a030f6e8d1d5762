"""The log and the versions can be appended only, whatever SQL comes; erasing is recorded. On SQLite and PostgreSQL."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from agents.models import Entity, ModelCall, StateVersion
from interactions import log, runs
from interactions.models import Conversation, Erasure, EventRecord, Message, Run
from tests.postgres_server import PrivatePostgres

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def talk(conversation, owner):
    """A conversation with an event in its log."""
    runs.send(conversation, owner, "Hello")
    return conversation


def refused(change):
    """Whether the database refuses `change`."""
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        change()


def execute(sql, *values):
    """Run a statement past all of Django."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_events_are_never_changed(talk):
    refused(lambda: EventRecord.objects.update(kind="other"))
    refused(lambda: EventRecord.objects.get().save())
    refused(lambda: execute("UPDATE interactions_eventrecord SET seq = seq"))
    assert EventRecord.objects.get().kind == "message.received"


def test_events_are_never_deleted(talk):
    refused(lambda: EventRecord.objects.all().delete())
    refused(lambda: execute("DELETE FROM interactions_eventrecord"))
    refused(lambda: Conversation.objects.get(pk=talk.pk).delete())
    assert EventRecord.objects.count() == 1


def test_versions_are_never_changed_or_deleted(entity):
    refused(lambda: StateVersion.objects.update(cause="other"))
    refused(lambda: StateVersion.objects.all().delete())
    refused(lambda: Entity.objects.get(pk=entity.pk).delete())
    assert entity.versions.count() == 1


def test_not_even_with_their_owner(talk, owner):
    refused(lambda: User.objects.get(pk=owner.pk).delete())


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
def test_not_even_by_truncate(talk):
    execute("SET CONSTRAINTS ALL IMMEDIATE")  # else the pending checks of this test's own rows refuse it first
    refused(lambda: execute("TRUNCATE interactions_eventrecord CASCADE"))


def test_appending_works(talk, owner):
    runs.send(talk, owner, "And more")
    assert [event.seq for event in log.read(talk.pk)] == [1, 2]


def test_erase_a_conversation(talk, owner, entity):
    other = runs.start_conversation(owner, entity)
    runs.send(other, owner, "Stay")
    run = Run.objects.get(conversation=talk)
    for of_run in (run.pk, uuid4()):
        ModelCall.objects.create(
            owner=owner, run=of_run, purpose="reply", model="x", prompt=b"", answer=b"", started_at=run.created_at
        )
    call_command("erase_conversation", str(talk.pk), "--reason", "asked for by Noor", stdout=StringIO())
    assert not Conversation.objects.filter(pk=talk.pk).exists()
    assert list(EventRecord.objects.values_list("conversation", flat=True)) == [other.pk]
    assert list(Message.objects.values_list("text", flat=True)) == ["Stay"]
    assert not ModelCall.objects.filter(run=run.pk).exists()
    assert ModelCall.objects.count() == 1
    erasure = Erasure.objects.get()
    assert (erasure.conversation, erasure.entity, erasure.reason) == (talk.pk, None, "asked for by Noor")


def test_an_erasure_frees_nothing_else(talk, owner, entity):
    Erasure.objects.create(conversation=uuid4(), reason="another")
    Erasure.objects.create(entity=entity.pk + 1, reason="another")
    refused(lambda: EventRecord.objects.all().delete())
    refused(lambda: StateVersion.objects.all().delete())
    Erasure.objects.create(conversation=talk.pk, reason="this one")
    refused(lambda: EventRecord.objects.update(kind="other"))


def test_erase_an_entity_and_then_its_owner(talk, owner, entity):
    call_command("erase_entity", "noor", "ottilie", "--reason", "asked for", stdout=StringIO())
    assert not Entity.objects.exists()
    assert not StateVersion.objects.exists()
    assert not EventRecord.objects.exists()
    assert Erasure.objects.count() == 2
    owner.delete()
    assert not User.objects.filter(username="noor").exists()


def test_what_is_not_there_cannot_be_erased(owner):
    with pytest.raises(CommandError, match="no conversation"):
        call_command("erase_conversation", str(uuid4()), "--reason", "x")
    with pytest.raises(CommandError, match="no entity"):
        call_command("erase_entity", "noor", "nobody", "--reason", "x")
    with pytest.raises(CommandError):
        call_command("erase_conversation", "no-id", "--reason", "x")
    assert not Erasure.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_test_database_can_still_be_emptied(talk):
    """The flush after this test would fail if it were not allowed for; the next one then finds these rows."""
    assert EventRecord.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_and_is_guarded_again_after_that(talk):
    assert EventRecord.objects.count() == 1
    refused(lambda: EventRecord.objects.all().delete())


@pytest.mark.skipif(connection.vendor == "postgresql", reason="this is the run on PostgreSQL")
@pytest.mark.skipif(not PrivatePostgres.is_installed(), reason="PostgreSQL is not installed")
def test_all_of_this_on_postgresql(tmp_path):
    with PrivatePostgres() as server:
        environment = {**os.environ, "DATABASE_URL": server.url, "MEMOS_DATA_DIR": str(tmp_path / "data")}
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            str(Path(__file__).relative_to(ROOT)),
        ]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout[-4000:]
    assert "passed" in done.stdout
