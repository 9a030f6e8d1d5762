"""The one way to a model: retries, deadline, idle limit and size cap, and a record of every request."""

import asyncio
import json
import random
import re
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.conf import settings
from django.utils import timezone

from agents import failpoints
from agents.errors import ModelAnswerBroken, ModelAnswerTooLong, ModelError, ModelRefused, ModelTimeout
from agents.llm.base import LanguageModel, ModelRequest, ModelUsage

# Exponential backoff with full jitter, in seconds:
# https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
BACKOFF_FIRST, BACKOFF_MOST = 0.5, 8.0
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # no database takes these, and half a character is not even sent
# What the record says of a request that nobody wanted to the end: its tokens were used all the same.
CANCELLED, STOPPED = "Cancelled.", "Stopped before its end."


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One request to a model: what was asked (messages as JSON), what came back, what it took. Times in ms.
    `action` is the id of the action that it was for, where it was for one alone."""

    purpose: str
    model: str
    prompt: str
    answer: str
    input_tokens: int
    output_tokens: int
    finish: str
    started_at: datetime
    first_ms: float | None
    total_ms: float
    attempts: int
    error: str
    action: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds in all, seconds of silence, further attempts, characters."""

    deadline: float
    idle: float
    retries: int
    max_chars: int


class Gateway:
    """Asks one model, within limits; those left out are the installation's."""

    def __init__(
        self,
        model: LanguageModel,
        *,
        deadline: float | None = None,
        idle: float | None = None,
        retries: int | None = None,
        max_chars: int | None = None,
    ) -> None:
        env = settings.MEMOS
        self.model = model
        self.limits = Limits(
            env.model_deadline if deadline is None else deadline,
            env.model_idle if idle is None else idle,
            env.model_retries if retries is None else retries,
            env.model_max_chars if max_chars is None else max_chars,
        )

    def ask(self, request: ModelRequest) -> "Answer":
        """Return the answer to come; nothing is sent before it is iterated."""
        return Answer(self.model, request, self.limits)


class Answer:
    """The text of an answer, piece by piece: `async for piece in answer`. Raises `agents.errors.ModelError`.

    Transient errors before the first piece are tried again; after it, text has been shown and is not taken back.
    Whoever may stop before the end says `async with gateway.ask(…) as answer`, which closes the connection at once;
    cancelling the task that waits for a piece does too.
    """

    def __init__(self, model: LanguageModel, request: ModelRequest, limits: Limits) -> None:
        self._model, self._request, self._limits = model, request, limits
        self._usage = ModelUsage()
        self._stream: AsyncIterator[str] | None = None
        self._pieces: list[str] = []
        self._chars = self._attempts = 0
        self._started_at, self._start = timezone.now(), time.monotonic()
        self._first_ms: float | None = None
        self._record: CallRecord | None = None

    @property
    def model(self) -> str:
        """The name of the model that is asked."""
        return self._model.name

    @property
    def call(self) -> CallRecord:
        """The record so far; it no longer changes once the answer has ended, well or not."""
        return self._record or self._snapshot("")

    async def text(self) -> str:
        """Return the whole answer."""
        async for _ in self:
            pass
        return "".join(self._pieces)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        if self._record is not None:
            raise StopAsyncIteration
        try:
            piece = await self._next()
        except ModelError as error:
            self._end(str(error))
            raise
        except BaseException as error:
            self._end(CANCELLED if isinstance(error, asyncio.CancelledError) else type(error).__name__)
            await self._close()
            raise
        if piece is None:
            self._end("")
            raise StopAsyncIteration
        return piece

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End the request, whether or not the answer is complete."""
        if self._record is None:
            self._end(STOPPED)
        await self._close()

    async def _next(self) -> str | None:
        """Return the next piece, None at the end; retry what may be retried."""
        while True:
            try:
                return await self._read()
            except ModelError as error:
                await self._close()
                pause = self._pause(error)
                if pause is None:
                    raise
            await asyncio.sleep(pause)

    async def _read(self) -> str | None:
        if self._stream is None:
            failpoints.hit("model_request.before")
            self._attempts += 1
            self._stream = self._model.stream(self._request, self._usage)
        while True:
            left = self._left()
            try:
                async with asyncio.timeout(min(left, self._limits.idle)):
                    piece = await anext(self._stream, None)
            except TimeoutError:
                raise self._silent(left) from None
            if piece is None:
                failpoints.hit("model_end.after")
                self._check_end()
                return None
            if piece := _UNSTORABLE.sub("", piece):
                return self._keep(piece)
            if self._left() <= 0:  # signs of life alone must not outlive the deadline
                raise self._silent(0)

    def _keep(self, piece: str) -> str:
        if self._first_ms is None:
            failpoints.hit("model_first_byte.after")
            self._first_ms = self._elapsed_ms()
        self._chars += len(piece)
        if self._chars > self._limits.max_chars:
            raise ModelAnswerTooLong(
                f"{self._model.name} wrote more than {self._limits.max_chars:,} characters and was stopped. "
                "Retry; a model that goes on like this should be exchanged in Settings → Models."
            )
        self._pieces.append(piece)
        return piece

    def _check_end(self) -> None:
        if self._pieces:
            return
        name = self._model.name
        if self._usage.finish == "length":
            raise ModelRefused(
                f"{name} used up its {self._request.max_output_tokens:,} tokens before it answered. "
                "Choose a model that thinks less in Settings → Models."
            )
        if self._usage.finish == "content_filter":
            raise ModelRefused(f"A content filter kept {name} from answering. Say it differently, then retry.")
        raise ModelAnswerBroken(f"{name} answered with nothing. Retry, or choose another model in Settings → Models.")

    def _silent(self, left: float) -> ModelTimeout:
        limits, name = self._limits, self._model.name
        if left <= limits.idle:
            return ModelTimeout(f"{name} did not finish within {limits.deadline:g} s. Retry, or choose a faster model.")
        error = ModelTimeout(
            f"{name} was silent for {limits.idle:g} s. It may still be loading: retry, "
            "or choose another model in Settings → Models."
        )
        error.transient = True
        return error

    def _pause(self, error: ModelError) -> float | None:
        """Return the seconds to wait before the next attempt; None when there is none."""
        if self._pieces or not error.transient or self._attempts > self._limits.retries:
            return None
        most = min(BACKOFF_MOST, BACKOFF_FIRST * 2 ** (self._attempts - 1))
        pause = random.uniform(0, most) + (error.retry_after or 0)
        return pause if pause < self._left() else None

    async def _close(self) -> None:
        stream, self._stream = self._stream, None
        close = getattr(stream, "aclose", None)
        if close is not None:
            with suppress(ModelError):  # nobody waits for this answer any more
                await close()

    def _end(self, error: str) -> None:
        if self._record is None:
            self._record = self._snapshot(error)

    def _snapshot(self, error: str) -> CallRecord:
        messages = [{"role": message.role, "content": message.content} for message in self._request.messages]
        return CallRecord(
            purpose=self._request.purpose,
            model=self._model.name,
            prompt=json.dumps(messages, ensure_ascii=False),
            answer="".join(self._pieces),
            input_tokens=self._usage.input_tokens,
            output_tokens=self._usage.output_tokens,
            finish=self._usage.finish,
            started_at=self._started_at,
            first_ms=self._first_ms,
            total_ms=self._elapsed_ms(),
            attempts=self._attempts,
            error=error,
        )

    def _left(self) -> float:
        return self._start + self._limits.deadline - time.monotonic()

    def _elapsed_ms(self) -> float:
        return (time.monotonic() - self._start) * 1000
