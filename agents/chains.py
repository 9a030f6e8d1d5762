"""Chains as plans: checked by the same schema as what a model plans."""

from collections.abc import Sequence

from agents import graph
from agents.actions import registry
from agents.errors import PlanRejected
from agents.models import Chain
from agents.plan import ActionPlan, PlannedAction
from agents.strategies.plan_stream import MOST_ACTIONS


def problems(actions: Sequence[PlannedAction]) -> dict[int, str]:
    """Return what is wrong with the actions of a chain, a sentence each, by place; -1 for the chain as a whole."""
    found: dict[int, str] = {}
    for place, planned in enumerate(actions):
        try:
            registry.check(planned, with_text=False)
        except ValueError as error:
            found[place] = str(error)
    if not 1 <= len(actions) <= MOST_ACTIONS:
        found[-1] = f"A chain has 1 to {MOST_ACTIONS} actions."
    elif not found and (drawn := graph.problems(actions)):
        found[-1] = "; ".join(drawn)
    return found


def plan_of(chain: Chain) -> ActionPlan:
    """Return the plan that a run of `chain` follows. Raises `PlanRejected` when this version cannot run it."""
    actions = chain.planned
    if found := problems(actions):
        raise PlanRejected(
            [f"action {place + 1}: {words}" if place >= 0 else words for place, words in found.items()], ""
        )
    done = (*actions, *([] if actions[-1].action == "DONE" else [PlannedAction(action="DONE")]))
    return ActionPlan(reasoning=f"The chain “{chain.name}”.", actions=graph.named(done))
