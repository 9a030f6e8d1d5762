"""One run from claim to end, as a coroutine of the worker's loop."""

import asyncio
import logging
import time
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings

from agents.errors import ModelError
from agents.events import Event, RunFinished, RunStarted
from agents.llm import catalog
from agents.llm.gateway import Gateway
from agents.models import Entity
from agents.plan import ActionPlan
from agents.scene import Scene
from agents.sequence import Limits, SequenceRun
from agents.strategies.turn import Turn
from interactions import runs
from interactions.errors import LeaseLost
from interactions.ledger import RunLedger, in_database
from interactions.runs import Lease
from interactions.scenes import scene_of

log = logging.getLogger(__name__)

# Seconds between two looks at whether the leases of the runs under way still stand: how soon a stop is noticed.
WATCH_SECONDS = 0.5


@dataclass(slots=True)
class Prepared:
    """A claimed run, ready to go."""

    lease: Lease
    scene: Scene
    strategy: str
    gateway: Gateway
    left: ActionPlan | None


@dataclass(slots=True)
class Runner:
    """The runs under way in this process, by id, each with its fence and its task."""

    under_way: dict[UUID, tuple[Lease, "asyncio.Task[None]"]] = field(default_factory=dict)
    leaving: bool = False

    async def execute(self, run_id: str) -> None:
        """Work on the run to its end, if it can be claimed. A run taken over or cancelled meanwhile is let go."""
        if self.leaving:
            return
        prepared = await in_database(prepare, run_id)
        if prepared is None:
            return
        lease, task = prepared.lease, asyncio.current_task()
        assert task is not None
        self.under_way[lease.run.pk] = (lease, task)
        try:
            await work(prepared)
        except LeaseLost:
            log.info("run %s was stopped or taken over", run_id)
        except asyncio.CancelledError:
            if self.leaving:
                await in_database(runs.release, lease)
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
            held = await in_database(runs.standing, fences)
            for pk in fences.keys() - held:
                entry = self.under_way.get(pk)
                if entry is not None and entry[0].fence == fences[pk]:
                    entry[1].cancel()
            if held and time.monotonic() - renewed > settings.MEMOS.lease_seconds / 4:
                await in_database(runs.renew, held)
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


def prepare(run_id: str) -> Prepared | None:
    """Claim the run, look at its scene, log that it begins: everything before the model, in one go."""
    lease = runs.claim(run_id)
    if lease is None:
        return None
    try:
        model = catalog.current()
    except ModelError as error:
        runs.finish(lease, RunFinished(status="failed", reason=str(error), code=error.code), [])
        return None
    strategy = lease.run.strategy or lease.entity.strategy or settings.MEMOS.strategy
    scene, recalled, left = scene_of(lease)
    started = RunStarted(
        trigger=scene.trigger.kind,
        strategy=strategy,
        model=model.model.name,
        attempt=lease.attempt,
        message=scene.trigger.message,
    )
    notes: list[Event] = [recalled] if recalled and lease.attempt == 1 else []
    runs.begin(lease, started, notes)
    return Prepared(lease, scene, strategy, Gateway(model.model), left)


async def work(prepared: Prepared) -> None:
    """Run the sequence and end the run. Raises `LeaseLost`."""
    ledger = RunLedger(prepared.lease)
    turn = Turn(prepared.scene, prepared.gateway, left=prepared.left)
    sequence = SequenceRun(turn, ledger, prepared.strategy, limits_of(prepared.lease.entity))
    finished = await sequence.run()
    await ledger.finish(finished, sequence.pending, turn.take_calls())


def limits_of(entity: Entity) -> Limits:
    """Return the budget of one run of `entity`: its own, else the installation's."""
    env = settings.MEMOS
    return Limits(entity.max_actions or env.run_actions, float(entity.max_seconds or env.run_seconds))
