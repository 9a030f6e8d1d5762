"""The id of a request: on every line of the log, and in the response."""

from typing import Any

import pytest
from django.http import HttpResponse
from structlog.contextvars import bound_contextvars, get_contextvars

from interactions.models import ApiToken
from memos_site import request_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The ids that were bound at the end of each request."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(request_id, "watchers", [lambda request, response, began, ids: found.append(ids)])
    return found


def test_a_sane_id_is_taken_and_given_back(client, seen):
    response = client.get("/healthz", headers={"X-Request-ID": "4f1c.a_b-9"})
    assert response["X-Request-ID"] == "4f1c.a_b-9" and seen == [{"request": "4f1c.a_b-9"}]
    assert get_contextvars() == {}


@pytest.mark.parametrize("bad", ["", "x" * 65, "a b", "a\tb", "<script>", "ä", "-x", 'a"b', "a=b"])
def test_any_other_is_replaced(client, seen, bad):
    response = client.get("/healthz", headers={"X-Request-ID": bad})
    assert len(response["X-Request-ID"]) == 16 and response["X-Request-ID"] != bad


def test_every_response_has_one_even_a_refused_one(client):
    assert client.get("/nowhere/")["X-Request-ID"]
    assert client.get("/api/v1/entities")["X-Request-ID"]
    assert client.get("/readyz")["X-Request-ID"] != client.get("/readyz")["X-Request-ID"]


def test_a_page_says_who_asked_and_a_message_which_run_it_started(client, owner, conversation, seen):
    client.force_login(owner)
    client.post(f"/c/{conversation.pk}/messages/", {"text": "Hello", "client_message_id": "m-1"})
    run = conversation.runs.get()
    assert seen[-1] | {"user": owner.pk, "run": str(run.pk), "conversation": str(conversation.pk)} == seen[-1]
    client.post(f"/c/{conversation.pk}/messages/", {"text": "Hello", "client_message_id": "m-1"})
    assert "run" not in seen[-1], "a resend starts none"


def test_a_program_is_known_by_its_token(client, owner, seen):
    _, token = ApiToken.make(owner, "phone")
    client.get("/api/v1/entities", headers={"Authorization": f"Bearer {token}"})
    assert seen[-1]["user"] == owner.pk


def test_nothing_is_left_of_a_request_that_broke(rf):
    def broken(request):
        assert get_contextvars()["request"] == "abc"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        request_id.RequestId(broken)(rf.get("/", headers={"X-Request-ID": "abc"}))
    assert get_contextvars() == {}


def test_nothing_of_an_earlier_request_is_taken_over(rf):
    with bound_contextvars(user=7, run="r-0"):
        request_id.RequestId(lambda request: HttpResponse(str(get_contextvars())))(rf.get("/"))
        assert get_contextvars() == {}
