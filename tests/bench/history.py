"""What a state's history costs, measured in a process of its own on the database that the environment names: the commit
of an action, and the state at any version of a long life.

`python -m tests.bench.history` serves the bench.
"""

import asyncio
import os
import random
import time
from collections.abc import Iterator
from uuid import uuid4

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memos_site.settings")
    django.setup()

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from agents import state
from agents.changes import Change, MemoryValue, Mood, PutMemory, SetMood
from agents.events import ActionFinished, ActionStarted
from agents.mind import fold
from agents.models import Entity, Memory, StateVersion
from agents.sequence import Entry
from agents.state import snapshots
from agents.state.reading import changes_adapter
from interactions import leases, runs
from interactions.ledger import RunLedger
from interactions.models import Conversation
from memos_site import garbage
from tests.bench import rpc

BATCH = 1_000


def somebody() -> Entity:
    """Return a new entity of a new person."""
    owner = User.objects.create_user(f"bench-{uuid4().hex[:8]}")
    return state.create(Entity(owner=owner, slug="ada", name="Ada", persona="Careful."))


def claimed(entity: Entity) -> RunLedger:
    """Return the ledger of a run that is ours before any worker hears of it."""
    owner: User = entity.owner
    talk: Conversation = runs.start_conversation(owner, entity)
    with transaction.atomic():
        lease = leases.claim(runs.send(talk, owner, "Hello").run, "inline")
        assert lease is not None
    return RunLedger(lease, entity)


def action(number: int) -> Entry:
    """Return what the commit of one action holds: its events, and a change of state."""
    change: Change = PutMemory(memory=MemoryValue(content=f"The tide turned {number} times.", importance=0.5))
    if number % 2:
        change = SetMood(mood=Mood(label=f"mood {number}", intensity=number % 10 / 10, emotions={"joy": 0.5}))
    name = "UPDATE_MOOD" if number % 2 else "ADD_MEMORY"
    started = ActionStarted(name=name, context="what came to mind", args={})
    done = ActionFinished(name=name, result="done", ms=1.0)
    return Entry(before=(started,), changes=(change,), after=(done,), action=f"a{number}", cause="it came to mind")


def committed(times: int) -> tuple[list[float], list[float]]:
    """Commit so many actions, each with its change, three events and the run's cursor; return the seconds of each, and
    of the least transactions that were committed in turn with them."""
    ledger, ours, least = claimed(somebody()), [], []
    prepare_least()
    for number in range(times):
        entry = action(number)
        began = time.perf_counter()
        ledger._commit(entry)
        between = time.perf_counter()
        commit_least(number)
        ours.append(between - began)
        least.append(time.perf_counter() - between)
    return ours, least


def prepare_least() -> None:
    """Make the tables of the least transaction, in the database that MemOS has, with its settings."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS least_row (id INTEGER PRIMARY KEY, version INTEGER)")
        cursor.execute("CREATE TABLE IF NOT EXISTS least_line (row INTEGER, seq INTEGER, said TEXT, UNIQUE (row, seq))")
        cursor.execute("DELETE FROM least_line")
        cursor.execute("DELETE FROM least_row")
        cursor.execute("INSERT INTO least_row VALUES (1, 0)")


def commit_least(number: int) -> None:
    """Lock a row, write three lines and the row, by the driver alone: what no program on this database goes below by
    statements sent one by one."""
    driver, mark = connection.connection, "?" if connection.vendor == "sqlite" else "%s"
    lines = [value for place in range(3) for value in (1, number * 3 + place, "x" * 200)]
    cursor = driver.cursor()
    cursor.execute("BEGIN IMMEDIATE" if mark == "?" else "BEGIN")
    cursor.execute("SELECT version FROM least_row WHERE id = 1" + (" FOR UPDATE" if mark == "%s" else ""))
    cursor.fetchone()
    places = ", ".join([f"({mark}, {mark}, {mark})"] * 3)
    cursor.execute(f"INSERT INTO least_line VALUES {places}", lines)
    cursor.execute(f"UPDATE least_row SET version = {mark} WHERE id = 1", [number])
    cursor.execute("COMMIT")


def long_life(versions: int, memories: int) -> int:
    """Write an entity with so many versions and memories, its snapshots as they would have been; return its id."""
    entity, now = somebody(), timezone.now()
    memory_ids = _memories(entity, memories)
    whole, rows = state.read(entity), []
    with transaction.atomic():
        for number in range(2, versions + 1):
            changes = _change(number, memory_ids)
            whole = fold(whole, changes).model_copy(update={"version": number})
            dumped = changes_adapter.dump_python(changes, mode="json")
            rows.append(StateVersion(entity=entity, number=number, at=now, changes=dumped, cause="it came to mind"))
            if number % snapshots.EVERY == 0:
                snapshots.keep(entity.pk, whole)
            if len(rows) == BATCH or number == versions:
                StateVersion.objects.bulk_create(rows)
                rows = []
        mood = whole.mood
        Entity.objects.filter(pk=entity.pk).update(
            version=versions, mood=mood.label, intensity=mood.intensity, valence=mood.valence, arousal=mood.arousal,
            emotions=mood.emotions,
        )  # fmt: skip
    return int(entity.pk)


def _memories(entity: Entity, count: int) -> Iterator[Memory]:
    rows = [Memory(entity=entity, created_at=timezone.now()) for _ in range(count)]
    for number, row in enumerate(rows):
        row.content = f"Fact number {number}, about the harvest and about somebody called Ilse."
        row.digest = state.digest(row.content)
    return iter(Memory.objects.bulk_create(rows, batch_size=BATCH))


def _change(number: int, memories: Iterator[Memory]) -> list[Change]:
    """Return the changes of a version: now and then a memory, in time for all of them, else the mood."""
    if number % 50 == 0 and (row := next(memories, None)):
        value = MemoryValue(content=row.content, importance=row.importance)
        return [PutMemory(id=row.pk, memory=value)]
    return [SetMood(mood=Mood(label=f"mood {number % 97}", intensity=number % 10 / 10, emotions={"joy": 0.5}))]


def looked(entity: int, times: int) -> list[float]:
    """Read the whole state at so many versions taken at random; return the seconds of each."""
    latest, seconds = Entity.objects.get(pk=entity).version, []
    chance = random.Random(7)
    for _ in range(times):
        number = chance.randint(1, latest)
        began = time.perf_counter()
        found = state.state_at(entity, number)
        seconds.append(time.perf_counter() - began)
        assert found.version == number
    return seconds


class History:
    """What the bench asks for."""

    async def committed(self, times: int) -> tuple[list[float], list[float]]:
        """Return the seconds of each commit of an action, and of each least transaction in turn with them."""
        return await asyncio.to_thread(committed, times)

    async def long_life(self, versions: int, memories: int) -> int:
        """Make an entity with a long life; return its id."""
        return await asyncio.to_thread(long_life, versions, memories)

    async def looked(self, entity: int, times: int) -> list[float]:
        """Return the seconds of each look at an earlier state."""
        return await asyncio.to_thread(looked, entity, times)

    async def adds_up(self, entity: int) -> bool:
        """Whether the versions of the long life give its state, and its snapshots fit."""
        return await asyncio.to_thread(
            lambda: state.folded_log(row := Entity.objects.get(pk=entity)) == state.read(row)
        )


if __name__ == "__main__":
    garbage.settle()  # as the product's processes do
    asyncio.run(rpc.serve(History()))
