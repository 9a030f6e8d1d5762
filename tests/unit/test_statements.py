"""The compiled statements store and read what the ORM does."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Model

from agents import statements
from agents.models import Entity, Goal, Memory, ModelCall, StateVersion
from interactions.models import Conversation, EventRecord

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 28, 23, 59, 59, 123456, tzinfo=UTC)


def rows(entity: Entity, conversation: Conversation) -> list[Model]:
    """New rows with a value of every type that is stored: text, numbers, times, ids, truth, JSON, bytes, nothing."""
    return [
        Memory(entity=entity, created_at=AT, content="it’s 100 % “so”\n\\", digest="d", importance=1, pinned=True),
        Memory(entity=entity, created_at=AT, content="x", digest="e", importance=0.1, message=uuid.uuid4()),
        Goal(entity=entity, created_at=AT, text="Sort", priority=0.25, status=Goal.Status.COMPLETED, ended_at=AT),
        StateVersion(entity=entity, number=99, at=AT, changes=[{"a": [1, None, "é", 0.1]}], cause="", run=uuid.uuid4()),
        EventRecord(conversation=conversation, seq=2**40, kind="k", at=AT, payload={"text": "“%s” %"}),
        ModelCall(
            owner=entity.owner, entity=entity, purpose="p", model="m", prompt=b"\x00\xff", answer=b"", started_at=AT,
            cost=Decimal("0.00012300"), first_ms=1, total_ms=2,
        ),
    ]  # fmt: skip


def stored(row: Model) -> dict[str, Any]:
    """What the ORM reads of a row, but for its key."""
    read = type(row)._base_manager.get(pk=row.pk)
    values = {
        field.attname: getattr(read, field.attname) for field in row._meta.concrete_fields if not field.primary_key
    }
    return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in values.items()}


@pytest.mark.parametrize("place", range(6))
def test_a_row_is_stored_as_the_orm_stores_it(entity: Entity, conversation: Conversation, place: int) -> None:
    by_orm = rows(entity, conversation)[place]
    by_orm.save()
    expected = stored(by_orm)
    by_orm.delete() if not isinstance(by_orm, StateVersion | EventRecord) else None
    ours = rows(entity, conversation)[place]
    for name in ("number", "seq"):  # never twice
        if hasattr(ours, name):
            setattr(ours, name, getattr(ours, name) + 1)
            expected[name] += 1
    for name in ("run", "message"):
        if isinstance(expected.get(name), uuid.UUID):
            setattr(ours, name, expected[name])
    statements.add(ours)
    assert ours.pk is not None and stored(ours) == expected


def test_a_row_is_read_as_the_orm_reads_it(entity: Entity, owner: User) -> None:
    found = statements.get(Entity, id=entity.pk, owner_id=owner.pk)
    assert found is not None
    read = Entity.objects.get(pk=entity.pk)
    assert {f.attname: getattr(found, f.attname) for f in Entity._meta.concrete_fields} == {
        f.attname: getattr(read, f.attname) for f in Entity._meta.concrete_fields
    }
    assert statements.get(Entity, id=entity.pk, owner_id=owner.pk + 1) is None


def test_an_update_changes_the_rows_it_names_and_no_other(entity: Entity) -> None:
    statements.update(Entity, {"id": -1}, tagline="nobody")
    statements.update(Entity, {"id": entity.pk}, tagline="a % b; c", max_money=Decimal("1.5"), felt_at=AT)
    entity.refresh_from_db()
    assert (entity.tagline, entity.max_money, entity.felt_at) == ("a % b; c", Decimal("1.5"), AT)


def test_what_is_read_is_an_instance_like_any_other(entity: Entity) -> None:
    found = statements.get(Entity, id=entity.pk)
    assert found is not None and found == entity and not found._state.adding and found._state.db == "default"
    found.tagline = "Set and saved"
    found.save(update_fields=["tagline"])
    assert Entity.objects.get(pk=entity.pk).tagline == "Set and saved"
    assert found.owner == entity.owner


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL takes it as the connection's zone")
def test_a_moment_without_a_zone_is_refused(entity: Entity) -> None:
    with pytest.raises(ValueError, match="naive"):
        statements.select(Memory, "WHERE created_at = %s", datetime(2026, 11, 28))
