"""All actions, found by themselves: a module in `agents/actions/` that defines an `Action` is in the registry."""

import importlib
import pkgutil
from functools import cache
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from pydantic import ValidationError

import agents.actions as package
from agents import graph
from agents.actions.base import Action, Args
from agents.plan import PlannedAction

_OWN_FIELDS = ("action", "context", "id", "after")


@cache
def all_actions() -> dict[str, Action[Any]]:
    """Return every action by name, in the order of their names. Raises `ImproperlyConfigured` on a name used twice."""
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    found: dict[str, Action[Any]] = {}
    for kind in sorted(Action.__subclasses__(), key=lambda kind: kind.name):
        if kind.name in found:
            raise ImproperlyConfigured(f"Two actions are called {kind.name}: {kind} and {type(found[kind.name])}.")
        found[kind.name] = kind()
    return found


def get(name: str) -> Action[Any] | None:
    """Return the action called `name`, or None."""
    return all_actions().get(name)


def parse(fields: Any, *, with_text: bool = True) -> PlannedAction:
    """Return the planned action that a model wrote as one flat JSON object, arguments beside `action`.

    `with_text` false lets a text be written later.

    Raises `ValueError` with one sentence that tells the model what to mend.
    """
    if not isinstance(fields, dict) or not isinstance(fields.get("action"), str):
        raise ValueError('each action must be an object with a string "action"')
    name = fields["action"].strip().upper()
    context = fields.get("context") or ""
    if not isinstance(context, str):
        raise ValueError(f'{name}: "context" must be a string')
    args = {key: value for key, value in fields.items() if key not in _OWN_FIELDS}
    try:
        id_, after = graph.parsed(fields)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    planned = PlannedAction(action=name[:40], context=context[:2_000], args=args, id=id_, after=after)
    check(planned, with_text=with_text)
    return planned


def check(planned: PlannedAction, *, with_text: bool = True) -> Args | None:
    """Return the validated arguments of `planned`. With `with_text` false an action that
    writes may leave its text out: None.

    Raises `ValueError` with one sentence for an unknown action or arguments that break its schema.
    """
    action = get(planned.action)
    if action is None:
        raise ValueError(f"there is no action {planned.action!r}; there are {', '.join(all_actions())}")
    if action.writes and not with_text and not planned.args.get("text"):
        return None
    try:
        validated: Args = action.args.model_validate(planned.args)
    except ValidationError as error:
        raise ValueError(f"{planned.action}: {_first(error)}") from error
    return validated


def _first(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in problem["loc"])
    return f"{where}: {problem['msg']}" if where else str(problem["msg"])
