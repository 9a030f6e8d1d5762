"""Statements of a short transaction go to PostgreSQL together; what they do, and what goes wrong, is as one by one."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from agents import statements
from agents.changes import Change
from agents.models import Entity, StateVersion
from interactions import leases, runs
from interactions.invariants import violations
from interactions.ledger import RunLedger
from interactions.models import Conversation, EventRecord
from memos_site.postgresql import base
from tests.integration.test_action_commit import FEELS, LEARNS, entry

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is in this process"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def journeys(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The SQL of each journey to the server, as it is sent."""
    sent: list[str] = []
    as_it_is = base.Batch.send

    def send(self: base.Batch) -> None:
        if self._sql:
            sent.append(";".join(self._sql))
        as_it_is(self)

    monkeypatch.setattr(base.Batch, "send", send)
    yield sent


def version(entity: Entity, number: int) -> StateVersion:
    return StateVersion(entity=entity, number=number, at=timezone.now(), changes=[], cause="a test")


@pytest.mark.parametrize(("change", "times"), [(FEELS, 2), (LEARNS, 4)])
def test_an_action_is_committed_in_few_journeys(
    conversation: Conversation, owner: User, journeys: list[str], change: Change, times: int
) -> None:
    with transaction.atomic():
        lease = leases.claim(runs.send(conversation, owner, "Hello").run, "inline")
    assert lease is not None
    journeys.clear()
    RunLedger(lease, conversation.entity)._commit(entry(change))
    assert len(journeys) == times, "\n".join(journeys)
    assert journeys[0].startswith("BEGIN;") and journeys[-1].endswith(";COMMIT")
    assert list(violations()) == []


def test_what_goes_wrong_with_one_leaves_nothing_of_the_others(entity: Entity) -> None:
    with pytest.raises(IntegrityError), statements.sending_together():
        statements.update(Entity, {"id": entity.pk}, tagline="new")
        statements.insert(version(entity, 1))  # there is one with this number
        statements.insert(version(entity, 2))
    entity.refresh_from_db()
    assert entity.tagline != "new" and entity.versions.count() == 1
    assert statements.get(Entity, id=entity.pk) == entity


def test_an_answer_raises_what_went_wrong_before_it(entity: Entity) -> None:
    with transaction.atomic():
        connection.ensure_connection()
    with pytest.raises(IntegrityError), statements.sending_together():
        statements.insert(version(entity, 1))
        answer = statements.ask(Entity, id=entity.pk)
        answer()
        pytest.fail("the answer was given")
    with pytest.raises(InterfaceError, match="ended before"):
        answer()


def test_a_broken_reference_shows_at_the_commit(entity: Entity) -> None:
    with pytest.raises(IntegrityError), statements.sending_together():
        event = EventRecord(conversation_id=uuid4(), seq=1, kind="k", at=timezone.now(), payload={})
        statements.insert(event)
    assert not EventRecord.objects.filter(seq=1, kind="k").exists()


def test_the_orm_sees_what_was_written_before_it_and_says_how_many_rows_it_changed(entity: Entity) -> None:
    with statements.sending_together():
        statements.update(Entity, {"id": entity.pk}, tagline="from below")
        changed = Entity.objects.filter(tagline="from below").update(tagline="from above")
        found = statements.get(Entity, id=entity.pk)
        with transaction.atomic():
            statements.insert(version(entity, 2))
    assert changed == 1 and found is not None and found.tagline == "from above"
    assert entity.versions.count() == 2


@pytest.mark.parametrize("reads", [False, True], ids=["before anything was sent", "after something was"])
def test_an_error_of_ours_takes_all_back(entity: Entity, journeys: list[str], reads: bool) -> None:
    with pytest.raises(RuntimeError), statements.sending_together():
        statements.update(Entity, {"id": entity.pk}, tagline="new")
        if reads:
            assert statements.get(Entity, id=entity.pk).tagline == "new"  # type: ignore[union-attr]
        raise RuntimeError
    assert bool(journeys) is reads
    entity.refresh_from_db()
    assert entity.tagline != "new"
    with transaction.atomic():
        statements.update(Entity, {"id": entity.pk}, tagline="newer")
    entity.refresh_from_db()
    assert entity.tagline == "newer"


def test_a_transaction_within_another_is_part_of_it(entity: Entity) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        with statements.sending_together():
            statements.update(Entity, {"id": entity.pk}, tagline="new")
        raise RuntimeError
    entity.refresh_from_db()
    assert entity.tagline != "new"


def test_after_a_lost_connection_all_is_prepared_anew(entity: Entity) -> None:
    statements.get(Entity, id=entity.pk)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    finally:
        other.close()
    with pytest.raises(OperationalError), statements.sending_together():
        statements.update(Entity, {"id": entity.pk}, tagline="lost")
    connection.close_if_unusable_or_obsolete()
    with statements.sending_together():
        statements.update(Entity, {"id": entity.pk}, tagline="written")
    assert statements.get(Entity, id=entity.pk).tagline == "written"  # type: ignore[union-attr]


def test_what_is_prepared_survives_a_savepoint_that_was_rolled_back(entity: Entity) -> None:
    with transaction.atomic():
        statements.get(Entity, id=entity.pk)
        with pytest.raises(IntegrityError), transaction.atomic():
            statements.insert(version(entity, 1))
        assert statements.get(Entity, id=entity.pk) == entity


def test_beyond_what_may_be_prepared_statements_go_as_they_are(entity: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "MOST_PREPARED", 0)
    connection.close()
    assert statements.get(Entity, id=entity.pk) == entity
    with statements.sending_together():
        statements.update(Entity, {"id": entity.pk}, tagline="as it is; 100 %")
    assert statements.get(Entity, id=entity.pk).tagline == "as it is; 100 %"  # type: ignore[union-attr]
    assert connection._prepared == {}  # type: ignore[attr-defined]  # our backend's
