"""The state of a conversation's entity as it was at one event of the log."""

from collections.abc import Iterable
from uuid import UUID

from agents.events import LoggedEvent, StateChanged
from agents.models import Entity
from agents.state import number_at
from interactions import log


def version_at(entity: Entity, line: LoggedEvent, events: Iterable[LoggedEvent] | None = None) -> int:
    """Return the number of the version that was in effect when `line` had been written. `events` are those of its run;
    they are read where they are not given.

    What the event's own run changed is told by its events, whatever the clocks; what was changed elsewhere, in an edit
    or in another talk, by the time.
    """
    number = number_at(entity.pk, entity.version, line.at)
    if line.run is None:
        return number
    if events is None:
        events = log.read_runs([UUID(line.run)])[line.run]
    lowest, highest = _bounds(entity, line, events)
    return max(lowest, min(number, highest))


def _bounds(entity: Entity, line: LoggedEvent, events: Iterable[LoggedEvent]) -> tuple[int, int]:
    """Return between which versions it was, by the changes of the run before the event and after it."""
    lowest, highest = 1, entity.version
    for each in events:
        if not isinstance(each.event, StateChanged) or each.event.entity != entity.slug:
            continue
        if each.seq <= line.seq:
            lowest = max(lowest, each.event.version)
        else:
            highest = min(highest, each.event.version - 1)
    return lowest, max(lowest, highest)
