"""The forms that edit one row of a state's lists: a goal, a desire, a memory."""

from typing import Any, ClassVar

from django import forms

from agents.changes import Change, DesireValue, GoalValue, MemoryValue, PutDesire, PutGoal, PutMemory
from agents.mind import EntityState
from interactions.web.entity.part_form import PartForm, level_field, text_field


class RowForm(PartForm):
    """A row of one of the lists."""

    part: ClassVar[str]
    names: ClassVar[tuple[str, ...]]

    def value_in(self, state: EntityState) -> Any:
        """Return the row's value in `state`, the value of a new one for no key. Raises `KeyError`."""
        return getattr(state, self.part)[self.key]

    def shown(self, state: EntityState) -> dict[str, Any]:
        if self.key is None:
            return {}
        value = self.value_in(state)
        return {name: getattr(value, name) for name in self.names}


class GoalForm(RowForm):
    title, part, names = "Goal", "goals", ("text", "priority", "status", "reason")

    text = forms.CharField(max_length=500, label="What they have set out to do")
    priority = level_field(initial=0.5)
    status = forms.ChoiceField(choices=[(name, name.capitalize()) for name in ("active", "completed", "abandoned")])
    reason = forms.CharField(max_length=500, required=False, help_text="Why it ended.")

    def change(self) -> Change:
        old = self.now.goals[self.key].model_dump() if self.key else {}
        return PutGoal(id=self.key, goal=GoalValue(**{**old, **self.values()}))


class DesireForm(RowForm):
    title, part, names = "Desire", "desires", ("text", "intensity", "status", "reason")

    text = forms.CharField(max_length=500, label="What they would like")
    intensity = level_field(initial=0.5)
    status = forms.ChoiceField(choices=[(name, name.capitalize()) for name in ("active", "satisfied", "abandoned")])
    reason = forms.CharField(max_length=500, required=False, help_text="Why it ended.")

    def change(self) -> Change:
        old = self.now.desires[self.key].model_dump() if self.key else {}
        return PutDesire(id=self.key, desire=DesireValue(**{**old, **self.values()}))


class MemoryForm(RowForm):
    title, tab, part, names = "Memory", "entity_memories", "memories", ("content", "importance", "source")

    content = text_field(4, 2_000, label="What they know")
    importance = level_field(initial=0.5)
    source = forms.CharField(max_length=200, required=False, help_text="Where it was learned, in words.")

    def change(self) -> Change:
        old = self.now.memories[self.key].model_dump() if self.key else {}
        return PutMemory(id=self.key, memory=MemoryValue(**{**old, **self.values()}))
