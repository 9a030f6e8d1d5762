"""The state at any version: from the snapshot before it, and the versions since."""

from collections.abc import Iterator
from functools import cached_property

from agents import statements
from agents.changes import Change, DesireValue, GoalValue, MemoryValue, Mood
from agents.differing import subjects
from agents.errors import StateError
from agents.mind import EntityState, Persona, fold
from agents.models import Entity, StateVersion
from agents.state import snapshots
from agents.state.reading import changes_adapter, changes_of

_SINCE = "WHERE entity_id = %s AND number > %s AND number <= %s ORDER BY number"


class View:
    """The state at one version. Each section is loaded when it is first asked for, and kept."""

    def __init__(self, entity_id: int, number: int) -> None:
        self.entity_id, self.number = entity_id, number

    @property
    def persona(self) -> Persona:
        """Who the entity was."""
        return self._core.persona

    @property
    def mood(self) -> Mood:
        """How it felt."""
        return self._core.mood

    @property
    def appearance(self) -> str:
        """What it looked like."""
        return self._core.appearance

    @property
    def environment(self) -> str:
        """Where it was."""
        return self._core.environment

    @cached_property
    def goals(self) -> dict[int, GoalValue]:
        """Its goals by id."""
        return self._listed("goals").goals

    @cached_property
    def desires(self) -> dict[int, DesireValue]:
        """Its desires by id."""
        return self._listed("desires").desires

    @cached_property
    def memories(self) -> dict[int, MemoryValue]:
        """Its memories by id, forgotten ones too."""
        return self._listed("memories").memories

    def whole(self) -> EntityState:
        """Return all sections as one value (two queries)."""
        point, parts = snapshots.load_all(self.entity_id, self.number)
        began = EntityState.model_construct(**dict(parts.pop("core")), **parts)
        whole = fold(began, _changes(self.entity_id, point, self.number))
        return whole.model_copy(update={"version": self.number})

    @cached_property
    def _point(self) -> int:
        return snapshots.point(self.entity_id, self.number)

    @cached_property
    def _since(self) -> list[Change]:
        return _changes(self.entity_id, self._point, self.number)

    @cached_property
    def _core(self) -> EntityState:
        began = EntityState.model_construct(**dict(snapshots.load(self.entity_id, "core", self._point)))
        return fold(began, (change for change in self._since if _section(change) not in snapshots.LISTS))

    def _listed(self, section: str) -> EntityState:
        began = EntityState.model_construct(**{section: snapshots.load(self.entity_id, section, self._point)})
        return fold(began, (change for change in self._since if _section(change) == section))


def view_at(entity_id: int, number: int) -> View:
    """Return the state at version `number`, its sections loaded when they are read.

    Raises `Entity.DoesNotExist`, and `StateError` when there is no such version.
    """
    entity = statements.get(Entity, id=entity_id)
    if entity is None:
        raise Entity.DoesNotExist(entity_id)
    if not 1 <= number <= entity.version:
        raise StateError(f"{entity.name} has no version {number}: there are 1 to {entity.version}.")
    return View(entity_id, number)


def state_at(entity_id: int, number: int) -> EntityState:
    """Return the whole state at version `number`. Raises like `view_at`."""
    return view_at(entity_id, number).whole()


def folded_log(entity: Entity) -> EntityState:
    """Return the state that the entity's versions add up to; equal to `read(entity)` when nothing was lost."""
    state = EntityState()
    for version, changes in _versions(entity):
        state = fold(state, changes).model_copy(update={"version": version})
    return state


def broken_snapshots(entity: Entity) -> Iterator[int]:
    """Yield the versions whose snapshot is not what the versions add up to."""
    state = EntityState()
    points = set(entity.snapshots.values_list("number", flat=True))
    for version, changes in _versions(entity):
        state = fold(state, changes).model_copy(update={"version": version})
        if version in points and View(entity.pk, version).whole() != state:
            yield version


def _changes(entity_id: int, after: int, up_to: int) -> list[Change]:
    rows = statements.values(StateVersion, ("changes",), _SINCE, entity_id, after, up_to)
    return [change for (changes,) in rows for change in changes_adapter.validate_python(changes)]


def _versions(entity: Entity) -> Iterator[tuple[int, list[Change]]]:
    for version in StateVersion.objects.filter(entity=entity).order_by("number").iterator():
        yield version.number, changes_of(version)


def _section(change: Change) -> str:
    return next((part for part, _ in subjects(change)), "persona")
