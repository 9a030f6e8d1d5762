"""The OpenAPI document: what the routes declare, and with it the events, the errors and the socket."""

from typing import Any

from ninja import NinjaAPI
from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from agents.events import Event
from interactions.api.errors import ErrorAnswer

REF = "#/components/schemas/{model}"

DESCRIPTION = """\
Talk to your entities from a program. Everything the pages show comes from one log of typed events; here it is.

**Signing in.** A browser's session cookie (writes carry `X-CSRFToken`), or `Authorization: Bearer TOKEN`; \
`manage.py create_token USER` prints a token.

**Lists** answer `{"items": [...], "next": ...}`: pass `next` as `after` for the rest, until it is null.

**Errors** answer `{"error": {"code", "message", "field"}}`: the code is for programs and stays, the message is for \
people. What is not yours is answered like what does not exist: 404.

**The socket.** `WS /ws/conversations/{id}/?after=N&format=json` sends the events after number N, then each new one as \
it happens: the same objects that `GET .../events` answers with.

- While text is being written there are deltas between them, without a number: \
`{"kind": "text.delta", "run", "action", "offset", "text", "is_thought"}`. Put `text` at `offset` of what you have for \
that `action`; the `text.finished` that follows holds the whole text. Whoever joins in mid-stream gets the text so far \
as one delta with offset 0.
- Reconnect with the last `seq` you have, and nothing is missing or there twice.
- Send `{"type": "ping"}` every 20 seconds; `{"type": "pong"}` comes back.
- The handshake needs the session cookie and an allowed Origin, or the bearer token.
- It closes with 4401 when you are not signed in, 4404 when there is no such conversation of yours, 1008 when a rule \
was broken, 1009 when a frame was too big.
"""

_ENVELOPE = {
    "seq": {"type": "integer", "description": "Its number in the conversation: 1, 2, 3 … without a gap."},
    "run": {"type": ["string", "null"], "format": "uuid"},
    "action": {"type": ["string", "null"], "description": "Joins what belongs to one action of a run."},
    "at": {"type": "string", "format": "date-time"},
}

_DELTA = {
    "type": "object",
    "title": "TextDelta",
    "description": "A disposable piece of a text that is being written; only on the socket.",
    "properties": {
        "kind": {"const": "text.delta", "type": "string"},
        "run": {"type": "string", "format": "uuid"},
        "action": {"type": "string"},
        "offset": {"type": "integer", "minimum": 0, "description": "In characters."},
        "text": {"type": "string"},
        "is_thought": {"type": "boolean"},
    },
    "required": ["kind", "run", "action", "offset", "text", "is_thought"],
}

_ERRORS = {400: "A field or the body is wrong", 401: "Not signed in", 403: "Not allowed", 404: "Not found"}
_WRITE_ERRORS = {409: "In conflict with what is stored", 413: "Too big", 415: "Not JSON", 429: "Too many requests"}


class DocumentedAPI(NinjaAPI):
    """The API with its whole document: routes, events, socket and errors."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """Return the OpenAPI 3.1 document as plain data."""
        document = super().get_openapi_schema(**options)
        schemas = document["components"]["schemas"]
        schemas.update(event_schemas())
        schemas["TextDelta"] = _DELTA
        schemas["EventPage"]["properties"]["items"]["items"] = {"$ref": REF.format(model="Event")}
        _, errors = models_json_schema([(ErrorAnswer, "serialization")], ref_template=REF)
        schemas.update(errors["$defs"])
        for methods in document["paths"].values():
            for method, operation in methods.items():
                _add_errors(operation, _ERRORS if method == "get" else _ERRORS | _WRITE_ERRORS)
        return document


def event_schemas() -> dict[str, Any]:
    """Return the schema of each kind of event as it goes over the wire (flat), and of `Event`, any one of them."""
    schema = TypeAdapter(Event).json_schema(ref_template=REF, mode="serialization")
    schemas: dict[str, Any] = schema["$defs"]
    kinds: dict[str, str] = schema["discriminator"]["mapping"]
    for reference in kinds.values():
        event = schemas[reference.rsplit("/", 1)[-1]]
        kind = event["properties"].pop("kind")
        event["properties"] = {"seq": _ENVELOPE["seq"], "kind": kind, **_ENVELOPE, **event["properties"]}
        event["required"] = [*dict.fromkeys(["seq", "kind", "run", "action", "at", *event.get("required", [])])]
    schemas["Event"] = {"title": "Event", "oneOf": schema["oneOf"], "discriminator": schema["discriminator"]}
    return schemas


def _add_errors(operation: dict[str, Any], errors: dict[int, str]) -> None:
    content = {"application/json": {"schema": {"$ref": REF.format(model="ErrorAnswer")}}}
    for status, description in errors.items():
        operation["responses"].setdefault(status, {"description": description, "content": content})
