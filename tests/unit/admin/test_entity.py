from typing import Any

import pytest
from django.urls import reverse

from agents import state
from agents.changes import GoalValue, Mood, PutGoal, SetAppearance, SetMood
from agents.models import Entity, StateVersion
from tests.unit.admin.conftest import put

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(entity):
    """The address of the entity in the admin."""
    return reverse("admin:agents_entity_change", args=[entity.pk])


def test_an_edit_of_everything_is_one_version(staff, shown, page, entity):
    data = shown(page)
    data |= {"name": "Tilly", "persona": "Bakes.\r\nSings.", "mood": "Merry", "intensity": "0.8", "joy": "0.9"}
    data |= {"appearance": "Floury", "environment": "A kitchen"}
    response = staff.post(page, data)
    assert response.status_code == 302, response.context["adminform"].form.errors
    entity.refresh_from_db()
    assert (entity.name, entity.persona, entity.version) == ("Tilly", "Bakes.\nSings.", 2)
    assert (entity.mood, entity.intensity, entity.emotions["joy"]) == ("merry", 0.8, 0.9)
    version = StateVersion.objects.get(entity=entity, number=2)
    assert (version.author, version.cause) == ("tarik", "edited in the admin")
    assert {change["op"] for change in version.changes} == {
        "persona.set",
        "mood.set",
        "appearance.set",
        "environment.set",
    }
    assert state.folded_log(entity) == state.read(entity)


def test_saving_what_was_not_touched_writes_nothing(staff, shown, page, entity):
    assert staff.post(page, shown(page)).status_code == 302
    entity.refresh_from_db()
    assert entity.version == 1


def test_columns_that_are_no_state_make_no_version(staff, shown, page, entity):
    data = shown(page) | {"strategy": "deliberate", "max_actions": "5", "first_lines": "Hello.\r\n\r\nWho are you?"}
    assert staff.post(page, data).status_code == 302
    entity.refresh_from_db()
    assert (entity.strategy, entity.max_actions, entity.version) == ("deliberate", 5, 1)
    assert entity.openers == ["Hello.", "Who are you?"]


def test_archive_and_bring_back(staff, shown, page, entity):
    staff.post(page, shown(page) | {"archived": "on"})
    entity.refresh_from_db()
    assert entity.archived_at is not None
    data = shown(page)
    data.pop("archived")
    staff.post(page, data)
    entity.refresh_from_db()
    assert entity.archived_at is None


def test_goals_are_edited_added_and_abandoned_with_it(staff, shown, page, entity):
    goal = entity.goals.get()
    data = shown(page)
    data |= {"goals-TOTAL_FORMS": "2", "goals-0-priority": "0.9"}
    data |= {"goals-1-text": "Sleep more", "goals-1-priority": "0.2", "goals-1-status": "active", "goals-1-reason": ""}
    data |= {"goals-1-progress": "0"}
    data |= {"goals-1-entity": str(entity.pk)}
    response = staff.post(page, data)
    assert response.status_code == 302, response.context["errors"]
    entity.refresh_from_db()
    assert entity.version == 2
    assert list(entity.goals.values_list("text", "priority")) == [(goal.text, 0.9), ("Sleep more", 0.2)]

    response = staff.post(page, shown(page) | {"goals-0-DELETE": "on"})
    assert response.status_code == 302
    goal.refresh_from_db()
    assert (goal.status, goal.reason) == ("abandoned", "removed in the admin")
    entity.refresh_from_db()
    assert state.folded_log(entity) == state.read(entity)


def test_a_conflict_is_shown_and_keeps_what_was_typed(staff, shown, page, entity):
    data = shown(page) | {"tagline": "Typed by hand"}
    state.apply(entity.pk, [SetMood(mood=Mood(label="wistful")), SetAppearance(text="Wet")], cause="an action")

    response = staff.post(page, data)
    assert response.status_code == 200
    form = response.context["adminform"].form
    assert "version 2" in str(form.non_field_errors())
    assert form["tagline"].value() == "Typed by hand"
    assert form["mood"].value() == "wistful"  # what was not touched is shown as it is now
    entity.refresh_from_db()
    assert (entity.tagline, entity.version) == ("Archivist.", 2)


def test_saving_again_after_a_conflict_takes_nothing_back(staff, shown, page, entity):
    data = shown(page) | {"tagline": "Typed by hand"}
    state.apply(entity.pk, [SetMood(mood=Mood(label="wistful"))], cause="an action")
    refused = staff.post(page, data).context
    again: dict[str, Any] = {}
    for bound in refused["adminform"].form:
        put(again, bound.html_name, bound.value())
        if bound.field.show_hidden_initial:
            put(again, bound.html_initial_name, refused["adminform"].form.data.get(bound.html_initial_name, ""))
    assert staff.post(page, {**data, **again}).status_code == 302
    entity.refresh_from_db()
    assert (entity.tagline, entity.mood, entity.version) == ("Typed by hand", "wistful", 3)


def test_what_the_state_refuses_is_an_error_of_the_form(staff, shown, page, entity):
    data = shown(page)
    data |= {"goals-TOTAL_FORMS": "2", "goals-1-text": "put the letters in ORDER!", "goals-1-priority": "0.2"}
    data |= {"goals-1-status": "active", "goals-1-progress": "0", "tagline": "Kept"}
    response = staff.post(page, data)
    assert response.status_code == 200
    assert "has this goal already" in str(response.context["adminform"].form.non_field_errors())
    assert response.context["adminform"].form["tagline"].value() == "Kept"
    entity.refresh_from_db()
    assert (entity.tagline, entity.version) == ("Archivist.", 1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("intensity", "1.5"),
        ("valence", "-2"),
        ("joy", "nan"),
        ("joy", "2"),
        ("name", ""),
        ("name", "x" * 81),
        ("persona", "a\0b"),
        ("mood", "   "),
        ("max_actions", "0"),
        ("max_tokens", "0"),
        ("max_money", "0"),
        ("max_money", "much"),
        ("slug", "no slug"),
    ],
)
def test_bad_values_are_named(staff, shown, page, entity, field, value):
    response = staff.post(page, shown(page) | {field: value})
    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors
    entity.refresh_from_db()
    assert entity.version == 1


def test_a_form_without_its_version_is_refused(staff, shown, page):
    data = shown(page)
    del data["expected_version"]
    assert "expected_version" in staff.post(page, data).context["adminform"].form.errors


def test_add_an_entity_whole(staff, shown, teammate):
    page = reverse("admin:agents_entity_add")
    data = shown(page)
    assert data["owner"] == teammate.pk
    data |= {"name": "Shim", "slug": "shim", "persona": "A ship's mind.", "mood": "Curious", "joy": "0.3"}
    data |= {
        "goals-TOTAL_FORMS": "1",
        "goals-0-text": "Come home",
        "goals-0-priority": "0.9",
        "goals-0-status": "active",
        "goals-0-progress": "0",
    }
    response = staff.post(page, data)
    assert response.status_code == 302, (response.context["errors"], response.context["adminform"].form.errors)
    shim = Entity.objects.get(slug="shim")
    assert (shim.owner, shim.version, shim.mood, shim.emotions) == (teammate, 1, "curious", {"joy": 0.3})
    assert shim.goals.get().text == "Come home"
    assert StateVersion.objects.get(entity=shim).author == "tarik"
    assert state.folded_log(shim) == state.read(shim)


def test_a_slug_is_its_owners_only_once(staff, shown, owner, entity):
    other = state.create(Entity(owner=owner, slug="other", name="Other"))
    page = reverse("admin:agents_entity_change", args=[other.pk])
    assert "slug" in staff.post(page, shown(page) | {"slug": "ottilie"}).context["adminform"].form.errors
    add = reverse("admin:agents_entity_add")
    data = shown(add) | {"owner": owner.pk, "name": "Ottilie", "slug": "ottilie", "mood": "calm"}
    assert staff.post(add, data).context["adminform"].form.errors


def test_deleting_is_explained(staff, entity, page):
    response = staff.post(reverse("admin:agents_entity_delete", args=[entity.pk]), {"post": "yes"}, follow=True)
    assert response.redirect_chain[-1][0] == page
    assert "erase_entity" in response.content.decode()
    assert Entity.objects.filter(pk=entity.pk).exists()


def test_open_chats_are_told(staff, shown, page, entity, django_capture_on_commit_callbacks):
    from agents.signals import state_changed

    told = []

    def listen(sender, version, **_):
        told.append(version.number)

    state_changed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            staff.post(page, shown(page) | {"mood": "merry"})
    finally:
        state_changed.disconnect(listen)
    assert told == [2]


def test_a_goal_that_an_action_added_meanwhile_stays(staff, shown, page, entity):
    data = shown(page) | {"tagline": "Mine"}
    state.apply(entity.pk, [PutGoal(goal=GoalValue(text="New one"))], cause="an action")
    assert staff.post(page, data).status_code == 200
    assert entity.goals.filter(text="New one", status="active").exists()


def test_d18_temperament_and_a_held_word_are_edited_as_one_version(staff, shown, page, entity):
    data = shown(page) | {
        "mood": "grumpy",
        "mood_held": "on",
        "stability": "0.9",
        "usual_word": "wry",
        "usual_joy": "0.3",
        "usual_valence": "-0.2",
    }
    assert staff.post(page, data).status_code == 302
    entity.refresh_from_db()
    home = state.temperament_of(entity)
    assert (entity.version, entity.mood, entity.mood_held) == (2, "grumpy", True)
    assert (home.stability, home.baseline.label, home.baseline.emotions["joy"]) == (0.9, "wry", 0.3)
    assert home.baseline.valence == -0.2
    assert state.folded_log(entity) == state.read(entity)


@pytest.mark.parametrize("value", ["nan", "inf", "1.5", "-0.1", "much"])
@pytest.mark.parametrize("field", ["stability", "usual_joy", "usual_intensity"])
def test_d18_bad_numbers_of_a_temperament_are_named(staff, shown, page, entity, field, value):
    response = staff.post(page, shown(page) | {field: value})
    assert field in response.context["adminform"].form.errors
    entity.refresh_from_db()
    assert entity.version == 1
