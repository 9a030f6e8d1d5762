"""The loop: takes what a strategy yields, executes it action by action, and hands every result to the ledger."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Protocol

from agents import graph, observe, repetition
from agents.actions import registry
from agents.actions.base import ActionContext, Outcome
from agents.budget import BudgetUsedUp, Limits
from agents.changes import Change
from agents.errors import ActionFailed, EngineError, StateError
from agents.events import (
    ActionFailedEvent,
    ActionFinished,
    ActionSkipped,
    ActionStarted,
    BudgetReached,
    Event,
    PlanExtended,
    PlanMade,
    PlanRejectedEvent,
    RepetitionStopped,
    RunFinished,
    TextFinished,
    Usage,
)
from agents.llm.gateway import CallRecord
from agents.mind import EntityState
from agents.orders import Order
from agents.pause import Pause
from agents.plan import PlannedAction
from agents.scene import CompletedAction, left_out
from agents.strategies import STRATEGIES
from agents.strategies.steps import Item, Piece, Planned, Rejected, Step, Void
from agents.strategies.turn import Turn


@dataclass(frozen=True, slots=True)
class Entry:
    """What is committed in one transaction: notes on the run, then the events of one action with its changes between
    them, and the model calls so far."""

    notes: tuple[Event, ...] = ()
    before: tuple[Event, ...] = ()
    changes: tuple[Change, ...] = ()
    after: tuple[Event, ...] = ()
    action: str = ""
    cause: str = ""
    calls: Sequence[CallRecord] = ()
    orders: tuple[Order, ...] = ()
    pauses: Pause | None = None


class Ledger(Protocol):
    """Where a run is written down. The engine knows no database, no queue and no socket."""

    async def state(self) -> EntityState:
        """Return the entity's state as it is now."""
        ...

    async def commit(self, entry: Entry) -> None:
        """Commit `entry` whole; one that pauses lets go of the run. Raises `StateError` if the state refuses a change,
        `ActionFailed` when an order or a pause is refused; then nothing was written."""
        ...

    def delta(self, action: str, offset: int, text: str, *, is_thought: bool) -> None:
        """Show a piece of streaming text. Disposable, and never waits."""
        ...


@dataclass(slots=True)
class _Streaming:
    """The text that has streamed for an action which is not whole yet."""

    action: str
    began: float
    parts: list[str] = field(default_factory=list)
    length: int = 0


class SequenceRun:
    """One execution of one run."""

    def __init__(self, turn: Turn, ledger: Ledger, strategy: str, limits: Limits) -> None:
        self.turn, self.ledger, self.strategy, self.limits = turn, ledger, strategy, limits
        turn.read, turn.limits = ledger.state, limits
        self.began = self.last = time.monotonic()
        self.streaming: dict[str, _Streaming] = {}
        self.pending: list[Event] = []
        self.done = False
        self.stopped = ""
        self.paused = False
        # A run that goes on has used some of its budget before.
        self.actions = len(turn.scene.completed)

    async def run(self) -> RunFinished | None:
        """Take every step and return how the run ended; what is still `pending` belongs before it in the log.

        None when the run waits: then it is no longer ours.

        Raises only what the ledger raises.
        """
        try:
            async with asyncio.timeout(self.limits.seconds) as clock:
                await self._follow()
        except TimeoutError:
            if not clock.expired():
                raise
            await self._keep_partial()
            used = time.monotonic() - self.began
            self.pending.append(BudgetReached(budget="seconds", limit=self.limits.seconds, used=round(used, 1)))
            return self._finished("failed", "The time for this answer is used up. Try again.", "budget_reached")
        except EngineError as error:
            await self._keep_partial()
            if isinstance(error, BudgetUsedUp):
                self.pending.append(BudgetReached(budget=error.budget, limit=error.limit, used=error.used))
            return self._finished("failed", str(error), error.code)
        return None if self.paused else self._finished("finished", self.stopped)

    async def _follow(self) -> None:
        async with aclosing(STRATEGIES[self.strategy](self.turn)) as items:
            async for item in items:
                # After DONE an inline plan still tells what it was.
                if not self.done or isinstance(item, Planned):
                    await self._handle(item)
                if self.stopped or self.paused:
                    return

    async def _handle(self, item: Item) -> None:
        match item:
            case Piece():
                self._stream(item)
            case Step():
                await self._perform(item)
            case Planned(plan, extends) if extends:
                self.pending.append(PlanExtended(reasoning=plan.reasoning, actions=plan.actions))
            case Planned(plan):
                made = plan.model_dump(include={"reasoning", "can_extend", "actions"})
                self.pending.append(PlanMade(strategy=self.strategy, **made))
                if self.strategy == "deliberate":
                    await self._commit(Entry())
            case Rejected():
                rejected = PlanRejectedEvent(errors=item.errors, raw=item.raw[:4_000], attempt=item.attempt)
                await self._commit(Entry(after=(rejected,)))
            case Void():
                self.streaming.pop(item.id, None)
                await self._commit(Entry(after=(ActionSkipped(name=item.action, reason=item.reason),), action=item.id))

    def _stream(self, piece: Piece) -> None:
        flow = self.streaming.setdefault(piece.id, _Streaming(piece.action, time.monotonic()))
        action = registry.get(piece.action)
        is_thought = action is not None and action.is_thought
        self.ledger.delta(piece.id, flow.length, piece.text, is_thought=is_thought)
        flow.parts.append(piece.text)
        flow.length += len(piece.text)

    async def _perform(self, step: Step) -> None:
        """Execute one action with the state as it is now, and commit what it did."""
        if failed := graph.failed_before(step.planned, self.turn.scene.completed):
            await self._skip(step, f"it waits for {failed.planned} ({failed.action}), which was not done")
            return
        if self.actions >= self.limits.actions and step.planned.action != "DONE":
            self.pending.append(BudgetReached(budget="actions", limit=self.limits.actions, used=self.actions))
            self.stopped = "The budget of actions is used up."
            return
        try:
            with observe.acting(step.planned.action, step.id):
                outcome = await self._execute(step)
                await self._commit(self._entry(step, outcome))
        except (StateError, ActionFailed) as error:
            await self._fail(step, error)
            return
        if outcome.pauses:
            self.paused = True
            return
        self._completed(step, outcome.result, ok=True)
        if outcome.recalled:
            self.turn.remember(outcome.recalled.memories)
        self.turn.is_stale |= bool(outcome.changes)
        self.done = outcome.ends_run
        self._look_for_loop()

    async def _execute(self, step: Step) -> Outcome:
        """Run the action on the state as it is now. Raises `ActionFailed`."""
        planned, action = step.planned, registry.get(step.planned.action)
        try:
            args = registry.check(planned)
        except ValueError as error:
            raise ActionFailed(str(error)) from error
        assert action is not None and args is not None
        # A thought or speech changes nothing, so it needs no fresh look at the state.
        state = self.turn.scene.state if action.is_text else await self.ledger.state()
        return await action.execute(ActionContext(self.turn.scene, state, planned.context), args)

    async def _skip(self, step: Step, reason: str) -> None:
        """Log that an action is not done, and why; what waits for it is not done either."""
        self.streaming.pop(step.id, None)
        planned = step.planned
        skipped = ActionSkipped(name=planned.action, reason=reason, planned=planned.id)
        await self._commit(Entry(after=(skipped,), action=step.id))
        self.turn.complete(left_out(step.id, planned.action, reason, planned.id))

    async def _fail(self, step: Step, error: EngineError) -> None:
        failed = ActionFailedEvent(name=step.planned.action, error=str(error)[:1_000], code=error.code)
        await self._commit(Entry(before=(self._started(step.planned),), after=(failed,), action=step.id))
        self._completed(step, str(error), ok=False)
        self._look_for_loop()

    def _entry(self, step: Step, outcome: Outcome) -> Entry:
        """What an executed action is committed as: DONE as nothing, a text as itself, all else from start to end."""
        if outcome.ends_run:
            return Entry()
        planned, action = step.planned, registry.get(step.planned.action)
        flow = self.streaming.pop(step.id, None)
        began = flow.began if flow else self.last
        self.last = time.monotonic()
        ms = round((self.last - began) * 1000, 1)
        if action is not None and action.is_text:
            spoken = TextFinished(
                is_thought=action.is_thought,
                text=outcome.text,
                name=planned.action,
                context=planned.context,
                ms=ms,
                planned=planned.id,
            )
            return Entry(after=(spoken,), action=step.id)
        finished = ActionFinished(name=planned.action, result=outcome.result[:500], ms=ms)
        cause = planned.context or self.turn.scene.trigger.content
        found = (outcome.recalled,) if outcome.recalled else ()
        after = found if outcome.pauses else (*found, finished)
        entry = Entry((), (self._started(planned),), outcome.changes, after, step.id, cause)
        return replace(entry, orders=outcome.orders, pauses=outcome.pauses)

    def _started(self, planned: PlannedAction) -> ActionStarted:
        return ActionStarted(name=planned.action, context=planned.context, args=planned.args, planned=planned.id)

    def _completed(self, step: Step, result: str, *, ok: bool) -> None:
        self.actions += 1
        planned = step.planned
        self.turn.complete(
            CompletedAction(
                id=step.id, action=planned.action, args=planned.args, result=result, ok=ok, planned=planned.id
            )
        )

    def _look_for_loop(self) -> None:
        loop = repetition.analyse(self.turn.scene.completed)
        if loop and not self.stopped:
            self.pending.append(
                RepetitionStopped(pattern=loop.pattern, actions=loop.actions, similarity=loop.similarity)
            )
            self.stopped = f"Stopped: {loop.pattern}."

    async def _keep_partial(self) -> None:
        """Log what had streamed of texts that will not be finished, so that a reload shows what was seen."""
        for id_, flow in self.streaming.items():
            action = registry.get(flow.action)
            text = "".join(flow.parts).strip()
            if text and action is not None:
                partial = TextFinished(is_thought=action.is_thought, text=text, name=flow.action, is_partial=True)
                await self._commit(Entry(after=(partial,), action=id_))
        self.streaming.clear()

    async def _commit(self, entry: Entry) -> None:
        notes, self.pending = tuple(self.pending), []
        calls = self.turn.take_calls()
        if not (notes or calls or entry.before or entry.after):
            return
        try:
            await self.ledger.commit(replace(entry, notes=notes, calls=calls))
        except Exception:  # nothing was written, the calls neither
            self.pending, self.turn.calls = [*notes, *self.pending], [*calls, *self.turn.calls]
            raise

    def _finished(self, status: str, reason: str, code: str = "") -> RunFinished:
        usage = Usage(
            input_tokens=self.turn.input_tokens,
            output_tokens=self.turn.output_tokens,
            model_calls=self.turn.model_calls,
            cost=round(float(self.turn.spent.money), 8),
            actions=self.actions,
            ms=round(self.turn.worked_ms + (time.monotonic() - self.began) * 1000, 1),
            parts=self.turn.parts,
        )
        return RunFinished.model_validate({"status": status, "reason": reason[:500], "code": code, "usage": usage})
