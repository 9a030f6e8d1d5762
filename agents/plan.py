"""Plans: the sequence of actions as a model decided it."""

from typing import Any

from pydantic import Field

from agents.changes import Frozen


class PlannedAction(Frozen):
    """One step of a plan. `context` says what it is for; `args` are checked against the action's schema.

    `after` names the actions, by their `id`, that it waits for: none if it is empty, all before it if it is None.
    """

    action: str = Field(max_length=40)
    context: str = Field("", max_length=2_000)
    args: dict[str, Any] = Field(default_factory=dict)
    id: str = Field("", max_length=40)
    after: tuple[str, ...] | None = None


class ActionPlan(Frozen):
    """An ordered plan. With `can_extend`, the planner is asked again after its last action, until DONE."""

    reasoning: str = Field("", max_length=4_000)
    can_extend: bool = False
    actions: tuple[PlannedAction, ...] = Field(default=(), max_length=64)
