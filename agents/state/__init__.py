"""The only reader and writer of an entity's state. Everything that changes an entity comes through here.

`apply` commits changes as the next version (`ask` locks the entity for it, ahead of others), `edit` those that
a person made looking at an earlier one, `feel` what an event does to a mood; `undo`, `undo_run` and `rollback` make
versions that take others back; `state_at`, `view_at` and `diff` look at any version, and `number_at` finds the one of a
moment; `fork` begins a new entity with the state of one.
"""

from agents.differing import diff, subjects
from agents.state.editing import edit
from agents.state.feeling import feel
from agents.state.forking import fork
from agents.state.history import View, broken_snapshots, folded_log, state_at, view_at
from agents.state.moments import number_at
from agents.state.reading import changes_of, digest, mood_at, mood_of, read, temperament_of
from agents.state.undoing import Overtaken, overtaken_by, rollback, undo, undo_run, undone_among, undone_by
from agents.state.writing import apply, ask, create

__all__ = [
    "Overtaken",
    "View",
    "apply",
    "ask",
    "broken_snapshots",
    "changes_of",
    "create",
    "diff",
    "digest",
    "edit",
    "feel",
    "folded_log",
    "fork",
    "mood_at",
    "mood_of",
    "number_at",
    "overtaken_by",
    "read",
    "rollback",
    "state_at",
    "subjects",
    "temperament_of",
    "undo",
    "undo_run",
    "undone_among",
    "undone_by",
    "view_at",
]
