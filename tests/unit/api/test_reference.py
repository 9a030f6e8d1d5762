import json
import re
from typing import get_args

import pytest

from agents.events import Event

pytestmark = pytest.mark.django_db

CONTRACT = {
    "/api/v1/conversations": {"get", "post"},
    "/api/v1/conversations/{conversation_id}": {"get"},
    "/api/v1/conversations/{conversation_id}/messages": {"post"},
    "/api/v1/conversations/{conversation_id}/results": {"post"},
    "/api/v1/conversations/{conversation_id}/events": {"get"},
    "/api/v1/conversations/{conversation_id}/events.jsonl": {"get"},
    "/api/v1/runs/{run_id}/cancel": {"post"},
    "/api/v1/runs/{run_id}/rating": {"post"},
    "/api/v1/entities": {"get"},
    "/api/v1/entities/{slug}": {"get", "patch"},
    "/api/v1/entities/{slug}/versions": {"get"},
    "/api/v1/entities/{slug}/versions/{number}": {"get"},
    "/api/v1/entities/{slug}/rollback": {"post"},
    "/api/v1/entities/{slug}/undo": {"post"},
    "/api/v1/entities/{slug}/fork": {"post"},
    "/api/v1/entities/{slug}/timers": {"get", "post"},
    "/api/v1/timers/{timer_id}/stop": {"post"},
    "/api/v1/timers/{timer_id}/start": {"post"},
    "/api/v1/entities/{slug}/tellings": {"get"},
    "/api/v1/tellings/{telling_id}/drop": {"post"},
    "/api/v1/tellings/{telling_id}/restore": {"post"},
}


@pytest.fixture
def document(api):
    """The OpenAPI document."""
    response = api.get("/openapi.json")
    assert response.status_code == 200
    return response.json()


def test_the_document_has_the_whole_contract(document):
    assert {path: set(methods) for path, methods in document["paths"].items()} == CONTRACT
    assert document["openapi"].startswith("3.")
    assert set(document["components"]["securitySchemes"]) == {"BearerToken", "SessionCookie"}


def test_every_kind_of_event_is_in_it_flat(document):
    schemas = document["components"]["schemas"]
    kinds = {event.model_fields["kind"].default for event in get_args(get_args(Event)[0])}
    mapping = schemas["Event"]["discriminator"]["mapping"]
    assert set(mapping) == kinds
    for reference in mapping.values():
        event = schemas[reference.rsplit("/", 1)[-1]]
        assert {"seq", "kind", "run", "action", "at"} <= set(event["required"])


def test_every_reference_leads_somewhere(document):
    known = set(document["components"]["schemas"])
    named = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(document)))
    assert named <= known


def test_every_route_tells_its_errors(document):
    for methods in document["paths"].values():
        for operation in methods.values():
            for status in ("400", "401", "404"):
                schema = operation["responses"][status]["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ErrorAnswer"}


def test_the_socket_is_described(document):
    for word in ("/ws/conversations/", "text.delta", "4401", "4404", "offset"):
        assert word in document["info"]["description"]


def test_the_page_shows_every_route_and_event(client, owner):
    client.force_login(owner)
    html = client.get("/api/v1/docs").content.decode()
    for path in CONTRACT:
        assert path in html
    for kind in ("message.received", "text.delta", "state.changed"):
        assert f"<code>{kind}</code>" in html
    assert 'curl -X POST "http://testserver/api/v1/conversations"' in html.replace("&quot;", '"')
    assert "<script>" not in html
    assert "style=" not in html


def test_it_is_for_those_who_are_known(client, program):
    assert program(None).get("/openapi.json").status_code == 401
    response = client.get("/api/v1/docs")
    assert response.status_code == 302
    assert response["Location"] == "/login/?next=/api/v1/docs"


def test_a_token_opens_the_page_too(api):
    assert api.get("/docs").status_code == 200
