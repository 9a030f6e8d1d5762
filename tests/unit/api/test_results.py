"""What tools report by the API, from the request to the run that begins with it."""

import pytest

from agents.triggers import Trigger
from interactions import removal, runs
from interactions.invariants import violations
from interactions.models import Run
from tests.unit.api.conftest import error
from tests.unit.web import talks

pytestmark = pytest.mark.django_db
BODY = {"tool": "backup", "content": "All 12 files are safe."}


@pytest.fixture
def path(conversation):
    return f"/conversations/{conversation.pk}/results"


def test_a1_tool_result_starts_a_run_with_its_trigger(api, path, conversation):
    response = api.post(path, BODY)
    assert response.status_code == 202, response.json()
    run = Run.objects.get()
    trigger = Trigger.model_validate(run.trigger)
    assert response.json() == {
        "id": str(run.pk), "conversation": str(conversation.pk), "status": "queued", "reason": "", "code": "",
    }  # fmt: skip
    assert (trigger.kind, trigger.sender, trigger.content) == ("tool_result", "backup", "All 12 files are safe.")
    assert run.message is None and list(violations()) == []


def test_a1_tool_result_waits_behind_what_was_said_before(api, path, conversation):
    first = talks.say(conversation)
    api.post(path, BODY)
    order = list(Run.objects.order_by("position", "created_at"))
    assert [run.message_id for run in order] == [first.message_id, None] and order[1].status == "queued"


def test_a1_tool_result_with_the_same_id_starts_one_run(api, path):
    first, again = (api.post(path, BODY | {"client_id": "job-7"}).json() for _ in range(2))
    assert first == again and Run.objects.count() == 1
    assert api.post(path, BODY).json() != first and Run.objects.count() == 2  # without an id each is a new one


@pytest.mark.parametrize("other", [{"content": "One file is lost."}, {"tool": "restore"}])
def test_another_result_with_a_used_id_is_refused(api, path, other):
    api.post(path, BODY | {"client_id": "job-7"})
    response = api.post(path, BODY | other | {"client_id": "job-7"})
    assert (response.status_code, error(response)["code"]) == (409, "result_conflict")
    assert error(response)["field"] == "client_id" and Run.objects.count() == 1


def test_a_second_try_of_a_failed_one_keeps_its_id(api, path, owner):
    first = api.post(path, BODY | {"client_id": "job-7"}).json()
    Run.objects.update(status="failed")
    assert runs.retry(Run.objects.get().pk, owner).pk != first["id"]
    assert api.post(path, BODY | {"client_id": "job-7"}).json()["id"] == first["id"] and Run.objects.count() == 2


def test_messages_and_results_have_one_limit(api, path, conversation, settings):
    settings.MEMOS = settings.MEMOS.model_copy(update={"messages_per_minute": 3})
    assert api.post(f"/conversations/{conversation.pk}/messages", {"text": "Hello."}).status_code == 202
    statuses = [api.post(path, BODY | {"client_id": f"job-{number}"}).status_code for number in range(3)]
    assert statuses == [202, 202, 429] and Run.objects.count() == 3
    assert api.post(path, BODY | {"client_id": "job-0"}).status_code == 202  # a resend is no further one


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "tool"),
        ({"tool": ""}, "tool"),
        ({"tool": "  "}, "tool"),
        ({"tool": "x" * 81}, "tool"),
        ({"tool": "a\0b"}, "tool"),
        ({"content": ""}, "content"),
        ({"content": " \n "}, "content"),
        ({"content": 5}, "content"),
        ({"content": "x" * 20_001}, "content"),
        ({"content": "\ud800"}, "content"),
        ({"client_id": "x" * 65}, "client_id"),
        ({"client_id": "a b"}, "client_id"),
        ({"more": 1}, "more"),
    ],
)
def test_a_bad_result_names_its_field_and_starts_nothing(api, path, body, field):
    response = api.post(path, BODY | body if body else {})
    assert response.status_code == 400 and error(response)["field"] == field
    assert not Run.objects.exists()


def test_foreign_and_deleted_talks_are_not_there(api, path, program, stranger, conversation, owner):
    assert program(stranger).post(path, BODY).status_code == 404
    removal.delete_conversation(conversation, owner)
    assert api.post(path, BODY).status_code == 404 and not Run.objects.exists()
