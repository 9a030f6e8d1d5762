"""Where a run is written down: the engine's ledger, on the database, with the live stream beside it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections, transaction

from agents import state
from agents.events import Draft, Event, RunFinished, StateChanged
from agents.llm import recording
from agents.llm.gateway import CallRecord
from agents.mind import EntityState
from agents.models import Entity
from agents.sequence import Entry
from interactions import live, runs
from interactions.record import record
from interactions.runs import Lease

T = TypeVar("T")


async def in_database(function: Callable[..., T], *args: object) -> T:
    """Run a short piece of database work in the pool of database threads, each with a connection of its own."""

    def work() -> T:
        close_old_connections()
        return function(*args)

    return await sync_to_async(work, thread_sensitive=False)()


class RunLedger:
    """The ledger of one claimed run."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease

    async def state(self) -> EntityState:
        """Return the entity's state as it is now."""
        return await in_database(self._state)

    async def commit(self, entry: Entry) -> None:
        """Commit changes, events and calls in one transaction. Raises `StateError` and `LeaseLost`."""
        await in_database(self._commit, entry)

    async def finish(self, finished: RunFinished, notes: Sequence[Event], calls: Sequence[CallRecord]) -> None:
        """Store the last calls and end the run. Raises `LeaseLost`."""
        await in_database(self._finish, finished, notes, calls)

    def delta(self, action: str, offset: int, text: str, *, is_thought: bool) -> None:
        """Show a piece of streaming text."""
        live.publish(self.lease.conversation.pk, live.Delta(str(self.lease.run.pk), action, offset, text, is_thought))

    def _state(self) -> EntityState:
        return state.read(Entity.objects.get(pk=self.lease.entity.pk))

    def _commit(self, entry: Entry) -> None:
        lease = self.lease
        with transaction.atomic():
            conversation = runs.hold(lease)
            drafts = [Draft(event=event) for event in entry.notes]
            drafts += [Draft(event=event, action=entry.action) for event in entry.before]
            drafts += self._changed(entry)
            drafts += [Draft(event=event, action=entry.action) for event in entry.after]
            self._store(entry.calls, entry.action)
            if drafts:
                record(conversation, lease.run, drafts)

    def _changed(self, entry: Entry) -> list[Draft]:
        if not entry.changes:
            return []
        entity = self.lease.entity
        version = state.apply(entity.pk, entry.changes, cause=entry.cause, run=self.lease.run.pk, action=entry.action)
        if version is None:
            return []
        changed = StateChanged(
            entity=entity.slug, version=version.number, changes=tuple(state.changes_of(version)), cause=version.cause
        )
        return [Draft(event=changed, action=entry.action)]

    def _finish(self, finished: RunFinished, notes: Sequence[Event], calls: Sequence[CallRecord]) -> None:
        with transaction.atomic():
            runs.finish(self.lease, finished, list(notes))
            self._store(calls, "")

    def _store(self, calls: Sequence[CallRecord], action: str) -> None:
        lease = self.lease
        for call in calls:
            recording.store(
                call,
                owner_id=lease.conversation.owner_id,
                entity_id=lease.entity.pk,
                run=lease.run.pk,
                action=action,
            )
