"""A person's message is in the talk as long as a run that answers it is: this keeps its row saying so."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from interactions.models import Message, Run

# SQLite takes a limited number of values at once.
AT_ONCE = 500


def settle(messages: Sequence[UUID]) -> None:
    """Write down which of these messages of a person the talk shows, after their runs have come or gone."""
    for start in range(0, len(messages), AT_ONCE):
        rows = Message.objects.filter(pk__in=messages[start : start + AT_ONCE], author=Message.Author.USER)
        on_branch = Run.objects.filter(message=OuterRef("pk"), off_branch=False)
        there = Exists(on_branch.filter(deleted_at=None))
        for wanted, values in (
            (rows.filter(there), {"off_branch": False, "deleted_at": None}),
            (rows.filter(~there, Exists(on_branch)), {"off_branch": False, "deleted_at": timezone.now()}),
            (rows.filter(~Exists(on_branch)), {"off_branch": True, "deleted_at": None}),
        ):
            wanted.update(**values)
