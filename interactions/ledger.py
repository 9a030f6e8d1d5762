"""Where a run is written down: the engine's ledger, on the database, with the live stream beside it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import close_old_connections

from agents import failpoints, state, statements
from agents.changes import SetMood
from agents.emotion import Appraisal
from agents.errors import StateError
from agents.events import ActionStarted, Draft, Event, RunFinished, StateChanged
from agents.llm import recording
from agents.llm.gateway import CallRecord
from agents.mind import EntityState
from agents.models import Entity, StateVersion
from agents.sequence import Entry
from interactions import leases, live, orders, pauses, scenes
from interactions.leases import Lease
from interactions.record import record

T = TypeVar("T")


async def in_database(function: Callable[..., T], *args: object) -> T:
    """Run a short piece of database work in the pool of database threads, each with a connection of its own."""

    def work() -> T:
        close_old_connections()
        return function(*args)

    return await asyncio.to_thread(work)


class RunLedger:
    """The ledger of one claimed run."""

    def __init__(self, lease: Lease, entity: Entity, appraisal: Appraisal | None = None) -> None:
        """`appraisal` is what the run's trigger does to the entity, unless the run itself says how it feels."""
        self.lease, self.entity, self.appraisal = lease, entity, appraisal

    async def state(self) -> EntityState:
        """Return the entity's state as it is now."""
        return await in_database(self._state)

    async def commit(self, entry: Entry) -> None:
        """Commit changes, events and calls in one transaction. Raises `StateError`, `ActionFailed` and `LeaseLost`."""
        await in_database(self._commit, entry)

    async def finish(self, finished: RunFinished, notes: Sequence[Event], calls: Sequence[CallRecord]) -> None:
        """Store the last calls and end the run. Raises `LeaseLost`."""
        await in_database(self._finish, finished, notes, calls)

    async def keep(self, calls: Sequence[CallRecord]) -> None:
        """Store calls of a run that is no longer ours: what was asked is not undone by being stopped."""
        await in_database(self._store, calls, "")

    def delta(self, action: str, offset: int, text: str, *, is_thought: bool) -> None:
        """Show a piece of streaming text."""
        live.publish(self.lease.conversation.pk, live.Delta(str(self.lease.run.pk), action, offset, text, is_thought))

    def _state(self) -> EntityState:
        return scenes.present(statements.get(Entity, id=self.entity.pk) or self.entity)

    def _commit(self, entry: Entry) -> None:
        lease = self.lease
        with statements.sending_together():
            held = leases.ask(lease)
            asked = state.ask(self.entity.pk) if entry.changes else None
            conversation = held()
            drafts = [Draft(event=event) for event in entry.notes]
            drafts += [Draft(event=event, action=entry.action) for event in entry.before]
            drafts += self._changed(entry, asked) if asked else []
            drafts += [Draft(event=event, action=entry.action) for event in entry.after]
            for order in entry.orders:
                orders.carry_out(order, conversation, lease.run, entry.action)
            if entry.pauses:
                begun = pauses.pause(lease, conversation, entry.action, _name(entry), entry.pauses)
                drafts.append(Draft(event=begun, action=entry.action))
            self._store(entry.calls, entry.action)
            if drafts:
                record(conversation, lease.run, drafts)
            failpoints.hit("action_commit.before")
        if any(isinstance(change, SetMood) for change in entry.changes):
            self.appraisal = None
        failpoints.hit("action_commit.after")

    def _changed(self, entry: Entry, asked: Callable[[], Entity]) -> list[Draft]:
        version = state.apply(
            self.entity.pk,
            entry.changes,
            cause=entry.cause,
            run=self.lease.run.pk,
            action=entry.action,
            savepoint=False,
            asked=asked,
        )
        return [Draft(event=self._told(version), action=entry.action)] if version else []

    def _told(self, version: StateVersion) -> StateChanged:
        return StateChanged(
            entity=self.entity.slug,
            version=version.number,
            changes=tuple(state.changes_of(version)),
            cause=version.cause,
        )

    def _felt(self) -> list[Event]:
        """Let what was appraised be felt, in the transaction that ends the run."""
        try:
            version = state.feel(self.entity.pk, self.appraisal, run=self.lease.run.pk) if self.appraisal else None
        except StateError:  # deleted meanwhile: the answer is given all the same
            return []
        return [self._told(version)] if version else []

    def _finish(self, finished: RunFinished, notes: Sequence[Event], calls: Sequence[CallRecord]) -> None:
        with statements.sending_together():
            leases.finish(self.lease, finished, notes, self._felt if finished.status == "finished" else None)
            self._store(calls, "")
            failpoints.hit("finish.before")
        failpoints.hit("finish.after")

    def _store(self, calls: Sequence[CallRecord], action: str) -> None:
        lease = self.lease
        for call in calls:
            recording.store(
                call,
                owner_id=lease.conversation.owner_id,
                entity_id=self.entity.pk,
                run=lease.run.pk,
                action=call.action or action,
            )


def _name(entry: Entry) -> str:
    return next((event.name for event in entry.before if isinstance(event, ActionStarted)), "")
