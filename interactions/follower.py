"""What one client gets of a conversation: every event once and in order, and of streaming text what is new."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from channels.db import database_sync_to_async

from agents.events import LoggedEvent
from interactions import hub, log
from interactions.live import Delta
from interactions.partial import OpenTexts, delta_of

# Events read from the log at once.
PAGE = 500


@dataclass(frozen=True, slots=True)
class Ready:
    """Caught up with the log as it was when the client came."""

    seq: int


@dataclass(frozen=True, slots=True)
class Delayed:
    """Redis is away: what comes is read from the log, now and then."""


Out = LoggedEvent | Delta | Ready | Delayed | hub.Edited | hub.Elsewhere | hub.RightsChanged


class Follower:
    """Follows one conversation from the event after `after`."""

    def __init__(self, conversation: UUID, entity: int, user: int, after: int) -> None:
        self.conversation, self.entity, self.user, self.seq = conversation, entity, user, after
        self.open = OpenTexts()
        self._delayed = False

    async def __aiter__(self) -> AsyncIterator[Out]:
        """Yield the log after the cursor, then the texts under way, each as one delta, then what happens."""
        the_hub = hub.the_hub()
        follow, entries = await the_hub.follow(self.conversation, self.entity, self.user)
        try:
            streamed = OpenTexts()
            streamed.entries(entries)
            async for event in self._log():
                if event.seq > streamed.seq:  # an older one, such as the run's start, came before what streamed
                    streamed.event(event.event.kind, event.run, event.action)
                yield event
            for text in streamed.texts.values():
                if (new := self.open.delta(text)) is not None:
                    yield new
            yield Ready(self.seq)
            while True:
                async for out in self._take(await follow.queue.get()):
                    yield out
        finally:
            the_hub.leave(follow)

    async def _take(self, item: hub.Item) -> AsyncIterator[Out]:
        match item:
            case hub.Entry(seq=0):
                delta = self.open.delta(delta_of(json.loads(item.body)))
                if delta is not None:
                    yield delta
            case hub.Entry():
                if item.seq > self.seq + 1:
                    async for event in self._log():
                        yield event
                if item.seq == self.seq + 1:
                    yield self._seen(LoggedEvent.from_wire(json.loads(item.body)))
            case hub.Reached():
                if item.seq > self.seq:
                    async for event in self._log():
                        yield event
                if item.delayed and not self._delayed:
                    yield Delayed()
                elif self._delayed and not item.delayed:
                    yield Ready(self.seq)
                self._delayed = item.delayed

            case hub.Edited() | hub.Elsewhere() | hub.RightsChanged():
                yield item

    async def _log(self) -> AsyncIterator[LoggedEvent]:
        """Everything in the log after the cursor."""
        while True:
            events = await database_sync_to_async(log.read)(self.conversation, after=self.seq, limit=PAGE)
            for event in events:
                yield self._seen(event)
            if len(events) < PAGE:
                return

    def _seen(self, event: LoggedEvent) -> LoggedEvent:
        self.seq = event.seq
        self.open.event(event.event.kind, event.run, event.action)
        return event
