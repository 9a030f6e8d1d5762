"""One run from claim to end, as a coroutine of the worker's loop."""

import asyncio
import logging
import time
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings

from agents import failpoints, observe, statements
from agents.assignment import assigned
from agents.budget import Limits, Spent
from agents.errors import ModelError
from agents.events import Event, RunFinished, RunStarted
from agents.llm import catalog
from agents.llm.gateway import Gateway
from agents.models import Entity
from agents.sequence import SequenceRun
from agents.strategies.turn import Turn
from interactions import budgets, leases
from interactions.errors import LeaseLost
from interactions.leases import Lease
from interactions.ledger import RunLedger, in_database
from interactions.models import Run
from interactions.observed import observed
from interactions.scenes import View, appraised, look

log = logging.getLogger(__name__)

# Seconds between two looks at whether the leases of the runs under way still stand: how soon a stop is noticed.
WATCH_SECONDS = 0.5


@dataclass(slots=True)
class Prepared:
    """A claimed run, ready to go."""

    lease: Lease
    view: View
    strategy: str
    gateway: Gateway
    provider: str


@dataclass(slots=True)
class Runner:
    """The runs under way in this process, by id, each with its fence and its task."""

    under_way: dict[UUID, tuple[Lease, "asyncio.Task[None]"]] = field(default_factory=dict)
    leaving: bool = False

    async def execute(self, run_id: str) -> None:
        """Work on the run to its end, if it can be claimed. A run taken over or cancelled meanwhile is let go."""
        if self.leaving:
            return
        prepared = await in_database(prepare, UUID(run_id))
        if prepared is None:
            return
        lease, task = prepared.lease, asyncio.current_task()
        assert task is not None
        self.under_way[lease.run.pk] = (lease, task)
        try:
            with observed(lease, prepared.view.entity, prepared.provider):
                await work(prepared)
        except LeaseLost:
            log.info("run %s was stopped or taken over", run_id)
        except asyncio.CancelledError:
            if self.leaving:
                await in_database(leases.release, lease)
        finally:
            del self.under_way[lease.run.pk]

    async def watch(self) -> None:
        """Let go of runs that were cancelled or taken over, and renew the leases of the others. Never returns."""
        renewed = 0.0
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if not self.under_way:
                continue
            fences = {pk: lease.fence for pk, (lease, _task) in self.under_way.items()}
            held = await in_database(leases.standing, fences)
            for pk in fences.keys() - held:
                entry = self.under_way.get(pk)
                if entry is not None and entry[0].fence == fences[pk]:
                    entry[1].cancel()
            if held and time.monotonic() - renewed > settings.MEMOS.lease_seconds / 4:
                await in_database(leases.renew, held)
                renewed = time.monotonic()

    async def leave(self, grace: float) -> None:
        """Take no more runs; after `grace` seconds give those under way back to the queue."""
        self.leaving = True
        tasks = [task for _lease, task in self.under_way.values()]
        if tasks:
            _done, late = await asyncio.wait(tasks, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


def prepare(run_id: UUID) -> Prepared | None:
    """Look at the run's scene, claim it and log that it begins, in one commit: everything before the model."""
    # Looked at first, and without a lock, so that others write meanwhile.
    view = look(run_id)
    if view is None:
        return None
    failpoints.hit("claim.before")
    try:
        model = catalog.current()
    except ModelError as error:
        refuse(view.run, RunFinished(status="failed", reason=str(error), code=error.code))
        return None
    if not model.is_offline and (ended := budgets.used_up(view.owner)):
        refuse(view.run, *ended)
        return None
    with statements.sending_together():
        compared = assigned(view.entity.compared, view.run.conversation_id)
        lease = leases.claim(view.run, compared or strategy_of(view))
        if lease is None:
            return None
        if lease.conversation.last_seq != view.seq:  # something was said or done in between
            view = look(run_id) or view
        leases.begin(lease, first_events(lease, view, model.model.name))
    failpoints.hit("claim.after")
    return Prepared(lease, view, lease.run.strategy, Gateway(model.model), model.kind)


def strategy_of(view: View) -> str:
    """Return the entity's way to act. Who only replies cannot look back in silence: that takes a plan."""
    usual = view.entity.strategy or settings.MEMOS.strategy
    is_inward = view.scene.trigger.kind in ("self_reflection", "state_change")
    return "inline" if is_inward and usual == "reactive" else usual


def refuse(run: Run, finished: RunFinished, *notes: Event) -> None:
    """End the run, if it can be claimed: there is no model that could answer, or none that may."""
    lease = leases.claim(run)
    if lease is not None:
        leases.finish(lease, finished, list(notes))


def first_events(lease: Lease, view: View, model: str) -> list[Event]:
    """Return what the log says when a run begins: that it does, and what came to mind."""
    trigger = view.scene.trigger
    started = RunStarted(
        trigger=trigger.kind,
        strategy=lease.run.strategy,
        model=model,
        attempt=lease.attempt,
        message=trigger.message,
        why="" if trigger.message else trigger.content[:500],
        set_by=trigger.set_by,
        sender=trigger.sender,
        told_in=trigger.told_in,
        resumed=lease.run.pauses > 0,
    )
    is_first = lease.attempt == 1 and not started.resumed
    return [started, view.recalled] if view.recalled and is_first else [started]


async def work(prepared: Prepared) -> None:
    """Run the sequence and end the run. Raises `LeaseLost`."""
    view = prepared.view
    ledger = RunLedger(prepared.lease, view.entity, appraised(view.scene))
    turn = Turn(view.scene, prepared.gateway, left=view.left, given=view.given)
    if used := view.used:
        turn.spent = Spent(used.input_tokens + used.output_tokens, used.money)
        turn.input_tokens, turn.output_tokens, turn.model_calls = used.input_tokens, used.output_tokens, used.calls
        turn.worked_ms, turn.parts = used.ms, view.run.pauses + 1
    sequence = SequenceRun(turn, ledger, prepared.strategy, limits_of(view.entity))
    try:
        finished = await sequence.run()
        if finished is None:
            return  # it waits, and is nobody's
        await ledger.finish(finished, sequence.pending, turn.calls)
        turn.take_calls()
        observe.finished(finished)
    finally:
        if left := turn.take_calls():  # the run was stopped: what it had asked by then was used all the same
            await ledger.keep(left)


def limits_of(entity: Entity) -> Limits:
    """Return the budget of one run of `entity`: its own, else the installation's."""
    env = settings.MEMOS
    return Limits(
        entity.max_actions or env.run_actions,
        float(entity.max_seconds or env.run_seconds),
        entity.max_tokens or env.run_tokens,
        float(entity.max_money or env.run_money),
    )
