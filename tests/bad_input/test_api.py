"""API: whatever the OpenAPI document lets one send, and much that it does not, gets a documented answer."""

import json
from typing import Any, cast

import pytest
import schemathesis
from django.contrib.auth.models import User
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from agents.models import Entity
from interactions import runs
from interactions.models import ApiToken, Conversation, Telling
from tests.bad_input.nasty import texts, values
from tests.unit.api.conftest import Program, error

EXAMPLES = 25
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def document(owner: User) -> dict[str, Any]:
    """The OpenAPI document as it is served."""
    client = Client()
    client.force_login(owner)
    found: dict[str, Any] = client.get("/api/v1/openapi.json").json()
    return found


@pytest.mark.django_db(transaction=True)  # the application lets go of connections between requests
def test_api_answers_as_its_document_says(
    document: dict[str, Any], owner: User, entity: Entity, conversation: Conversation
) -> None:
    run = runs.send(conversation, owner, "Hello.").run
    _token, secret = ApiToken.make(owner, "schemathesis")
    telling = Telling.objects.create(receiver=entity, text="Hello.", run=run, action="1")
    real: dict[str, Any] = {"conversation_id": str(conversation.pk), "run_id": str(run.pk), "slug": entity.slug}
    real |= {"telling_id": telling.pk}
    schema = schemathesis.openapi.from_dict(document, config=SchemathesisConfig.from_dict({}))
    schema.app = get_wsgi_application()
    asked: set[str] = set()
    for result in schema.get_all_operations():
        operation = cast(Any, result).ok()
        cases = operation.as_strategy() | operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)

        @settings(max_examples=EXAMPLES)
        @given(case=cases, is_real=st.booleans())
        def ask(case: Any, is_real: bool) -> None:
            named = case.path_parameters or {}
            if is_real:
                case.path_parameters = {name: real.get(name, value) for name, value in named.items()}
                body = case.body if isinstance(case.body, dict) else {}
                version = Entity.objects.values_list("version", flat=True).get(pk=entity.pk)
                known = {"version": version, "entity": entity.slug}
                body.update({name: value for name, value in known.items() if name in body})
            # Not compressed, as long answers are for whom it pleases: schemathesis does not unpack them here.
            answer = case.call(headers={"Authorization": f"Bearer {secret}", "Accept-Encoding": "identity"})
            case.validate_response(answer, checks=CHECKS)
            if answer.status_code >= 400:
                assert set(answer.json()["error"]) >= {"code", "message", "field"}
            asked.add(f"{case.method.upper()} {answer.status_code}")

        ask()
    assert asked >= {"GET 200", "GET 400", "GET 404", "POST 201", "POST 202", "POST 400", "PATCH 200", "PATCH 400"}


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/conversations"), ("POST", "/conversations/{id}/messages"), ("PATCH", "/entities/ottilie")],
)
def test_api_refuses_any_body_that_is_not_as_documented(
    owner: User, conversation: Conversation, method: str, path: str
) -> None:
    program = Program(owner)
    address = path.format(id=conversation.pk)
    names = st.sampled_from(
        ["text", "client_message_id", "entity", "version", "mood", "temperament", "name", "persona"]
    ) | texts(8)
    body = st.dictionaries(names, values(), max_size=4) | values()

    @settings(max_examples=60)
    @given(body=body, damage=st.sampled_from(["", "cut", "double", "utf-16"]))
    def send(body: Any, damage: str) -> None:
        raw = json.dumps(body).encode()
        if damage == "cut":
            raw = raw[: len(raw) // 2]
        elif damage == "double":
            raw = b'{"version": 1, "version": 2}'
        elif damage == "utf-16":
            raw = json.dumps(body).encode("utf-16")
        answer = program.send(method, address, raw)
        assert answer.status_code < 500
        if answer.status_code >= 400:
            assert error(answer)["code"]

    send()


@pytest.mark.parametrize("depth", [100, 300, 600, 900, 950, 970, 980, 990, 5_000, 100_000])
def test_api_refuses_deep_nesting(owner: User, conversation: Conversation, depth: int) -> None:
    answer = Program(owner).send(
        "POST", f"/conversations/{conversation.pk}/messages", '{"text": ' + "[" * depth + "]" * depth + "}"
    )
    assert answer.status_code == 400
    assert error(answer)["code"] in ("invalid_json", "invalid_field")


@pytest.mark.parametrize("path", ["/conversations", "/entities"])
def test_api_takes_no_cursor_but_its_own(owner: User, entity: Entity, path: str) -> None:
    from base64 import urlsafe_b64encode

    program = Program(owner)
    moments = st.sampled_from(
        ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-01-01T00:00:00+00:00", "x"]
    )
    keys: st.SearchStrategy[Any] = (
        st.sampled_from([10**30, float("inf"), float("nan"), -1, "1", None, [], {}, True, "\0", "\ud800"]) | values()
    )

    @settings(max_examples=60)
    @given(
        cursor=st.tuples(moments, keys).map(lambda pair: urlsafe_b64encode(json.dumps(pair).encode()).decode())
        | texts()
    )
    def ask(cursor: str) -> None:
        answer = program.get(path, after=cursor)
        assert answer.status_code in (200, 400)
        if answer.status_code == 400:
            assert error(answer)["field"] == "after"

    ask()


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "application/json; charset=hex", ""])
def test_api_refuses_another_type_of_body(owner: User, kind: str) -> None:
    answer = Program(owner).send("POST", "/conversations", b"{}", kind)
    assert answer.status_code in (400, 415)
    assert error(answer)
