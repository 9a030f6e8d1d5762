"""The API's document and the page that shows it, for whoever is signed in or has a token."""

from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from interactions.api import shapes
from interactions.api.api import api
from interactions.api.auth import BearerToken
from interactions.api.errors import bare
from interactions.markdown import render as markdown

# Shown with their fields beside the routes; the events have a list of their own.
OBJECTS = (
    "ConversationOut",
    "EntityOut",
    "Mood",
    "Temperament",
    "Feeling",
    "FeelingPatch",
    "TemperamentPatch",
    "GoalOut",
    "DesireOut",
    "MemoryOut",
    "ErrorDetail",
)


@login_not_required
@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """Answer with the OpenAPI document."""
    return JsonResponse(whole_document()) if _may_read(request) else bare(401)


@login_not_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the document as a page: each route with its fields, a request to copy, and the socket's contract."""
    if not _may_read(request):
        return redirect(f"{reverse('login')}?next={request.path}")
    schema = whole_document()
    names = [shapes.name_of(each) for each in schema["components"]["schemas"]["Event"]["oneOf"]]
    context = {
        "info": schema["info"],
        "about": markdown(schema["info"]["description"]),
        "groups": groups(schema, request.build_absolute_uri("/").rstrip("/")),
        "events": [_shape(schema, name) for name in names],
        "delta": _shape(schema, "TextDelta"),
        "objects": [_shape(schema, name) for name in OBJECTS],
    }
    return render(request, "api/docs.html", context)


@cache
def whole_document() -> dict[str, Any]:
    """Return the document, made once in a process: it says what the code declares. Nobody may change it."""
    schema: dict[str, Any] = api.get_openapi_schema()
    return schema


def groups(schema: dict[str, Any], root: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the operations by tag, in the order of the document, each with a curl line for the server at `root`."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            body = _body(schema, operation)
            entry = {
                "id": operation["operationId"],
                "summary": operation["summary"],
                "description": markdown(operation.get("description", "")),
                "method": method.upper(),
                "path": path,
                "fields": [*shapes.parameters(schema, operation), *body],
                "answers": [(status, _answer(each)) for status, each in sorted(operation["responses"].items())],
                "curl": curl(method.upper(), root + path, body),
            }
            found.setdefault(operation["tags"][0], []).append(entry)
    return list(found.items())


def curl(method: str, url: str, body: list[shapes.Field]) -> str:
    """Return a request for a shell; what has to be filled in are the shell's variables."""
    url = url.replace("{conversation_id}", "$CONVERSATION").replace("{run_id}", "$RUN").replace("{slug}", "$SLUG")
    lines = [f'curl "{url}"' if method == "GET" else f'curl -X {method} "{url}"', '-H "Authorization: Bearer $TOKEN"']
    if body:
        shown = ", ".join(f'"{field.name}": {field.sample}' for field in body if field.is_shown)
        lines += ['-H "Content-Type: application/json"', f"-d '{{{shown}}}'"]
    return " \\\n  ".join(lines)


def _may_read(request: HttpRequest) -> bool:
    return request.user.is_authenticated or BearerToken()(request) is not None


def _body(schema: dict[str, Any], operation: dict[str, Any]) -> list[shapes.Field]:
    if "requestBody" not in operation:
        return []
    return shapes.fields(schema, operation["requestBody"]["content"]["application/json"]["schema"])


def _answer(response: dict[str, Any]) -> str:
    """Return what a response is: the name of its schema, or its description where that is an error."""
    content = response.get("content", {}).get("application/json", {}).get("schema", {})
    name = shapes.kind(content) if content else ""
    return str(response["description"]) if name in ("", "ErrorAnswer") else name


def _shape(schema: dict[str, Any], name: str) -> dict[str, Any]:
    whole = schema["components"]["schemas"][name]
    kind = whole["properties"].get("kind", {}).get("const", name)
    return {"name": name, "kind": kind, "about": whole.get("description", ""), "fields": shapes.fields(schema, whole)}
