"""Takes the actions of a plan as its graph allows: what does not wait for each other is under way at once.

Texts are written side by side, each by its own request; steps are handed on one at a time, so that commits stay
serial. Speech is handed on in the order of the plan, whoever is ready first: what streams early is held back.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing

from agents import graph, prompts
from agents.actions import registry
from agents.plan import PlannedAction
from agents.strategies.steps import Item, Piece, Step, new_id
from agents.strategies.strict_json import clean
from agents.strategies.turn import Turn


async def follow(turn: Turn, actions: Sequence[PlannedAction]) -> AsyncGenerator[Item, None]:
    """Yield the items of `actions` up to DONE: in their order, or as their graph allows where one is drawn.

    Raises `ModelError`; then nothing more of the plan is begun.
    """
    end = next((place + 1 for place, planned in enumerate(actions) if planned.action == "DONE"), len(actions))
    if graph.is_drawn(actions[:end]):
        async with aclosing(_Following(turn, actions[:end]).items()) as items:
            async for item in items:
                yield item
        return
    for planned in actions[:end]:
        async for item in _take(turn, planned):
            yield item


async def _take(turn: Turn, planned: PlannedAction) -> AsyncIterator[Item]:
    """Yield the step of one planned action; the text of one that writes is written first."""
    id_ = new_id()
    action = registry.get(planned.action)
    is_written = action is None or not action.writes or planned.args.get("text")
    if is_written or graph.failed_before(planned, turn.scene.completed):
        yield Step(id_, planned)
        return
    assert action is not None
    parts: list[str] = []
    async with aclosing(turn.ask(prompts.text_of(await turn.look(), planned), id_)) as answer:
        async for chunk in answer:
            text = clean(chunk) if parts else clean(chunk).lstrip()
            if not text:
                continue
            parts.append(text)
            if action.is_text:
                yield Piece(id_, planned.action, text)
    text = "".join(parts).strip()
    yield Step(id_, planned.model_copy(update={"args": {**planned.args, "text": text}}))


class _Following:
    """The actions of one drawn plan, each a task that waits for those before it."""

    def __init__(self, turn: Turn, actions: Sequence[PlannedAction]) -> None:
        self.turn, self.actions = turn, actions
        self.waits = graph.waits_for(actions)
        self.over = [asyncio.Event() for _ in actions]
        self.ready: asyncio.Queue[tuple[int, Item | BaseException]] = asyncio.Queue()
        speeches = [place for place in graph.ordered(actions) if self._is_speech(place)]
        # The speech before each: it has to be over before this one is heard.
        self.before = dict(zip(speeches[1:], speeches[:-1], strict=True))

    async def items(self) -> AsyncGenerator[Item, None]:
        """Yield every item, a step only when the one before it was taken."""
        tasks = [asyncio.create_task(self._work(place)) for place in range(len(self.actions))]
        try:
            left = len(self.actions)
            while left:
                place, item = await self.ready.get()
                if isinstance(item, BaseException):
                    raise item
                yield item  # comes back when the step was executed and committed
                if isinstance(item, Step):
                    self.over[place].set()
                    left -= 1
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, place: int) -> None:
        try:
            for other in self.waits[place]:
                await self.over[other].wait()
            held: list[Item] = []
            async for item in _take(self.turn, self.actions[place]):
                held.append(item)
                if self._may_be_heard(place):
                    self._hand_on(place, held)
            if held:
                await self.over[self.before[place]].wait()
                self._hand_on(place, held)
        except Exception as error:  # noqa: BLE001 - the reader of the queue raises it
            self.ready.put_nowait((place, error))

    def _may_be_heard(self, place: int) -> bool:
        return place not in self.before or self.over[self.before[place]].is_set()

    def _hand_on(self, place: int, held: list[Item]) -> None:
        for item in held:
            self.ready.put_nowait((place, item))
        held.clear()

    def _is_speech(self, place: int) -> bool:
        action = registry.get(self.actions[place].action)
        return action is not None and action.is_text and not action.is_thought
