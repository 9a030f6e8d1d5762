"""The ways back of a turn: what it changed of the state and what it has told, together, and forth again.

What was told is taken back while nobody has heard it. Undoing such an undo, here or as a version, has it told after
all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from agents import state
from agents.models import Entity, StateVersion
from interactions import tellings
from interactions.models import Telling


@dataclass(frozen=True, slots=True)
class WayBack:
    """What was done: the version that it made, None where the state is as it was; sentences of what became of the
    things told; whether any of those `moved`."""

    version: StateVersion | None
    said: tuple[str, ...] = ()
    moved: bool = False


def undo_turn(run: UUID, *, author: str, expected_version: int | None = None) -> WayBack:
    """Take back all that `run` changed, and what it has told and nobody has heard yet, in one transaction.

    Raises what `state.undo_run` raises; then what was told waits on.
    """
    with transaction.atomic():
        version = state.undo_run(run, author=author, expected_version=expected_version)
        return _without_what_was_told(run, version)


def redo_turn(run: UUID, *, author: str) -> WayBack:
    """Undo what `undo_turn` did to `run`; what it had taken back is told after all. Raises what `state.undo` raises."""
    with transaction.atomic():
        undo = _standing_undo(run)
        version = state.undo(undo.entity_id, undo.number, author=author) if undo else None
        return _with_what_was_told(run, version)


def undo_version(entity: Entity, number: int, *, author: str, expected_version: int | None = None) -> WayBack:
    """Take one version back as `state.undo` does. When it undid a turn, what that took back is told after all; when it
    brought one back, that is taken back once more. Raises what `state.undo` raises."""
    with transaction.atomic():
        version = state.undo(entity.pk, number, author=author, expected_version=expected_version)
        run, was_undo = _turn_of(StateVersion.objects.get(entity=entity, number=number))
        if run is None:
            return WayBack(version)
        return _with_what_was_told(run, version) if was_undo else _without_what_was_told(run, version)


def can_redo(run: UUID) -> bool:
    """Whether there is something that `redo_turn` would bring back."""
    taken = Telling.objects.filter(run=run, heard=None, undone_with_turn=True)
    return taken.exists() or _standing_undo(run) is not None


def sentence(told: Iterable[Telling], rest: str) -> str:
    """Say `rest` of the receivers of `told`: “Ishbel and Shim will not be told.” Empty where there are none."""
    names = list(dict.fromkeys(telling.receiver.name for telling in told))
    if not names:
        return ""
    who = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return f"{who} {rest}"


def _standing_undo(run: UUID) -> StateVersion | None:
    undos = list(StateVersion.objects.filter(undoes_run=run).order_by("-number"))
    void = state.undone_among(undos)
    return next((undo for undo in undos if undo.number not in void), None)


def _turn_of(version: StateVersion) -> tuple[UUID | None, bool]:
    """Return the run whose undo, or whose way forth again, `version` is, and whether it is the undo."""
    is_undo = True
    while version.undoes is not None:
        version = StateVersion.objects.get(entity=version.entity_id, number=version.undoes)
        is_undo = not is_undo
    return version.undoes_run, is_undo


def _without_what_was_told(run: UUID, version: StateVersion | None) -> WayBack:
    taken, heard = tellings.take_back_turn(run)
    said = sentence(taken, "will not be told."), sentence(heard, "had already been told.")
    return WayBack(version, tuple(filter(None, said)), moved=bool(taken))


def _with_what_was_told(run: UUID, version: StateVersion | None) -> WayBack:
    told, gone = tellings.restore_turn(run)
    said = sentence(told, "will be told after all."), sentence(gone, "cannot be told any more: deleted since.")
    return WayBack(version, tuple(filter(None, said)), moved=bool(told))
