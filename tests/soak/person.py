"""A simulated person: sends, follows, resends, cancels, closes the tab, and keeps a model of what must be true."""

import asyncio
import json
import time
import uuid
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.plain_client import Frame

# Seconds until a person sends again what was not acknowledged.
PATIENCE = 6.0
# Exchanges after which a person begins another conversation.
MOST_EXCHANGES = 12


@dataclass(slots=True)
class Sent:
    """A message as the person knows it."""

    text: str
    id: str
    ack: Frame = field(default_factory=dict)
    asked_at: float = 0.0
    acknowledged_at: float = 0.0
    ended_at: float = 0.0
    cancelled: bool = False


@dataclass(slots=True)
class Told:
    """What a conversation's socket has told, in the order in which it came."""

    id: str
    sent: list[Sent] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    ends: dict[str, Frame] = field(default_factory=dict)
    task: "asyncio.Task[None] | None" = None

    @property
    def cursor(self) -> int:
        """The number of the last event."""
        return int(self.frames[-1]["seq"]) if self.frames else 0


class Person:
    """One user. `complaints` are what was not as it must be."""

    def __init__(self, number: int, seed: int, url: str, token: str) -> None:
        self.name, self.url = f"person{number}", url
        self.random = Random(f"{seed}-{number}")
        self.headers = {"Authorization": f"Bearer {token}"}
        self.http = httpx.AsyncClient(base_url=f"{url}/api/v1", headers=self.headers, timeout=PATIENCE)
        self.talks: list[Told] = []
        self.complaints: list[str] = []
        self.leaving = asyncio.Event()

    async def live(self) -> None:
        """Talk until `leaving` is set; what was begun is sent until it is acknowledged."""
        while not self.leaving.is_set():
            if not self.talks or len(self.talks[-1].sent) >= MOST_EXCHANGES:
                await self._begin()
            talk = self.talks[-1]
            for _ in range(self.random.choice((1, 1, 1, 2))):
                await self._say(talk)
            await self._see(talk)

    async def _begin(self) -> None:
        entity = self.random.choice(("ottilie", "ishbel", "shim"))
        answer = await self._until_answered("POST", "/conversations", {"entity": entity}, 201)
        talk = Told(str(answer["id"]))
        talk.task = asyncio.create_task(self._follow(talk))
        self.talks.append(talk)

    async def _say(self, talk: Told) -> None:
        sent = Sent(f"Do you remember {uuid.uuid4().hex}?", uuid.uuid4().hex, asked_at=time.monotonic())
        talk.sent.append(sent)
        body = {"text": sent.text, "client_message_id": sent.id}
        path = f"/conversations/{talk.id}/messages"
        sent.ack = await self._until_answered("POST", path, body, 202)
        sent.acknowledged_at = time.monotonic()
        if self.random.random() < 0.15:  # pressed twice
            again = await self._until_answered("POST", path, body, 202)
            if again != sent.ack:
                self.complain(talk, f"message {sent.id} was acknowledged as {sent.ack}, then as {again}")

    async def _see(self, talk: Told) -> None:
        """Wait for the answer, in one of the ways in which people do."""
        run = str(talk.sent[-1].ack["run"])
        mood = self.random.random()
        if mood < 0.1:
            await asyncio.sleep(self.random.uniform(0, 1.5))
            answer = await self._until_answered("POST", f"/runs/{run}/cancel", {}, 200)
            talk.sent[-1].cancelled = answer["status"] == "cancelled"
        elif mood < 0.25:
            await self._close_tab(talk, self.random.uniform(0, 3), anew=mood < 0.15)
        while run not in talk.ends and not self.leaving.is_set():
            await asyncio.sleep(0.05)
        await asyncio.sleep(self.random.uniform(0, 1.5))

    async def _close_tab(self, talk: Told, seconds: float, *, anew: bool) -> None:
        """Leave and come back, with what the page had, or on another device."""
        await asyncio.sleep(self.random.uniform(0, 0.7))
        assert talk.task is not None
        talk.task.cancel()
        await asyncio.gather(talk.task, return_exceptions=True)
        await asyncio.sleep(seconds)
        if anew:
            talk.frames.clear()
        talk.task = asyncio.create_task(self._follow(talk))

    async def _until_answered(self, method: str, path: str, body: Any, wanted: int) -> Frame:
        while True:
            try:
                answer = await self.http.request(method, path, json=body)
            except httpx.TransportError:
                await asyncio.sleep(0.3)
                continue
            if answer.status_code == wanted:
                found: Frame = answer.json()
                return found
            if answer.status_code < 500:
                self.complaints.append(f"{self.name}: {method} {path} got {answer.status_code}: {answer.text[:200]}")
            await asyncio.sleep(0.3)

    async def _follow(self, talk: Told) -> None:
        while True:
            url = f"{self.url.replace('http', 'ws', 1)}/ws/conversations/{talk.id}/?after={talk.cursor}&format=json"
            try:
                async with connect(
                    url, additional_headers=self.headers, open_timeout=PATIENCE, ping_interval=3
                ) as socket:
                    async for text in socket:
                        self._take(talk, json.loads(text))
            except (OSError, TimeoutError, ConnectionClosed, InvalidHandshake, EOFError):
                pass
            await asyncio.sleep(0.3)

    def _take(self, talk: Told, frame: Frame) -> None:
        if "notice" in frame or "error" in frame:
            self.complain(talk, f"got {frame}")
        if "seq" not in frame:
            return
        if frame["seq"] != talk.cursor + 1:
            self.complain(talk, f"event {frame['seq']} came after {talk.cursor}")
        talk.frames.append(frame)
        if frame["kind"] == "run.finished":
            talk.ends.setdefault(frame["run"], frame)
            for sent in talk.sent:
                if sent.ack.get("run") == frame["run"]:
                    sent.ended_at = sent.ended_at or time.monotonic()

    def complain(self, talk: Told, words: str) -> None:
        """Note what was not as it must be."""
        self.complaints.append(f"{self.name}, conversation {talk.id}: {words}")

    def is_settled(self) -> bool:
        """Whether every run that was promised has ended, as far as the sockets have told."""
        return all(sent.ack.get("run") in talk.ends for talk in self.talks for sent in talk.sent)
