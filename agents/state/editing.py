"""Edits by people, who look at a version for a while before they change it."""

from collections.abc import Sequence

from django.db import transaction

from agents.changes import Change
from agents.differing import at, subjects
from agents.errors import VersionConflict
from agents.models import StateVersion
from agents.state.history import View
from agents.state.reading import read
from agents.state.writing import commit, locked


def edit(entity_id: int, changes: Sequence[Change], *, made_on: int, cause: str, author: str) -> StateVersion | None:
    """Commit `changes` that somebody made looking at the version `made_on`; None when they change nothing.

    What was changed since is no conflict where it is something else: a mood that moved on does not keep anybody from
    correcting a memory. Raises `VersionConflict` when a part that is edited is not what it was at `made_on`, and
    `StateError` like `apply`.
    """
    with transaction.atomic():
        entity = locked(entity_id)
        if made_on != entity.version:
            if not 1 <= made_on <= entity.version:
                raise VersionConflict(made_on, entity.version)
            then, now = View(entity.pk, made_on).whole(), read(entity)
            touched = {subject for change in changes for subject in subjects(change)}
            if any(at(then, subject) != at(now, subject) for subject in touched):
                raise VersionConflict(made_on, entity.version)
        return commit(entity, changes, cause=cause, author=author)
