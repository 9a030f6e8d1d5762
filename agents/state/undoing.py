"""The ways back: undoing a version or a whole run, and going back to an earlier version.

Each makes a new version; nothing of the history is lost, and a way back can itself be taken back. What was changed
again since is not overwritten: the undo is refused, and names the version that stands in its way.
"""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from agents.changes import Change, DesireValue, GoalValue, MemoryValue
from agents.differing import Subject, at, diff, subjects
from agents.errors import StateError
from agents.mind import EntityState, fold, inverse
from agents.models import StateVersion
from agents.state.history import View
from agents.state.reading import changes_of, read
from agents.state.writing import commit, locked


class Overtaken(StateError):
    """What is to be undone was changed again since, by the version `number`."""

    code = "overtaken"

    def __init__(self, number: int, part: str) -> None:
        super().__init__(f"Version {number} changed this again ({part}): undo that first, or roll back.")
        self.number = number


def undo(entity_id: int, number: int, *, author: str, expected_version: int | None = None) -> StateVersion | None:
    """Take version `number` back by a new version with the opposite changes; later changes of other things stay.

    An undo can be undone like any other version. None when nothing is left to take back. Raises `StateError` for a
    version that does not exist, the first one, one that is undone already, and `Overtaken` where a later version
    stands on it; `VersionConflict` when `expected_version` is not the latest.
    """
    with transaction.atomic():
        entity = locked(entity_id, expected_version)
        version = StateVersion.objects.filter(entity=entity, number=number).first()
        if version is None or number <= 1:
            raise StateError(f"There is no version {number} that could be undone.")
        if by := undone_by(version):
            raise StateError(f"Version {number} is undone already, by version {by}.")
        now = read(entity)
        cause = f"undid version {number}: {version.cause}"
        back = diff(now, _without(now, [version]))
        return commit(entity, back, cause=cause, author=author, is_free=True, undoes=number)


def undo_run(run_id: UUID, *, author: str, expected_version: int | None = None) -> StateVersion | None:
    """Take back all that a run changed, in one new version; what of it is undone already is left.

    None when it changed nothing, or nothing is left of it. Raises like `undo`.
    """
    with transaction.atomic():
        made = StateVersion.objects.filter(run=run_id).order_by("-number")
        latest = made.first()
        if latest is None:
            return None
        entity = locked(latest.entity_id, expected_version)
        versions = list(made.filter(entity=entity))
        undone = undone_among(versions)
        standing = [version for version in versions if version.number not in undone]
        if not standing:
            return None
        now = read(entity)
        cause = f"undid the turn that began with “{standing[-1].cause[:400]}”"
        back = diff(now, _without(now, standing))
        return commit(entity, back, cause=cause, author=author, is_free=True, undoes_run=run_id)


def rollback(entity_id: int, to: int, *, author: str, expected_version: int | None = None) -> StateVersion | None:
    """Make the state what it was at version `to`, by a new version; None when it is that already.

    Raises `StateError` when there is no such version, `VersionConflict` when `expected_version` is not the latest.
    """
    with transaction.atomic():
        entity = locked(entity_id, expected_version)
        if not 1 <= to <= entity.version:
            raise StateError(f"{entity.name} has no version {to}: there are 1 to {entity.version}.")
        then = View(entity.pk, to).whole()
        back = diff(read(entity), then)
        return commit(entity, back, cause=f"rolled back to version {to}", author=author, is_free=True, restores=to)


def undone_by(version: StateVersion) -> int | None:
    """Return the number of the version that took `version` back and stands; None when it is in effect."""
    return undone_among([version]).get(version.number)


def undone_among(versions: Sequence[StateVersion]) -> dict[int, int]:
    """Return, for those of one entity's `versions` that are undone, the number of the version that took each back.

    One query for all of them, and one more for each undo that was undone itself, and so on.
    """
    if not versions:
        return {}
    entity = versions[0].entity_id
    how = Q(undoes__in=[each.number for each in versions])
    how |= Q(undoes_run__in={each.run for each in versions if each.run is not None})
    undos = list(StateVersion.objects.filter(how, entity=entity).order_by("number"))
    void = undone_among(undos)
    found: dict[int, int] = {}
    for undo in undos:
        if undo.number in void:
            continue
        for each in versions:
            is_meant = undo.undoes == each.number or (each.run is not None and undo.undoes_run == each.run)
            if is_meant and each.number < undo.number:
                found[each.number] = undo.number
    return found


def overtaken_by(version: StateVersion, now: EntityState) -> int | None:
    """Return the number of the later version that changed again what `version` made; None when it can be undone.

    `now` is the entity's present state.
    """
    try:
        _without(now, [version])
    except Overtaken as error:
        return error.number
    return None


def _without(now: EntityState, versions: Iterable[StateVersion]) -> EntityState:
    """Return `now` without what `versions` (newest first) changed. Raises `Overtaken`."""
    state = now
    for version in versions:
        for change in reversed(changes_of(version)):
            made = fold(state, [change])
            for subject in sorted(subjects(change), key=str):
                if at(made, subject) != at(state, subject):
                    raise Overtaken(_overtaker(version, subject), _words(subject, made))
            state = fold(state, [inverse(change)])
    return state


def _overtaker(version: StateVersion, subject: Subject) -> int:
    """Return the first later version that changed `subject` and is in effect; the last one where none is."""
    number = version.number
    for later, changes in _later(version):
        if any(subject in subjects(change) for change in changes):
            number = later.number
            if undone_by(later) is None:
                break
    return number


def _later(version: StateVersion) -> Iterator[tuple[StateVersion, list[Change]]]:
    rows = StateVersion.objects.filter(entity=version.entity_id, number__gt=version.number).order_by("number")
    for row in rows.iterator(chunk_size=200):
        yield row, changes_of(row)


def _words(subject: Subject, state: EntityState) -> str:
    """Return what `subject` is, with its text in `state` where it is a row of a list."""
    part, key = subject
    value = at(state, subject)
    match value:
        case GoalValue() | DesireValue():
            return f"{part[:-1]} “{value.text}”"
        case MemoryValue():
            return f"memory “{value.content}”"
    return f"{part} {key}".strip()
