from typing import Any

import pytest
from django.urls import reverse

from agents import state
from agents.changes import MemoryValue, PutMemory, SetAppearance
from agents.models import Desire, Goal, Memory, StateVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def memory(entity):
    """The memory that the entity has."""
    return entity.memories.get()


@pytest.fixture
def page(memory):
    """Its address in the admin."""
    return reverse("admin:agents_memory_change", args=[memory.pk])


def test_edit_a_memory(staff, shown, page, entity, memory):
    assert staff.post(page, shown(page) | {"content": "Noor lost a box.", "pinned": "on"}).status_code == 302
    memory.refresh_from_db()
    assert (memory.content, memory.pinned) == ("Noor lost a box.", True)
    version = StateVersion.objects.get(entity=entity, number=2)
    assert (version.author, version.cause) == ("tarik", "edited in the admin")
    entity.refresh_from_db()
    assert state.folded_log(entity) == state.read(entity)


def test_forget_and_remember_again(staff, shown, page, memory):
    staff.post(page, shown(page) | {"forgotten": "on"})
    memory.refresh_from_db()
    assert memory.forgotten_at is not None
    data = shown(page)
    del data["forgotten"]
    staff.post(page, data)
    memory.refresh_from_db()
    assert memory.forgotten_at is None


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("goal", {"text": "Sleep", "priority": "0.3", "status": "active"}),
        ("desire", {"text": "Marmalade", "intensity": "0.3", "status": "active"}),
        ("memory", {"content": "Tea at four.", "importance": "0.3"}),
    ],
)
def test_add_one(staff, shown, entity, name, data):
    page = reverse(f"admin:agents_{name}_add")
    response = staff.post(page, shown(page) | {"entity": entity.pk, **data})
    assert response.status_code == 302, response.context["adminform"].form.errors
    models: dict[str, Any] = {"goal": Goal, "desire": Desire, "memory": Memory}
    model = models[name]
    assert model.objects.filter(entity=entity).count() == (1 if name == "desire" else 2)
    entity.refresh_from_db()
    assert entity.version == 2
    assert state.folded_log(entity) == state.read(entity)


def test_a_memory_never_twice(staff, shown, entity, memory):
    page = reverse("admin:agents_memory_add")
    data = shown(page) | {"entity": entity.pk, "content": memory.content.upper(), "importance": "0.1"}
    response = staff.post(page, data)
    assert response.status_code == 200
    assert "remembers this already" in str(response.context["adminform"].form.non_field_errors())
    assert response.context["adminform"].form["content"].value() == memory.content.upper()


def test_a_conflict_keeps_what_was_typed_and_can_be_saved_again(staff, shown, page, entity, memory):
    data = shown(page) | {"content": "Typed"}
    state.apply(entity.pk, [SetAppearance(text="Wet")], cause="an action")
    form = staff.post(page, data).context["adminform"].form
    assert "version 2" in str(form.non_field_errors())
    assert form["content"].value() == "Typed"
    again = staff.post(page, data | {"expected_version": form["expected_version"].value()})
    assert again.status_code == 302
    memory.refresh_from_db()
    assert memory.content == "Typed"


@pytest.mark.parametrize("name", ["goal", "memory"])
def test_deleting_takes_it_out_of_mind(staff, entity, name):
    models: dict[str, Any] = {"goal": Goal, "memory": Memory}
    model = models[name]
    row = model.objects.get(entity=entity)
    address = reverse(f"admin:agents_{name}_delete", args=[row.pk])
    assert "can be taken back" in staff.get(address).content.decode()
    assert staff.post(address, {"post": "yes"}).status_code == 302
    row.refresh_from_db()
    assert row.forgotten_at is not None if name == "memory" else row.status == "abandoned"
    entity.refresh_from_db()
    assert entity.version == 2


def test_many_at_once_are_one_version(staff, entity):
    state.apply(entity.pk, [PutMemory(memory=MemoryValue(content=f"Fact {n}")) for n in range(3)], cause="test")
    rows = list(entity.memories.values_list("pk", flat=True))
    response = staff.post(
        reverse("admin:agents_memory_changelist"), {"action": "take_out", "_selected_action": rows, "index": "0"}
    )
    assert response.status_code == 302
    assert not entity.memories.filter(forgotten_at=None).exists()
    entity.refresh_from_db()
    assert entity.version == 3
    assert state.folded_log(entity) == state.read(entity)


def test_nothing_is_deleted_for_good_in_bulk(staff, entity, memory):
    data = {"action": "delete_selected", "_selected_action": [memory.pk], "post": "yes"}
    staff.post(reverse("admin:agents_memory_changelist"), data)
    memory.refresh_from_db()
    assert memory.forgotten_at is None
