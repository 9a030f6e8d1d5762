"""Inline: one streamed request plans and speaks. Every action is executed as soon as it is whole."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from agents import prompts
from agents.errors import PlanFailed, PlanRejected
from agents.plan import ActionPlan
from agents.strategies.plan_stream import PlanStream
from agents.strategies.steps import MOST_REPAIRS, Item, Planned, Rejected, Void
from agents.strategies.turn import Turn


async def inline(turn: Turn) -> AsyncGenerator[Item, None]:
    """Yield the items of one streamed plan, and of further ones while it can be extended.

    Raises `PlanFailed` after two repairs, and `ModelError`.
    """
    if any(done.action == "SPEAK" and done.ok for done in turn.since_pause()):
        return  # resumed after the speech: what is left is not worth saying twice
    extends = False
    problems: list[str] = []
    raw, attempt = "", 0
    while True:
        stream = PlanStream(earlier=turn.planned_ids)
        try:
            async with aclosing(turn.ask(prompts.inline(await turn.look(), problems, raw))) as answer:
                async for chunk in answer:
                    for item in stream.feed(chunk):
                        yield item
            items, plan = stream.close()
        except PlanRejected as error:
            attempt += 1
            if stream.open_text:
                yield Void(*stream.open_text, reason="the plan broke off")
            yield Rejected(tuple(error.errors), error.raw, attempt)
            if attempt > MOST_REPAIRS:
                raise PlanFailed(_gave_up(error)) from error
            problems, raw = error.errors, error.raw
            continue
        for item in items:
            yield item
        yield Planned(plan, extends)
        if not _goes_on(plan):
            return
        extends, problems, raw, attempt = True, [], "", 0


def _goes_on(plan: ActionPlan) -> bool:
    return plan.can_extend and all(planned.action != "DONE" for planned in plan.actions)


def _gave_up(error: PlanRejected) -> str:
    return (
        f"The model's plan could not be used, three times over: {'; '.join(error.errors)}. "
        "Try again, or choose another model or the reactive strategy."
    )
