"""Which value of a goal, desire or memory may follow which. What is refused is explained, and nothing is written."""

from agents.changes import DesireValue, GoalValue, MemoryValue
from agents.errors import StateError


def check_goal(before: GoalValue | None, value: GoalValue) -> None:
    """Refuse to end again, in another way, what has ended. Raises `StateError`."""
    _check_end("goal", before, value)


def check_desire(before: DesireValue | None, value: DesireValue) -> None:
    """Refuse to end again, in another way, what has ended. Raises `StateError`."""
    _check_end("desire", before, value)


def check_memory(before: MemoryValue | None, value: MemoryValue) -> None:
    """Refuse to pin what is forgotten. A pinned memory can be forgotten: pinning keeps it in prompts, not for ever.

    Raises `StateError`.
    """
    if value.forgotten and value.pinned and not (before is not None and before.pinned):
        raise StateError(f"“{value.content}” is forgotten and cannot be pinned. Bring it back first.")


def _check_end(kind: str, before: GoalValue | DesireValue | None, value: GoalValue | DesireValue) -> None:
    if before is None or "active" in (before.status, value.status) or before.status == value.status:
        return
    raise StateError(
        f"The {kind} “{before.text}” is {before.status} and cannot become {value.status}. Take it up again first."
    )
