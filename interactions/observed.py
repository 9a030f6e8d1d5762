"""What is known of a run while it is worked on: its ids on every line that is logged, a line when it begins and ends,
and whoever else watches (agents/observe.py)."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from structlog.contextvars import bind_contextvars, bound_contextvars, get_contextvars

from agents import observe
from agents.events import RunFinished
from agents.llm.gateway import CallRecord
from agents.models import Entity

if TYPE_CHECKING:
    from interactions.leases import Lease
    from interactions.models import Run

log = logging.getLogger(__name__)


@contextmanager
def observed(lease: "Lease", entity: Entity, provider: str) -> Iterator[None]:
    """Watch the run of `lease`, from its begin to its end in this process."""
    run = lease.run
    subject = observe.Subject(
        run=run.pk,
        attempt=lease.attempt,
        conversation=lease.conversation.pk,
        user=lease.conversation.owner_id,
        entity=entity.slug,
        name=entity.name,
        strategy=run.strategy,
        provider=provider,
    )
    ids = {"run": str(run.pk), "conversation": str(subject.conversation), "user": subject.user}
    with bound_contextvars(**ids), observe.watching(subject):
        yield


def started(run: "Run") -> None:
    """A request has made this run: what it logs from now on says so. A run that makes another one keeps its own."""
    if "run" not in get_contextvars():
        bind_contextvars(run=str(run.pk), conversation=str(run.conversation_id))


def asked_by(user: AbstractBaseUser | AnonymousUser) -> None:
    """It is this person who asks: what is logged from now on says so, by number."""
    if user.pk is not None:
        bind_contextvars(user=user.pk)


class RunLines:
    """A line when a run begins and one when it ends."""

    def __init__(self, subject: observe.Subject) -> None:
        said = {"entity": subject.entity, "strategy": subject.strategy, "attempt": subject.attempt}
        log.info("run began", extra={"fields": said})

    def asked(self, call: CallRecord, failure: str) -> None:
        """No line: the record of the call says more."""

    def acted(self, name: str, id_: str, began: int, failure: str) -> None:
        """No line: the log of the conversation says more."""

    def ended(self, finished: RunFinished | None) -> None:
        """Say how."""
        if finished is None:
            log.info("run let go", extra={"fields": {"status": "let_go"}})
            return
        said = {"status": finished.status, **({"code": finished.code} if finished.code else {})}
        log.info("run ended", extra={"fields": said | finished.usage.model_dump()})


observe.watch_runs(RunLines)
