"""Accounts with much in them, written as rows in bulk. What is stored looks as if it had been said and answered:
`check_invariants` finds nothing.

`python -m tests.bench.seed` serves the bench, on the database that the environment names.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memos_site.settings")
    django.setup()

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents import state
from agents.changes import GoalValue, MemoryValue, PutGoal, PutMemory
from agents.events import Event, MessageReceived, RunFinished, RunStarted, TextFinished, Usage
from agents.models import Entity, ModelCall
from agents.triggers import Trigger
from interactions import search
from interactions.models import Conversation, EventRecord, Message, Run
from interactions.web.login_link import BACKEND
from memos_site import garbage
from tests.bench import rpc

SAID = "I found another letter in the tin today, number {}. It is about the harvest, and about somebody called Ilse."
ANSWERED = "Number {}, then. **Ilse** again! Put it beside the others, by date, and tell me what is on the envelope."
BATCH = 500


def account(name: str, *, entities: int, conversations: int, messages: int) -> User:
    """Make a person with so many entities and conversations; the latest conversation has so many messages."""
    user = User.objects.create_user(name, first_name=name.capitalize())
    minds = [_entity(user, number) for number in range(entities)]
    now = timezone.now()
    talks = []
    for number in range(conversations):
        turns = messages // 2 if number == conversations - 1 else 1
        last = now - timedelta(hours=conversations - number)
        talks.append(_talk(user, minds[number % len(minds)], turns, last))
    with transaction.atomic():
        _store(talks)
        # By ids: where rows are new and nothing has counted them, PostgreSQL joined every message with every other.
        sent = Message.objects.filter(conversation_id__in=[talk.pk for talk in talks])
        sent.update(created_at=now - timedelta(hours=1))
    return user


def _talk(user: User, entity: Entity, turns: int, last: datetime) -> Conversation:
    """Return a conversation of so many messages, each answered, up to `last`; not stored."""
    return Conversation(
        owner=user, entity=entity, title=f"The letters of {entity.name}", last_seq=4 * turns, read_seq=4 * turns,
        created_at=last - timedelta(minutes=2 * turns), updated_at=last,
    )  # fmt: skip


def _store(talks: list[Conversation]) -> None:
    """Write the conversations with all that was said in them, two minutes apart."""
    times = [(talk, talk.created_at, talk.updated_at) for talk in talks]
    Conversation.objects.bulk_create(talks, batch_size=BATCH)
    rows: dict[type, list[Any]] = {Run: [], Message: [], EventRecord: [], ModelCall: []}
    for talk, created, updated in times:
        talk.created_at, talk.updated_at = created, updated  # storing sets both to now
        for turn in range(talk.last_seq // 4):
            for row in _turn(talk, turn, created + timedelta(minutes=2 * turn)):
                rows[type(row)].append(row)
    Conversation.objects.bulk_update(talks, ["created_at", "updated_at"], batch_size=BATCH)
    for model, made in rows.items():
        model.objects.bulk_create(made, batch_size=BATCH)  # type: ignore[attr-defined]


def _turn(talk: Conversation, turn: int, at: datetime) -> Iterator[Any]:
    """Yield the rows of one message and its answer."""
    seq, said, answered = 4 * turn + 1, SAID.format(turn), ANSWERED.format(turn)
    message = Message(
        conversation=talk, author="user", user=talk.owner, text=said, client_message_id=str(uuid4()), seq=seq
    )
    trigger = Trigger(kind="user_input", content=said, at=at, message=str(message.pk)).model_dump(mode="json")
    run = Run(
        conversation=talk, message=message, trigger=trigger, status="finished", strategy="inline", position=seq,
        attempts=1, fence=2, started_at=at, finished_at=at + timedelta(seconds=2),
    )  # fmt: skip
    answer = Message(conversation=talk, author="entity", text=answered, run=run, seq=seq + 2)
    usage = Usage(input_tokens=900, output_tokens=40, model_calls=1, actions=1, ms=1_900)
    events: list[tuple[str, Event]] = [
        ("", MessageReceived(message=str(message.pk), text=said, client_message_id=message.client_message_id)),
        ("", RunStarted(trigger="user_input", strategy="inline", model="stub")),
        (
            uuid4().hex[:12],
            TextFinished(is_thought=False, text=answered, name="SPEAK", ms=1_800, message=str(answer.pk)),
        ),
        ("", RunFinished(status="finished", usage=usage)),
    ]
    yield from (message, run, answer)
    for number, (action, event) in enumerate(events):
        yield EventRecord(
            conversation=talk, seq=seq + number, kind=event.kind, run=run, action=action, at=at,
            payload=event.model_dump(mode="json", exclude={"kind"}),
        )  # fmt: skip
    yield ModelCall(
        owner=talk.owner, entity=talk.entity, run=run.pk, purpose="inline", model="stub", prompt=b"p" * 1_500,
        answer=b"a" * 200, input_tokens=900, output_tokens=40, started_at=at, first_ms=600, total_ms=1_800,
    )  # fmt: skip


def _entity(user: User, number: int) -> Entity:
    new = Entity(owner=user, slug=f"mind-{number}", name=f"Mind {number}", tagline="Keeps letters.", persona="Careful.")
    goal = PutGoal(goal=GoalValue(text="Put the letters in order", priority=0.7))
    memory = PutMemory(memory=MemoryValue(content="There is a box of letters.", importance=0.6))
    return state.create(new, [goal, memory])


def sign_in(user: User) -> Client:
    """Return a browser in which `user` is signed in."""
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(user, backend=BACKEND)
    return client


def queries(client: Client, path: str) -> int:
    """Return how many queries a page costs, once what is cached per process is there. Raises `ValueError`."""
    for _warm in range(2):
        with CaptureQueriesContext(connection) as captured:
            response = client.get(path)
        if response.status_code != 200:
            raise ValueError(f"{path}: {response.status_code}")
    return len(captured)


def many_messages(name: str, count: int) -> User:
    """Return a person with `count` messages in a hundred conversations."""
    user = User.objects.create_user(name)
    entity = _entity(user, 0)
    talks = [Conversation(owner=user, entity=entity, title=f"Talk {number}") for number in range(100)]
    Conversation.objects.bulk_create(talks)
    for start in range(0, count, 20_000):
        rows = [
            Message(
                conversation=talks[number % 100],
                author="entity",
                text=f"Of letters and their folds, said keeper{number} on evening {number % 365}.",
                seq=number // 100 + 1,
            )
            for number in range(start, min(count, start + 20_000))
        ]
        Message.objects.bulk_create(rows, batch_size=BATCH)
    return user


def many_events(name: str, count: int) -> Conversation:
    """Return a conversation of `count` events in runs of four, two minutes apart."""
    user = User.objects.create_user(name)
    begin = timezone.now() - timedelta(minutes=count // 2 + 1)
    talk = Conversation.objects.create(owner=user, entity=_entity(user, 0), title="A long talk", last_seq=count)
    for start in range(0, count // 4, 5_000):
        runs, events = list[Run](), list[EventRecord]()
        for turn in range(start, min(start + 5_000, count // 4)):
            for row in _turn(talk, turn, begin + timedelta(minutes=2 * turn)):
                if isinstance(row, Run):
                    row.message = None
                    runs.append(row)
                elif isinstance(row, EventRecord):
                    events.append(row)
        with transaction.atomic():
            Run.objects.bulk_create(runs, batch_size=BATCH)
            EventRecord.objects.bulk_create(events, batch_size=BATCH)
    return talk


def _timed(name: str, paths: list[str], times: int) -> list[list[float]]:
    """Return the seconds that each page takes, some times, after two that warm up."""
    client, found = sign_in(User.objects.get(username=name)), []
    for path in paths:
        queries(client, path)
        seconds = []
        for _ in range(times):
            began = time.perf_counter()
            client.get(path)
            seconds.append(time.perf_counter() - began)
        found.append(seconds)
    return found


def _search(name: str, words: str, times: int) -> list[float]:
    user = User.objects.get(username=name)
    search.find(user, words)
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        search.find(user, words)
        seconds.append(time.perf_counter() - began)
    return seconds


class Seed:
    """What the bench asks for."""

    async def account(self, name: str, **sizes: int) -> dict[str, Any]:
        """Make an account; return its session's cookie, its latest conversation, and the paths of its pages."""
        return await asyncio.to_thread(self._account, name, sizes)

    async def queries(self, name: str, paths: list[str]) -> list[int]:
        """Return the queries of each page of the account."""
        return await asyncio.to_thread(self._queries, name, paths)

    async def many_messages(self, name: str, count: int) -> None:
        """Make an account with that many messages, one sentence each; runs and events are not what it is about."""
        await asyncio.to_thread(many_messages, name, count)

    async def many_events(self, name: str, count: int) -> str:
        """Make an account with a conversation of that many events; return its id."""
        return str((await asyncio.to_thread(many_events, name, count)).pk)

    async def timed(self, name: str, paths: list[str], times: int) -> list[list[float]]:
        """Return the seconds that each page of the account takes, some times."""
        return await asyncio.to_thread(_timed, name, paths, times)

    async def search(self, name: str, words: str, times: int) -> list[float]:
        """Return the seconds of each of some searches, after one that warms up."""
        return await asyncio.to_thread(_search, name, words, times)

    async def violations(self) -> list[str]:
        """Return what `check_invariants` finds."""
        from interactions.invariants import violations

        return await asyncio.to_thread(lambda: list(violations()))

    def _account(self, name: str, sizes: dict[str, int]) -> dict[str, Any]:
        user = account(name, **sizes)
        latest = Conversation.objects.filter(owner=user).order_by("-updated_at").first()
        cookie = sign_in(user).cookies["sessionid"].value
        return {"cookie": f"sessionid={cookie}", "latest": str(latest.pk) if latest else ""}

    def _queries(self, name: str, paths: list[str]) -> list[int]:
        client = sign_in(User.objects.get(username=name))
        return [queries(client, path) for path in paths]


if __name__ == "__main__":
    garbage.settle()  # as the product's processes do
    asyncio.run(rpc.serve(Seed()))
