"""JSON schemas as a person reads them: one row per field, with its type in words."""

import json
from typing import Any, NamedTuple


class Field(NamedTuple):
    """A field of a body, a parameter or an event. `sample` is JSON text for an example request."""

    name: str
    place: str
    kind: str
    required: bool
    about: str
    sample: str
    is_shown: bool


def resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema that a `$ref` into `document` stands for, or `schema` itself."""
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = document["components"]["schemas"][name_of(schema)]
    return found


def name_of(schema: dict[str, Any]) -> str:
    """Return the name at the end of a `$ref`."""
    return str(schema["$ref"]).rsplit("/", 1)[-1]


def fields(document: dict[str, Any], schema: dict[str, Any], place: str = "body") -> list[Field]:
    """Return the fields of an object's schema, in its order."""
    whole = resolve(document, schema)
    required = whole.get("required", ())
    return [
        _field(document, name, place, part, is_required=name in required)
        for name, part in whole.get("properties", {}).items()
    ]


def parameters(document: dict[str, Any], operation: dict[str, Any]) -> list[Field]:
    """Return the parameters in the path and the query of an operation."""
    return [
        _field(document, part["name"], part["in"], part["schema"], is_required=part["required"])
        for part in operation["parameters"]
    ]


def kind(schema: dict[str, Any]) -> str:
    """Return the type of a value in words: “text, at most 80”, “list of Goal”, “uuid or null”."""
    if "$ref" in schema:
        return name_of(schema)
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(kind(each) for each in schema[several])
    if isinstance(schema.get("type"), list):
        return " or ".join(kind({**schema, "type": each}) for each in schema["type"])
    return _plain(schema)


def _plain(schema: dict[str, Any]) -> str:
    match schema.get("type"):
        case "array":
            return "list of " + kind(schema.get("items", {}))
        case "object" if isinstance(schema.get("additionalProperties"), dict):
            return "object of " + kind(schema["additionalProperties"])
        case "string":
            longest = schema.get("maxLength")
            return str(schema.get("format", "text")) + (f", at most {longest}" if longest else "")
        case "integer" | "number" as number:
            low, high = schema.get("minimum"), schema.get("maximum")
            if low is not None and high is not None and high < 10**9:
                return f"{number} {low}..{high}"
            return number if low is None else f"{number}, {low} or more"
        case None:
            return "anything"
        case other:
            return str(other)


def _field(document: dict[str, Any], name: str, place: str, part: dict[str, Any], *, is_required: bool) -> Field:
    examples = part.get("examples") or resolve(document, part).get("examples")
    sample = json.dumps(examples[0]) if examples else "1" if part.get("type") == "integer" else '"…"'
    about = str(part.get("description", ""))
    return Field(name, place, kind(part), is_required, about, sample, is_shown=is_required or bool(examples))
