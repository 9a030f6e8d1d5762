"""Who watches the runs: the engine says what it does, and knows nothing of who listens.

Watchers are called in the run's own task. They must be quick; what they raise is logged and goes no further.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from agents.errors import EngineError
from agents.events import RunFinished

if TYPE_CHECKING:
    from agents.llm.gateway import Answer, CallRecord

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Subject:
    """The run that is watched. `provider` is the kind of model server: openai, anthropic, google, ollama, offline."""

    run: UUID
    attempt: int
    conversation: UUID
    user: int
    entity: str
    name: str
    strategy: str
    provider: str


class Watcher(Protocol):
    """Watches one run. `failure` is the code of what went wrong, "" where nothing did."""

    def asked(self, call: "CallRecord", failure: str) -> None:
        """A request to the model is over."""
        ...

    def acted(self, name: str, id_: str, began: int, failure: str) -> None:
        """An action was executed and committed, from `began` (ns since 1970) until now. Thoughts and speech, too."""
        ...

    def ended(self, finished: RunFinished | None) -> None:
        """The run is over in this process; None: another one goes on with it, or a person stopped it."""
        ...


@dataclass(slots=True)
class _Watch:
    """The run of the task at hand, with those who watch it."""

    watchers: list[Watcher]
    finished: RunFinished | None = None


_now: ContextVar[_Watch | None] = ContextVar("watch", default=None)
_makers: list[Callable[[Subject], Watcher]] = []


def watch_runs(maker: Callable[[Subject], Watcher]) -> None:
    """From now on let `maker` make a watcher for each run that begins in this process."""
    _makers.append(maker)


def unwatch_runs(maker: Callable[[Subject], Watcher]) -> None:
    """Let it make no more."""
    _makers.remove(maker)


@contextmanager
def watching(subject: Subject) -> Iterator[None]:
    """What is done inside, in this task, belongs to this run."""
    watch = _Watch([watcher for maker in _makers if (watcher := _made(maker, subject)) is not None])
    token = _now.set(watch)
    try:
        yield
    finally:
        _now.reset(token)
        for watcher in watch.watchers:
            _tell(watcher.ended, watch.finished)


def finished(event: RunFinished) -> None:
    """The run of this task has ended, and that is committed."""
    if (watch := _now.get()) is not None:
        watch.finished = event


@contextmanager
def asking(answer: "Answer") -> Iterator[None]:
    """Around the reading of one answer: tells the watchers when it is over, well or not."""
    failure = ""
    try:
        yield
    except BaseException as error:
        failure = _failure(error)
        raise
    finally:
        for watcher in _watchers():
            _tell(watcher.asked, answer.call, failure)


@contextmanager
def acting(name: str, id_: str) -> Iterator[None]:
    """Around the execution and the commit of one action."""
    began, failure = time.time_ns(), ""
    try:
        yield
    except BaseException as error:
        failure = _failure(error)
        raise
    finally:
        for watcher in _watchers():
            _tell(watcher.acted, name, id_, began, failure)


def _watchers() -> list[Watcher]:
    watch = _now.get()
    return watch.watchers if watch is not None else []


def _failure(error: BaseException | None) -> str:
    if error is None or isinstance(error, GeneratorExit):  # whoever read it had enough: nothing went wrong
        return ""
    if isinstance(error, EngineError):
        return error.code
    return "cancelled" if isinstance(error, asyncio.CancelledError) else type(error).__name__


def _made(maker: Callable[[Subject], Watcher], subject: Subject) -> Watcher | None:
    try:
        return maker(subject)
    except Exception:
        log.exception("a run cannot be watched")
        return None


def _tell(method: Callable[..., None], *what: object) -> None:
    try:
        method(*what)
    except Exception:
        log.exception("a watcher failed")
