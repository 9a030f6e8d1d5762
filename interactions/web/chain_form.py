"""The form of a chain: a row of fields for each action, checked as a planned action is."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agents import graph
from agents.actions import registry
from agents.plan import PlannedAction
from agents.strategies.plan_stream import MOST_ACTIONS
from interactions.steps import Face, face

NAME_MOST = 60
_SIGNS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Argument:
    """One field of a row: an argument of its action, as its schema describes it."""

    name: str
    help: str
    kind: Literal["line", "text", "pick", "number", "list"]
    value: str
    choices: tuple[str, ...] = ()
    may_be_left_out: bool = True

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").capitalize()


@dataclass(slots=True)
class Row:
    """One action as it was typed. `error` is what is wrong with it."""

    action: str
    context: str = ""
    id: str = ""
    after: str = ""
    values: dict[str, str] = field(default_factory=dict)
    error: str = ""

    @property
    def face(self) -> Face:
        return face(self.action)

    @property
    def arguments(self) -> list[Argument]:
        action = registry.get(self.action)
        schema = action.schema if action else {}
        needed = set(schema.get("required", ())) - ({"text"} if action and action.writes else set())
        return [
            _argument(name, about, self.values.get(name, ""), name in needed)
            for name, about in schema.get("properties", {}).items()
        ]

    @classmethod
    def of(cls, planned: PlannedAction) -> "Row":
        """Return the row that shows `planned`."""
        after = "none" if planned.after == () else ", ".join(planned.after or ())
        values = {name: _typed(value) for name, value in planned.args.items()}
        return cls(planned.action, planned.context, planned.id, after, values)

    def planned(self) -> PlannedAction:
        """Return the action that was typed. Raises `ValueError` with a sentence."""
        fields: dict[str, Any] = {"action": self.action, "context": self.context, "id": self.id.strip()}
        waits = self.after.strip()
        if waits:
            fields["after"] = [] if waits.casefold() == "none" else re.split(r"[\s,]+", waits.strip(" ,"))
        for argument in self.arguments:
            if argument.value.strip():
                fields[argument.name] = _value(argument)
        return registry.parse(fields, with_text=False)


@dataclass(slots=True)
class ChainForm:
    """A chain as it was typed."""

    name: str = ""
    entity: str = ""
    rows: list[Row] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @classmethod
    def typed(cls, data: Mapping[str, str]) -> "ChainForm":
        """Return what a form sent; signs that no database takes are left out."""
        read = {name: _SIGNS.sub("", value) for name, value in data.items()}
        form = cls(read.get("name", "").strip(), read.get("entity", ""))
        for place in range(MOST_ACTIONS):
            action = read.get(f"action-{place}", "")
            if registry.get(action) is None:
                continue
            start = f"arg-{place}-"
            values = {name.removeprefix(start): value for name, value in read.items() if name.startswith(start)}
            own = {name: read.get(f"{name}-{place}", "") for name in ("context", "id", "after")}
            form.rows.append(Row(action, values=values, **own))
        form._press(read.get("do", ""), read.get("new", ""))
        return form

    def check(self) -> tuple[PlannedAction, ...]:
        """Return the actions, and note at each row what is wrong with it."""
        planned = []
        for row in self.rows:
            try:
                planned.append(row.planned())
            except ValueError as error:
                row.error = str(error)
        if not self.name:
            self.errors.append("Give it a name.")
        elif len(self.name) > NAME_MOST:
            self.errors.append(f"A name has at most {NAME_MOST} characters.")
        if not self.rows:
            self.errors.append("Add at least one action.")
        if len(planned) == len(self.rows):
            self.errors += [problem[:1].upper() + problem[1:] + "." for problem in graph.problems(planned)]
        return tuple(planned)

    @property
    def is_sound(self) -> bool:
        return not self.errors and not any(row.error for row in self.rows)

    def _press(self, button: str, new: str) -> None:
        """Do what a button of the form does to its rows; none of them stores anything."""
        what, _, number = button.partition("-")
        place = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else -1
        if what == "add" and registry.get(new) is not None and len(self.rows) < MOST_ACTIONS:
            self.rows.append(Row(new))
        elif what == "remove" and 0 <= place < len(self.rows):
            del self.rows[place]
        elif what == "up" and 0 < place < len(self.rows):
            self.rows[place - 1 : place + 1] = reversed(self.rows[place - 1 : place + 1])


def _argument(name: str, about: dict[str, Any], value: str, needed: bool) -> Argument:
    kinds = [about, *about.get("anyOf", ())]
    choices = next((tuple(kind["enum"]) for kind in kinds if "enum" in kind), ())
    if about.get("type") == "boolean":
        choices = ("true", "false")
    types = {kind.get("type") for kind in kinds}
    long = name == "text" or any(kind.get("maxLength", 0) > 1_000 for kind in kinds)
    kind: Literal["line", "text", "pick", "number", "list"] = (
        "list"
        if "array" in types
        else "pick"
        if choices
        else "number"
        if types & {"number", "integer"}
        else "text"
        if long
        else "line"
    )
    return Argument(name, about.get("description", ""), kind, value, choices, not needed)


def _typed(value: object) -> str:
    """What one types for a value: a list one item per line."""
    if isinstance(value, list | tuple):
        return "\n".join(str(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _value(argument: Argument) -> Any:
    """Return what was typed as JSON where it is a number or an object, and a list by its lines; what is none of them is
    refused by the schema."""
    text = argument.value.strip()
    if argument.kind == "list":
        return [line.strip() for line in text.splitlines() if line.strip()]
    if argument.choices == ("true", "false"):
        return {"true": True, "false": False}.get(text, text)
    if argument.kind != "number" and not text.startswith("{"):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
