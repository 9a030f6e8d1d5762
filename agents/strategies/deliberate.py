"""Deliberate: a whole plan first, then a model call of its own for every thought and speech."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from pydantic_core import from_json

from agents import prompts
from agents.actions import registry
from agents.errors import PlanFailed, PlanRejected
from agents.llm.base import ModelRequest
from agents.plan import ActionPlan, PlannedAction
from agents.scene import Scene
from agents.strategies.plan_stream import clean
from agents.strategies.steps import MOST_REPAIRS, Item, Piece, Planned, Rejected, Step, new_id
from agents.strategies.turn import Turn

MOST_EXTENSIONS = 4
Asked = Callable[[Scene, Sequence[str], str], ModelRequest]


async def deliberate(turn: Turn) -> AsyncGenerator[Item, None]:
    """Yield a plan, then its steps; then, while it may be extended, further ones.

    Raises `PlanFailed` after two repairs, and `ModelError`.
    """
    plan = turn.left
    if plan is None:
        async for item in _planned(turn, prompts.plan, extends=False):
            if isinstance(item, Planned):
                plan = item.plan
            yield item
    for _round in range(MOST_EXTENSIONS):
        assert plan is not None
        for planned in plan.actions:
            async for item in _take(turn, planned):
                yield item
            if planned.action == "DONE":
                return
        if not plan.can_extend:
            return
        async for item in _planned(turn, prompts.extend, extends=True):
            if isinstance(item, Planned):
                plan = item.plan
            yield item


async def _take(turn: Turn, planned: PlannedAction) -> AsyncGenerator[Item, None]:
    """Yield the step of one planned action; the text of a thought or speech is written first."""
    id_ = new_id()
    action = registry.get(planned.action)
    if action is None or not action.is_text or planned.args.get("text"):
        yield Step(id_, planned)
        return
    parts: list[str] = []
    async with aclosing(turn.ask(prompts.text_of(turn.scene, planned))) as answer:
        async for chunk in answer:
            text = clean(chunk) if parts else clean(chunk).lstrip()
            if text:
                parts.append(text)
                yield Piece(id_, planned.action, text)
    text = "".join(parts).strip()
    yield Step(id_, planned.model_copy(update={"args": {**planned.args, "text": text}}))


async def _planned(turn: Turn, asked: Asked, *, extends: bool) -> AsyncGenerator[Item, None]:
    """Ask for a plan until it holds; at most two repairs."""
    problems: list[str] = []
    raw = ""
    for attempt in range(1, MOST_REPAIRS + 2):
        async with aclosing(turn.ask(asked(turn.scene, problems, raw))) as answer:
            raw = "".join([chunk async for chunk in answer])
        try:
            yield Planned(parse_plan(raw), extends)
            return
        except PlanRejected as error:
            problems = error.errors
            yield Rejected(tuple(problems), raw, attempt)
    raise PlanFailed(
        f"The model's plan could not be used, three times over: {'; '.join(problems)}. "
        "Try again, or choose another model or the reactive strategy."
    )


def parse_plan(raw: str) -> ActionPlan:
    """Return the plan in a model's whole answer. Raises `PlanRejected` with every problem that was found."""
    start, end = raw.find("{"), raw.rfind("}") + 1
    if start < 0 or end <= start:
        raise PlanRejected(["the answer holds no JSON object"], raw)
    try:
        whole = from_json(clean(raw[start:end]))
    except ValueError as error:
        raise PlanRejected([f"not valid JSON: {error}"], raw) from error
    actions = whole.get("actions")
    if not isinstance(actions, list) or not 1 <= len(actions) <= 64:
        raise PlanRejected(['"actions" must be a list of 1 to 64 actions'], raw)
    problems, planned = [], []
    for number, fields in enumerate(actions, start=1):
        try:
            planned.append(_unwritten(fields))
        except ValueError as error:
            problems.append(f"action {number}: {error}")
    if problems:
        raise PlanRejected(problems, raw)
    reasoning = whole.get("reasoning")
    return ActionPlan(
        reasoning=reasoning[:4_000] if isinstance(reasoning, str) else "",
        can_extend=whole.get("can_extend") is True,
        actions=tuple(planned),
    )


def _unwritten(fields: object) -> PlannedAction:
    """A planned action whose text may be written later."""
    return registry.parse(fields, with_text=False)
