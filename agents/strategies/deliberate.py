"""Deliberate: a whole plan first, then a model call of its own for every thought and speech."""

from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from contextlib import aclosing

from agents import graph, prompts
from agents.actions import registry
from agents.errors import PlanFailed, PlanRejected
from agents.llm.base import ModelRequest
from agents.plan import ActionPlan, PlannedAction
from agents.scene import Scene
from agents.strategies.following import follow
from agents.strategies.plan_stream import MOST_ACTIONS
from agents.strategies.steps import MOST_REPAIRS, Item, Planned, Rejected
from agents.strategies.strict_json import clean, read
from agents.strategies.turn import Turn

MOST_EXTENSIONS = 4
Asked = Callable[[Scene, Sequence[str], str], ModelRequest]


async def deliberate(turn: Turn) -> AsyncGenerator[Item, None]:
    """Yield a plan, then its steps; then, while it may be extended, further ones.

    Raises `PlanFailed` after two repairs, and `ModelError`.
    """
    plan = turn.left or turn.given
    if plan is not None and turn.left is None:
        yield Planned(plan)
    if plan is None:
        async for item in _planned(turn, prompts.plan, extends=False):
            if isinstance(item, Planned):
                plan = item.plan
            yield item
    elif turn.given is None and turn.is_answered and all(planned.action == "DONE" for planned in plan.actions):
        # The plan ended with a question: what to do with the answer is planned now. A chain just ends.
        async for item in _planned(turn, prompts.extend, extends=True):
            if isinstance(item, Planned):
                plan = item.plan
            yield item
    for _round in range(MOST_EXTENSIONS):
        assert plan is not None
        async with aclosing(follow(turn, plan.actions)) as items:
            async for item in items:
                yield item
        if any(planned.action == "DONE" for planned in plan.actions):
            return
        if not plan.can_extend:
            return
        async for item in _planned(turn, prompts.extend, extends=True):
            if isinstance(item, Planned):
                plan = item.plan
            yield item


async def _planned(turn: Turn, asked: Asked, *, extends: bool) -> AsyncGenerator[Item, None]:
    """Ask for a plan until it holds; at most two repairs."""
    problems: list[str] = []
    raw = ""
    for attempt in range(1, MOST_REPAIRS + 2):
        async with aclosing(turn.ask(asked(await turn.look(), problems, raw))) as answer:
            raw = "".join([chunk async for chunk in answer])
        try:
            yield Planned(parse_plan(raw, turn.planned_ids), extends)
            return
        except PlanRejected as error:
            problems = error.errors
            yield Rejected(tuple(problems), raw, attempt)
    raise PlanFailed(
        f"The model's plan could not be used, three times over: {'; '.join(problems)}. "
        "Try again, or choose another model or the reactive strategy."
    )


def parse_plan(raw: str, earlier: Collection[str] = ()) -> ActionPlan:
    """Return the plan in a model's whole answer; `earlier` are ids of actions before it, which it may wait for.

    Raises `PlanRejected` with every problem that was found.
    """
    start, end = raw.find("{"), raw.rfind("}") + 1
    if start < 0 or end <= start:
        raise PlanRejected(["the answer holds no JSON object"], raw)
    try:
        whole = read(clean(raw[start:end]))
    except ValueError as error:
        raise PlanRejected([f"not valid JSON: {error}"], raw) from error
    actions = whole.get("actions")
    if not isinstance(actions, list) or not 1 <= len(actions) <= MOST_ACTIONS:
        raise PlanRejected([f'"actions" must be a list of 1 to {MOST_ACTIONS} actions'], raw)
    problems, planned = [], []
    for number, fields in enumerate(actions, start=1):
        try:
            planned.append(_unwritten(fields))
        except ValueError as error:
            problems.append(f"action {number}: {error}")
    problems = problems or graph.problems(planned, earlier)
    if problems:
        raise PlanRejected(problems, raw)
    reasoning = whole.get("reasoning")
    return ActionPlan(
        reasoning=reasoning[:4_000] if isinstance(reasoning, str) else "",
        can_extend=whole.get("can_extend") is True,
        actions=graph.named(planned, earlier),
    )


def _unwritten(fields: object) -> PlannedAction:
    """A planned action whose text may be written later."""
    return registry.parse(fields, with_text=False)
