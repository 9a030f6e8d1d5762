"""Who gets in, and how everybody else is told."""

from uuid import uuid4

import pytest
from django.test import Client

from interactions import runs
from interactions.models import ApiToken
from tests.unit.api.conftest import error

pytestmark = pytest.mark.django_db


@pytest.fixture
def routes(conversation, entity, owner):
    """Every route of the API that names something of the owner's, and then those that do not."""
    run = runs.send(conversation, owner, "Hello").run
    own = [
        ("GET", f"/conversations/{conversation.pk}"),
        ("POST", f"/conversations/{conversation.pk}/messages"),
        ("POST", f"/conversations/{conversation.pk}/results"),
        ("GET", f"/conversations/{conversation.pk}/events"),
        ("GET", f"/entities/{entity.slug}"),
        ("PATCH", f"/entities/{entity.slug}"),
        ("POST", f"/runs/{run.pk}/cancel"),
    ]
    return own, [("GET", "/conversations"), ("POST", "/conversations"), ("GET", "/entities")]


def body_for(path):
    """Return a body that the route takes."""
    if path.endswith("messages"):
        return '{"text": "Hi"}'
    if path.endswith("results"):
        return '{"tool": "backup", "content": "Done."}'
    return '{"version": 1}' if "entities" in path else "{}"


def test_nobody_gets_in_without_signing_in(program, routes):
    for method, path in [*routes[0], *routes[1]]:
        response = program(None).send(method, path, body_for(path))
        assert response.status_code == 401, path
        assert error(response)["code"] == "not_signed_in"
        assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("who", ["teammate", "stranger"])
def test_what_is_not_ones_own_does_not_exist(program, routes, who, request):
    other = program(request.getfixturevalue(who))
    for method, path in routes[0]:
        foreign = other.send(method, path, body_for(path))
        parts = ["unknown" if part == "ottilie" else part for part in path.split("/")]
        unknown_path = "/".join(str(uuid4()) if part.count("-") == 4 else part for part in parts)
        unknown = other.send(method, unknown_path, body_for(path))
        assert (foreign.status_code, unknown.status_code) == (404, 404), path
        assert foreign.json() == unknown.json()


def test_a_staff_member_sees_nothing_more(program, teammate, routes):
    teammate.is_staff = teammate.is_superuser = True
    teammate.save()
    for method, path in routes[0]:
        assert program(teammate).send(method, path, body_for(path)).status_code == 404


def test_ids_that_are_no_ids_do_not_exist(api):
    for path in ("/conversations/1", "/conversations/../entities", "/entities/%00", "/runs/x/cancel", "/nothing", "/"):
        assert api.get(path).status_code == 404, path
        assert error(api.get(path))["code"] == "not_found"


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer ", "Basic b3duZXI6eA==", "Bearer \u00ff", "nonsense"])
def test_a_wrong_token_is_refused(header, entity):
    response = Client().get("/api/v1/entities", headers={"Authorization": header})
    assert response.status_code == 401


def test_a_wrong_token_is_not_rescued_by_the_session(client, owner, entity):
    client.force_login(owner)
    assert client.get("/api/v1/entities", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_the_token_of_a_user_who_is_not_active_any_more(owner, entity):
    _, secret = ApiToken.make(owner, "test")
    owner.is_active = False
    owner.save()
    assert Client().get("/api/v1/entities", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def test_a_session_reads(client, owner, entity):
    client.force_login(owner)
    assert client.get("/api/v1/entities").json()["items"][0]["slug"] == "ottilie"


def test_a_session_writes_only_with_the_csrf_token(owner, entity):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)
    body = {"entity": "ottilie"}
    response = browser.post("/api/v1/conversations", body, content_type="application/json")
    assert response.status_code == 403
    assert error(response)["code"] == "csrf_failed"
    token = "a" * 32
    browser.cookies["csrftoken"] = token
    allowed = browser.post(
        "/api/v1/conversations", body, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert allowed.status_code == 201


def test_a_token_needs_no_csrf_token(owner, entity):
    _, secret = ApiToken.make(owner, "test")
    response = Client(enforce_csrf_checks=True).post(
        "/api/v1/conversations",
        {"entity": "ottilie"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert response.status_code == 201


def test_a_method_that_a_route_does_not_take(api, entity):
    response = api.send("DELETE", "/entities/ottilie", "")
    assert response.status_code == 405
    assert error(response)["code"] == "method_not_allowed"
    assert set(response["Allow"].replace(" ", "").split(",")) == {"GET", "PATCH"}


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"{", 400, "invalid_json"),
        (b"[1]", 400, "invalid_json"),
        (b'"text"', 400, "invalid_json"),
        (b"\xff\xfe", 400, "invalid_json"),
        (b'{"text": NaN}', 400, "invalid_json"),
        (b'{"text": "a", "text": "b"}', 400, "invalid_json"),
        (b"[" * 100_000, 400, "invalid_json"),
        (b'{"a":' * 50_000, 400, "invalid_json"),
        (b'{"te\\u0000xt": 1}', 400, "invalid_text"),
        (b'{"text": "\\ud800"}', 400, "invalid_text"),
        (b"", 400, "invalid_field"),
    ],
)
def test_bodies_that_are_no_json_of_ours(api, conversation, data, status, code):
    response = api.send("POST", f"/conversations/{conversation.pk}/messages", data)
    assert response.status_code == status
    assert error(response)["code"] == code


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_bodies_of_another_type(api, conversation, kind):
    response = api.send("POST", f"/conversations/{conversation.pk}/messages", b'{"text": "Hi"}', kind)
    assert response.status_code == 415
    assert error(response)["code"] == "not_json"


def test_a_body_over_the_cap(api, conversation, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = api.send("POST", f"/conversations/{conversation.pk}/messages", b'{"text": "' + b"x" * 200 + b'"}')
    assert response.status_code in (400, 413)
    assert error(response)


def test_a_crash_is_json_too(owner, entity, monkeypatch):
    def broken(*args):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(runs, "start_conversation", broken)
    _, secret = ApiToken.make(owner, "test")
    response = Client(raise_request_exception=False).post(
        "/api/v1/conversations",
        {"entity": "ottilie"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert response.status_code == 500
    assert error(response)["code"] == "server_error"
    assert b"secret detail" not in response.content


def test_a_wrong_host_is_json_too():
    response = Client().get("/api/v1/entities", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert error(response)["code"] == "bad_request"
