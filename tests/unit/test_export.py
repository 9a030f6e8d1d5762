import asyncio
import json
import tracemalloc
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents.changes import MemoryValue, PutMemory
from agents.events import LoggedEvent, MessageReceived
from interactions import export, log
from interactions.models import Conversation, EventRecord
from tests.unit.api.conftest import Program
from tests.unit.web import talks

pytestmark = pytest.mark.django_db

HALF = "half a pair: \ud83d"
ODD = 'A "quoted" line\nwith a break,\u2028another, 🗝 and \\ a stroke'


@pytest.fixture
def talked(conversation):
    run = talks.say(conversation, ODD)
    talks.begin(run)
    talks.change(run, "m1", "ADD_MEMORY", PutMemory(memory=MemoryValue(content="Noor drinks tea.")), why="kept")
    talks.speak(run, "Ægir’s tea?")
    talks.end(run)
    conversation.refresh_from_db()
    return run


def many(conversation: Conversation, count: int, text: str = "x" * 200) -> None:
    """Write so many messages' events at once."""
    at = timezone.now()
    for start in range(0, count, 1_000):
        EventRecord.objects.bulk_create(
            EventRecord(
                conversation=conversation, seq=seq, kind="message.received", at=at,
                payload=MessageReceived(message=str(uuid4()), text=f"{seq} {text}").model_dump(exclude={"kind"}),
            )
            for seq in range(start + 1, min(start + 1_000, count) + 1)
        )  # fmt: skip
    Conversation.objects.filter(pk=conversation.pk).update(last_seq=count)
    conversation.refresh_from_db()


def lines_of(body: bytes) -> list[LoggedEvent]:
    assert body.endswith(b"\n")
    return [export.parsed(line) for line in body.split(b"\n")[:-1]]


def test_e3_export_holds_every_event_and_reads_back_as_the_log(client, owner, conversation, talked):
    client.force_login(owner)
    response = client.get(f"/c/{conversation.pk}/timeline/events.jsonl")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/jsonl; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="talk-with-ottilie.jsonl"'
    assert response.streaming
    found = lines_of(response.getvalue())
    assert found == log.read(conversation.pk)
    assert [line.seq for line in found] == list(range(1, conversation.last_seq + 1))
    assert isinstance(found[0].event, MessageReceived) and found[0].event.text == ODD


def test_e3_export_over_the_api_goes_on_where_one_left_off(owner, conversation, talked):
    api = Program(owner)
    whole = api.get(f"/conversations/{conversation.pk}/events.jsonl").getvalue()
    assert lines_of(whole) == log.read(conversation.pk)
    rest = api.get(f"/conversations/{conversation.pk}/events.jsonl", after=3).getvalue()
    assert rest == b"".join(whole.splitlines(keepends=True)[3:])
    assert (
        json.loads(rest.split(b"\n")[0])
        == api.get(f"/conversations/{conversation.pk}/events", after=3, limit=1).json()["items"][0]
    )
    assert api.get(f"/conversations/{conversation.pk}/events.jsonl", after=999).getvalue() == b""
    assert api.get(f"/conversations/{conversation.pk}/events.jsonl", after=-1).status_code == 400


@pytest.mark.parametrize("who", ["stranger", "teammate"])
def test_e3_export_is_its_owners_alone(client, request, conversation, talked, who):
    somebody = request.getfixturevalue(who)
    client.force_login(somebody)
    assert client.get(f"/c/{conversation.pk}/timeline/events.jsonl").status_code == 404
    assert Program(somebody).get(f"/conversations/{conversation.pk}/events.jsonl").status_code == 404
    assert Program(None).get(f"/conversations/{conversation.pk}/events.jsonl").status_code == 401


def test_a_deleted_talk_is_not_exported(client, owner, conversation, talked):
    Conversation.objects.filter(pk=conversation.pk).update(deleted_at=timezone.now())
    client.force_login(owner)
    assert client.get(f"/c/{conversation.pk}/timeline/events.jsonl").status_code == 404


def test_what_is_written_meanwhile_is_not_in_it(conversation, talked):
    until = conversation.last_seq
    reading = export.windows(conversation.pk, after=0, until=until)
    talks.turn(conversation, "Later")
    assert len(lines_of(b"".join(reading))) == until < log.read(conversation.pk)[-1].seq


def test_half_a_surrogate_pair_comes_back_as_it_was(conversation):
    line = LoggedEvent(
        seq=1, run=None, action="", at=datetime(2026, 1, 2, tzinfo=timezone.get_current_timezone()),
        event=MessageReceived(message="m", text=HALF),
    )  # fmt: skip
    encoded = export._encoded([line])
    encoded.decode("utf-8")  # which fails for what is no UTF-8
    assert export.parsed(encoded) == line


def test_a_long_log_is_read_in_windows_with_one_statement_each(conversation):
    many(conversation, 3 * export.WINDOW + 1)
    with CaptureQueriesContext(connection) as captured:
        pieces = list(export.windows(conversation.pk, after=0, until=conversation.last_seq))
    assert [piece.count(b"\n") for piece in pieces] == [export.WINDOW] * 3 + [1]
    assert len(captured) == len(pieces) + 1  # the last one finds nothing
    assert all("OFFSET" not in query["sql"] for query in captured)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {captured[1]['sql']}")
            plan = str(cursor.fetchall())
        assert "(conversation_id=? AND seq>? AND seq<?)" in plan and "TEMP B-TREE" not in plan


def test_memory_does_not_grow_with_the_log(conversation):
    many(conversation, 10_000, "y" * 1_000)

    def peak(until: int) -> int:
        tracemalloc.start()
        for _ in export.windows(conversation.pk, after=0, until=until):
            pass
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(1_000)  # warms up
    assert peak(10_000) < 1.5 * peak(1_000)


@pytest.mark.django_db(transaction=True)
def test_the_server_sends_it_piece_by_piece(owner, conversation):
    many(conversation, 2 * export.WINDOW + 7)
    browser = AsyncClient()
    browser.force_login(owner)

    async def pieces() -> list[bytes]:
        response: Any = await browser.get(f"/c/{conversation.pk}/timeline/events.jsonl")
        assert response.is_async
        return [piece async for piece in response.streaming_content]

    found = asyncio.run(pieces())
    assert [piece.count(b"\n") for piece in found] == [export.WINDOW, export.WINDOW, 7]
    assert lines_of(b"".join(found)) == log.read(conversation.pk)
