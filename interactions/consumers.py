"""The socket of a conversation: the log after the client's cursor, then what happens, as JSON or as HTML fragments."""

import asyncio
import json
import logging
import time
from contextlib import suppress
from typing import Any, cast
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q
from structlog.contextvars import bind_contextvars

from agents import failpoints
from agents.events import LoggedEvent
from interactions import log
from interactions.follower import PAGE, Delayed, Follower, Out, Ready
from interactions.hub import Edited, Elsewhere, RightsChanged
from interactions.live import Delta
from interactions.models import Conversation, Run
from interactions.rendering import LiveRenderer
from interactions.sessions import is_signed_in
from interactions.sockets import the_sockets

logger = logging.getLogger(__name__)

NOT_SIGNED_IN, UNKNOWN_CONVERSATION, POLICY, TOO_BIG, BROKEN = 4401, 4404, 1008, 1009, 1011
MAX_FRAME = 65_536
# Client frames a socket may send in a burst, and per second in the long run.
BURST, RATE = 30, 5
MAX_SEQ = 2**53


class ConversationConsumer(AsyncWebsocketConsumer):
    """One client of one conversation."""

    # What happens comes from the process's hub; a layer per socket would end all of them with Redis.
    channel_layer_alias = None  # type: ignore[assignment]

    follower: Follower
    task: "asyncio.Task[None] | None" = None

    async def __call__(self, *args: Any) -> None:
        """Serve the socket, and count it no more at its end, whatever ended it."""
        try:
            await super().__call__(*args)
        finally:
            the_sockets().leave(self)

    async def connect(self) -> None:
        """Accept whoever owns the conversation and begin to send; say why not otherwise."""
        await self.accept()  # a refused handshake could not tell the browser its reason
        self.allowance, self.refilled = float(BURST), time.monotonic()
        user = self.scope.get("user")
        if user is None or not user.is_authenticated:
            await self._refuse(NOT_SIGNED_IN, "not_signed_in", "Sign in first.")
            return
        if not the_sockets().enter(self):
            most = settings.MEMOS.sockets_per_user
            await self._refuse(POLICY, "too_many_sockets", f"You have {most} live connections already. Close some.")
            return
        conversation = await database_sync_to_async(self._conversation)()
        if conversation is None:
            await self._refuse(UNKNOWN_CONVERSATION, "not_found", "There is no such conversation.")
            return
        bind_contextvars(conversation=str(conversation.pk), user=user.pk)
        query = {key: values[-1] for key, values in parse_qs(self.scope["query_string"].decode("latin-1")).items()}
        after = _cursor(query.get("after", "0"))
        if after is None:
            message = "after must be the seq of the last event you have, a whole number from 0."
            await self._refuse(POLICY, "invalid_cursor", message, "after")
            return
        self.is_html = query.get("format", "json") == "html"
        if after > conversation.last_seq:
            await self._send({"notice": "resync", "seq": conversation.last_seq})
            after = conversation.last_seq
        self.follower = Follower(conversation.pk, conversation.entity_id, user.pk, after)
        self.task = asyncio.create_task(self._follow_or_end(conversation))

    async def disconnect(self, code: int) -> None:
        """Stop following."""
        if self.task is not None:
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task
        raise StopConsumer

    async def shut(self) -> None:
        """Close: whoever opened it is signed out, or is not who they were."""
        if self.task is not None:
            self.task.cancel()
        await self._refuse(NOT_SIGNED_IN, "not_signed_in", "Sign in again.")

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer a ping; everything else is an error in words, and too much of it ends the socket."""
        size = len(bytes_data or b"") + len((text_data or "").encode("utf-8", "replace"))
        if size > MAX_FRAME:
            await self._refuse(TOO_BIG, "frame_too_big", f"A frame may have {MAX_FRAME:,} bytes.")
            return
        if not self._allowed():
            await self._refuse(POLICY, "too_many_frames", "That were too many frames. Connect again, more slowly.")
            return
        if text_data is None:
            await self._error("not_text", "Frames are JSON text, not binary.")
            return
        try:
            frame = json.loads(text_data)
        except (ValueError, RecursionError):
            await self._error("not_json", "The frame is not JSON.")
            return
        kind = frame.get("type") if isinstance(frame, dict) else None
        if kind != "ping":
            await self._error("unknown_type", 'The only frame a client sends is {"type": "ping"}.', "type")
            return
        await self._send({"type": "pong"})

    async def _follow_or_end(self, conversation: Conversation) -> None:
        """Follow; what goes wrong ends the socket, so that the client comes back: a silent one would wait for ever."""
        try:
            await self._follow(conversation)
        except Exception:
            logger.exception("a socket of conversation %s ends", conversation.pk)
            await self.close(code=BROKEN)

    async def _follow(self, conversation: Conversation) -> None:
        renderer = LiveRenderer(conversation, conversation.entity) if self.is_html else None
        if renderer is not None:
            renderer.prime(await database_sync_to_async(_open_runs)(conversation, self.follower.seq))
        async for out in self.follower:
            if isinstance(out, RightsChanged) and not await database_sync_to_async(is_signed_in)(self.scope):
                await self._refuse(NOT_SIGNED_IN, "not_signed_in", "Sign in again.")
                return
            frame = _html_frame(renderer, out, self.follower.seq) if renderer else _json_frame(out)
            if frame is not None:
                await self._send(frame)

    def _conversation(self) -> Conversation | None:
        pk = self.scope["url_route"]["kwargs"]["conversation"]
        found: Conversation | None = (
            Conversation.objects.for_user(cast(User, self.scope["user"]))
            .select_related("entity", "owner")
            .filter(pk=pk, deleted_at=None)
            .first()
        )
        return found

    def _allowed(self) -> bool:
        now = time.monotonic()
        self.allowance = min(float(BURST), self.allowance + (now - self.refilled) * RATE) - 1
        self.refilled = now
        return self.allowance >= 0

    async def _error(self, code: str, message: str, field: str | None = None) -> None:
        await self._send({"error": {"code": code, "message": message, "field": field}})

    async def _refuse(self, close: int, code: str, message: str, field: str | None = None) -> None:
        await self._error(code, message, field)
        await self.close(code=close)

    async def _send(self, frame: dict[str, Any]) -> None:
        failpoints.hit("send.before")
        await self.send(text_data=json.dumps(frame, ensure_ascii=False, separators=(",", ":")))
        failpoints.hit("send.after")


def _cursor(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= MAX_SEQ else None


def _open_runs(conversation: Conversation, before: int) -> list[LoggedEvent]:
    """The events, up to the client's cursor, of the runs that were not over then: open ones, and those since ended."""
    ended = {line.run for line in log.read(conversation.pk, after=before, limit=PAGE) if line.run}
    recent = conversation.runs.filter(Q(status__in=Run.ALIVE) | Q(pk__in=ended)).values_list("pk", flat=True)
    lines = [line for lines in log.read_runs(recent).values() for line in lines]
    return [line for line in sorted(lines, key=lambda line: line.seq) if line.seq <= before]


def _json_frame(out: Out) -> dict[str, Any] | None:
    return out.wire() if isinstance(out, LoggedEvent | Delta) else None


def _html_frame(renderer: LiveRenderer, out: Out, seq: int) -> dict[str, Any] | None:
    match out:
        case LoggedEvent():
            frame: dict[str, Any] = {"seq": out.seq, "html": renderer.event(out)}
            return frame
        case Delta():
            html = renderer.delta(out.run, out.action, out.offset, out.text, out.is_thought)
            return {"seq": None, "html": html} if html else None
        case Ready():
            return {"seq": seq, "notice": "ready"}
        case Delayed():
            return {"seq": None, "notice": "delayed"}
        case Edited():
            return {"seq": None, "notice": "state", "version": out.version}
        case Elsewhere():
            return {"seq": None, "notice": "talks"}
        case RightsChanged():
            return None
