"""Reactive: one spoken reply, no plan, nothing else."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from agents import prompts
from agents.strategies.plan_stream import PlanStream
from agents.strategies.steps import Item
from agents.strategies.turn import Turn


async def reactive(turn: Turn) -> AsyncGenerator[Item, None]:
    """Yield the reply as it streams, then its step. Raises `ModelError`."""
    if any(done.action == "SPEAK" for done in turn.scene.completed):
        return
    stream = PlanStream(prose=True)
    async with aclosing(turn.ask(prompts.reply(turn.scene))) as answer:
        async for chunk in answer:
            for item in stream.feed(chunk):
                yield item
    items, _plan = stream.close()
    for item in items:
        yield item
