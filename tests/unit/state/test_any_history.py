"""Properties over random histories of edits, undos, rollbacks and forks."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from agents import state
from agents.changes import (
    Change,
    DesireValue,
    GoalValue,
    MemoryValue,
    Mood,
    PutDesire,
    PutGoal,
    PutMemory,
    SetAppearance,
    SetEnvironment,
    SetMood,
    SetPersona,
)
from agents.errors import StateError
from agents.mind import EntityState
from agents.models import Desire, Entity, Goal, Memory

pytestmark = pytest.mark.django_db

# Few different words, so that duplicates, swaps and returns to an earlier value happen often.
_texts = st.sampled_from(["a", "b", "c", "d", "Ä", "dd"])
_units = st.sampled_from([0.0, 0.25, 0.5, 1.0])
_adds: st.SearchStrategy[Change] = st.one_of(
    st.builds(lambda label, value: SetMood(mood=Mood(label=label, intensity=value)), _texts, _units),
    st.builds(SetAppearance, text=_texts),
    st.builds(SetEnvironment, text=_texts),
    st.builds(SetPersona, tagline=_texts),
    st.builds(SetPersona, persona=_texts, name=_texts),
    st.builds(lambda text, value: PutGoal(goal=GoalValue(text=text, priority=value)), _texts, _units),
    st.builds(lambda text, value: PutDesire(desire=DesireValue(text=text, intensity=value)), _texts, _units),
    st.builds(lambda text, value: PutMemory(memory=MemoryValue(content=text, importance=value)), _texts, _units),
)
_which = st.integers(0, 20)
_steps = st.one_of(
    st.tuples(st.just("apply"), st.lists(_adds, min_size=1, max_size=3)),
    st.tuples(st.just("edit"), _which, _texts, st.booleans()),
    st.tuples(st.just("undo"), _which),
    st.tuples(st.just("rollback"), _which),
    st.tuples(st.just("fork"), _which),
)


class History:
    """One entity (and, after a fork, the next) on its way."""

    def __init__(self, owner: User) -> None:
        self.owner = owner
        self.entity = state.create(Entity(owner=owner, slug=f"e-{Entity.objects.count()}", name="Ada"))

    def apply(self, changes: list[Change]) -> None:
        state.apply(self.entity.pk, changes, cause="a step")

    def edit(self, which: int, text: str, is_ended: bool) -> None:
        rows = [*Goal.objects.filter(entity=self.entity), *Desire.objects.filter(entity=self.entity)]
        rows += Memory.objects.filter(entity=self.entity)
        if rows:
            self.apply([self._edit(rows[which % len(rows)], text, is_ended)])

    def _edit(self, row: Goal | Desire | Memory, text: str, is_ended: bool) -> Change:
        if isinstance(row, Memory):
            return PutMemory(id=row.pk, memory=MemoryValue(content=text, forgotten=is_ended))
        if isinstance(row, Goal):
            return PutGoal(id=row.pk, goal=GoalValue(text=text, status="completed" if is_ended else "active"))
        return PutDesire(id=row.pk, desire=DesireValue(text=text, status="abandoned" if is_ended else "active"))

    def undo(self, which: int) -> None:
        state.undo(self.entity.pk, self._number(which), author="noor")

    def rollback(self, which: int) -> None:
        """Go back, and undo that: what was there before is there again, to the byte. Then go back for good."""
        before, to = self._json(), self._number(which)
        then = state.state_at(self.entity.pk, to)
        back = state.rollback(self.entity.pk, to, author="noor")
        assert self._json() == as_bytes(then)
        if back is not None:
            state.undo(self.entity.pk, back.number, author="noor")
            assert self._json() == before
            state.rollback(self.entity.pk, to, author="noor")

    def fork(self, which: int) -> None:
        self.entity = state.fork(self.entity.pk, self._number(which), owner=self.owner)

    def _number(self, which: int) -> int:
        self.entity.refresh_from_db()
        return 1 + which % int(self.entity.version)

    def _json(self) -> str:
        self.entity.refresh_from_db()
        return as_bytes(state.read(self.entity))


def as_bytes(whole: EntityState) -> str:
    """A state as JSON, without its number and whatever the order of its rows."""
    lists = {name: dict(sorted(getattr(whole, name).items())) for name in ("goals", "desires", "memories")}
    return whole.model_copy(update={"version": 0, **lists}).model_dump_json()


@pytest.mark.timeout(600)  # half a minute on a machine that is free
@settings(max_examples=1_000)
@given(steps=st.lists(_steps, min_size=1, max_size=8))
def test_b14_any_history_folds_to_the_stored_state_and_any_rollback_can_be_undone(
    steps: list[Any], owner: User
) -> None:
    with transaction.atomic():
        _live(History(owner), steps)
        transaction.set_rollback(True)


def _live(history: History, steps: list[Any]) -> None:
    for name, *args in steps:
        try:
            getattr(history, name)(*args)
        except StateError:
            continue
    for entity in Entity.objects.all():
        stored = state.read(entity)
        assert state.folded_log(entity) == stored
        assert state.View(entity.pk, entity.version).whole() == stored
