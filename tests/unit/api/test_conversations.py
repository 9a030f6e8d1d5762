from uuid import UUID, uuid4

import pytest

from agents.events import Draft, MessageReceived
from interactions import log, runs
from interactions.models import Conversation, Message, Run
from tests.unit.api.conftest import error
from tests.unit.web import talks

pytestmark = pytest.mark.django_db


def test_start_a_conversation(api, entity):
    response = api.post("/conversations", {"entity": entity.slug})
    assert response.status_code == 201
    body = response.json()
    stored = Conversation.objects.get(pk=body["id"])
    assert body["entity"] == "ottilie"
    assert (body["title"], body["seq"]) == ("", 0)
    assert body["created_at"].startswith(stored.created_at.isoformat()[:19])
    assert api.get(f"/conversations/{body['id']}").json() == body


def test_start_with_an_unknown_entity_names_the_field(api):
    response = api.post("/conversations", {"entity": "nobody"})
    assert response.status_code == 404
    assert error(response)["field"] == "entity"


def test_start_with_a_foreign_entity_says_the_same(program, stranger, entity):
    assert program(stranger).post("/conversations", {"entity": entity.slug}).json() == (
        program(stranger).post("/conversations", {"entity": "nobody"}).json()
    )


def test_send_is_accepted_with_message_run_and_seq(api, conversation):
    response = api.post(f"/conversations/{conversation.pk}/messages", {"text": "Hello", "client_message_id": "a1"})
    assert response.status_code == 202
    body = response.json()
    assert set(body) == {"message", "run", "seq"}
    assert Message.objects.get(pk=body["message"]).text == "Hello"
    assert Run.objects.get(pk=body["run"]).status == "queued"
    assert body["seq"] == 1


def test_a_resend_answers_with_the_first_message(api, conversation):
    path, body = f"/conversations/{conversation.pk}/messages", {"text": "Hello", "client_message_id": "a1"}
    assert api.post(path, body).json() == api.post(path, body).json()
    assert Message.objects.count() == 1


def test_another_text_under_the_same_id_is_refused(api, conversation):
    path = f"/conversations/{conversation.pk}/messages"
    api.post(path, {"text": "Hello", "client_message_id": "a1"})
    response = api.post(path, {"text": "Goodbye", "client_message_id": "a1"})
    assert response.status_code == 409
    assert error(response)["field"] == "client_message_id"
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": "   "}, "text"),
        ({"text": 5}, "text"),
        ({"text": None}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"text": "\ud800"}, "text"),
        ({"text": "x" * 30_000}, "text"),
        ({"text": "Hi", "client_message_id": 7}, "client_message_id"),
        ({"text": "Hi", "client_message_id": "x" * 65}, "client_message_id"),
        ({"text": "Hi", "more": 1}, "more"),
    ],
)
def test_a_bad_message_names_its_field_and_stores_nothing(api, conversation, body, field):
    response = api.post(f"/conversations/{conversation.pk}/messages", body)
    assert response.status_code == 400
    assert error(response)["field"] == field
    assert not Message.objects.exists()
    assert not Run.objects.exists()


def test_too_many_messages(api, conversation, settings):
    settings.MEMOS = settings.MEMOS.model_copy(update={"messages_per_minute": 2})
    path = f"/conversations/{conversation.pk}/messages"
    statuses = [api.post(path, {"text": f"Message {number}"}).status_code for number in range(3)]
    assert statuses == [202, 202, 429]


def said(conversation, count):
    """Put `count` events into the log."""
    talk = log.lock(conversation.pk)
    log.append(talk, [Draft(event=MessageReceived(message=str(uuid4()), text=f"{n}")) for n in range(count)])


def test_events_are_the_log_page_by_page(api, conversation):
    said(conversation, 7)
    path, seen, after = f"/conversations/{conversation.pk}/events", [], 0
    while after is not None:
        page = api.get(path, after=after, limit=3).json()
        seen += page["items"]
        after = page["next"]
    assert [event["seq"] for event in seen] == list(range(1, 8))
    assert seen == [logged.wire() for logged in log.read(conversation.pk)]
    assert set(seen[0]) == {"seq", "kind", "run", "action", "at", "message", "text", "client_message_id", "answers"}


def test_a_page_that_is_just_full_is_the_last(api, conversation):
    said(conversation, 3)
    assert api.get(f"/conversations/{conversation.pk}/events", limit=3).json()["next"] is None


@pytest.mark.parametrize("after", [7, 8, 2**63 - 1])
def test_events_beyond_the_end_are_none(api, conversation, after):
    said(conversation, 7)
    body = api.get(f"/conversations/{conversation.pk}/events", after=after).json()
    assert body == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"after": "-1"}, "after"),
        ({"after": "soon"}, "after"),
        ({"after": "1.5"}, "after"),
        ({"after": "9" * 30}, "after"),
        ({"after": "1\0"}, "after"),
        ({"limit": "0"}, "limit"),
        ({"limit": "501"}, "limit"),
        ({"limit": ""}, "limit"),
    ],
)
def test_a_cursor_that_makes_no_sense_is_named(api, conversation, query, field):
    response = api.get(f"/conversations/{conversation.pk}/events", **query)
    assert response.status_code == 400
    assert error(response)["field"] == field


def test_the_list_is_ones_own_the_latest_first(api, program, owner, stranger, entity, conversation):
    second = runs.start_conversation(owner, entity)
    said(conversation, 1)
    body = api.get("/conversations").json()
    assert [UUID(item["id"]) for item in body["items"]] == [conversation.pk, second.pk]
    assert body["next"] is None
    assert program(stranger).get("/conversations").json()["items"] == []


def test_the_list_page_by_page(api, owner, entity):
    made = {str(runs.start_conversation(owner, entity).pk) for _ in range(5)}
    seen, after = [], ""
    while after is not None:
        page = api.get("/conversations", limit=2, after=after).json()
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
    assert len(seen) == 5
    assert set(seen) == made


@pytest.mark.parametrize("cursor", ["x", "!!!", "bnVsbA", "WzEsMl0", "WyIyMDIwLTAxLTAxIiwieCJd"])
def test_a_foreign_cursor_is_refused(api, cursor):
    response = api.get("/conversations", after=cursor)
    assert response.status_code == 400
    assert error(response)["field"] == "after"


def test_cancel(api, owner, conversation):
    run = runs.send(conversation, owner, "Hello").run
    response = api.post(f"/runs/{run.pk}/cancel")
    assert response.status_code == 200
    assert response.json()["status"] == "cancelled"
    assert Run.objects.get(pk=run.pk).status == "cancelled"


def test_the_database_away_is_a_clear_answer(api, conversation, monkeypatch):
    from django.db import OperationalError

    def away(*args, **options):
        raise OperationalError("database is locked")

    monkeypatch.setattr(runs, "send", away)
    response = api.post(f"/conversations/{conversation.pk}/messages", {"text": "Hello"})
    assert response.status_code == 503
    assert error(response)["code"] == "unavailable"


def test_a_run_is_rated_changed_and_taken_back(api, owner, conversation):
    run = talks.turn(conversation, "One", "I")
    path = f"/runs/{run.pk}/rating"
    assert api.post(path, {"value": 1, "note": "Warm."}).json() == {"run": str(run.pk), "value": 1, "note": "Warm."}
    assert api.post(path, {"value": -1}).json()["value"] == -1
    assert api.post(path, {"value": 0}).json()["value"] == 0
    assert not run.ratings.exists()
    for bad in (
        {"value": 2},
        {"value": "1"},
        {"value": True},
        {},
        {"value": 1, "note": "x" * 501},
        {"value": 1, "x": 1},
    ):
        assert api.post(path, bad).status_code == 400, bad
