"""Which version an entity's state had at a moment."""

from datetime import datetime

from agents import statements
from agents.models import StateVersion

# Versions looked at in one query. Their numbers have no gaps, so two queries find one among 260,000.
FAN = 512


def number_at(entity_id: int, latest: int, moment: datetime) -> int:
    """Return the number of the last version up to `latest` that was there at `moment`; 1 before the first.

    The times of versions rise with their numbers, so the numbers are searched as a sorted list is.
    """
    low, high = 1, latest
    while low < high:
        step = max(1, -(-(high - low) // FAN))
        probes = [*range(low + step, high, step), high]
        places = ", ".join(["%s"] * len(probes))
        tail = f"WHERE entity_id = %s AND number IN ({places}) AND at <= %s ORDER BY number DESC LIMIT 1"
        found = statements.values(StateVersion, ("number",), tail, entity_id, *probes, moment)
        low, high = (found[0][0], min(found[0][0] + step - 1, high)) if found else (low, low + step - 1)
    return low
