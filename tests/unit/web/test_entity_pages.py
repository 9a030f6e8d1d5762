"""The pages of an entity: how it is, edits in place with their version, the history and its ways back, its life."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from agents import state
from agents.changes import (
    DesireValue,
    GoalValue,
    MemoryValue,
    Mood,
    PutDesire,
    PutGoal,
    PutMemory,
    SetAppearance,
    SetMood,
)
from agents.models import Desire, Entity, Goal, Memory, StateVersion
from interactions import lives, runs
from interactions.models import Conversation, Run

pytestmark = pytest.mark.django_db

TABS = ("", "state/", "memories/", "versions/", "settings/", "versions/1/", "versions/1/memories/", "versions/compare/")


@pytest.fixture
def noor(client: Client, owner: User, entity: Entity) -> Client:
    """Noor's browser."""
    client.force_login(owner)
    state.apply(entity.pk, [PutDesire(desire=DesireValue(text="To hold the paper"))], cause="x")
    entity.refresh_from_db()
    return client


def page(browser: Client, path: str = "", status: int = 200, **query: Any) -> str:
    response = browser.get(f"/e/ottilie/{path}", query)
    assert response.status_code == status
    return str(response.content.decode())


def save(browser: Client, part: str, answer: int = 302, /, **fields: Any) -> Any:
    response = browser.post(f"/e/ottilie/edit/{part}/", fields)
    assert response.status_code == answer
    return response


def now(entity: Entity) -> Any:
    entity.refresh_from_db()
    return state.read(entity)


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_shows_the_entity_to_its_owner_and_nothing_to_a_stranger(noor, stranger, tab):
    assert "<h1>Ottilie</h1>" in page(noor, tab)
    noor.force_login(stranger)
    assert noor.get(f"/e/ottilie/{tab}").status_code == 404


def test_the_pages_show_the_state(noor, entity):
    state.apply(entity.pk, [SetAppearance(text="Sleeves pushed up.")], cause="warm")
    overview, whole, known = page(noor), page(noor, "state/"), page(noor, "memories/")
    for words in ("Put the letters in order", "To hold the paper", "Noor found a box of letters."):
        assert words in overview
    assert "Sleeves pushed up." in whole and "To hold the paper" in whole
    assert "Noor found a box of letters." in known


def test_the_home_page_and_the_chat_lead_to_the_entity(noor, conversation):
    assert 'href="/e/ottilie/"' in noor.get("/").content.decode()
    assert 'href="/e/ottilie/"' in noor.get(conversation.get_absolute_url()).content.decode()
    assert 'href="/e/ottilie/"' in noor.get("/entities/").content.decode()


# ---- Edits ----


def edited(entity: Entity) -> dict[str, dict[str, Any]]:
    goal, desire, memory = (model.objects.get(entity=entity) for model in (Goal, Desire, Memory))
    return {
        "persona": {"name": "Otti", "tagline": "Keeps.", "persona": "One\r\ntwo", "voice": "plain"},
        "mood": {
            **{"label": "Glad", "intensity": "0.8", "valence": "0.5", "arousal": "-0.1"},
            **dict.fromkeys(("trust", "fear", "surprise", "sadness", "disgust", "anger", "anticipation"), "0"),
            "joy": "0.9",
        },
        "appearance": {"appearance": "A coat."},
        "environment": {"environment": "The attic."},
        "goal": {"key": goal.pk, "text": "Sort them", "priority": "0.9", "status": "completed", "reason": "Done."},
        "desire": {"key": desire.pk, "text": "To read it", "intensity": "0.2", "status": "active", "reason": ""},
        "memory": {"key": memory.pk, "content": "Noor found two boxes.", "importance": "1", "source": "Noor"},
    }


def test_e2_every_field_is_edited_in_place_as_a_version_with_its_author(noor, entity):
    for number, (part, fields) in enumerate(edited(entity).items(), start=3):
        key = f"?key={fields['key']}" if "key" in fields else ""
        shown = noor.get(f"/e/ottilie/edit/{part}/{key}", headers={"hx-request": "true"}).content.decode()
        assert "<html" not in shown and f'name="version" value="{number - 1}"' in shown
        answer = save(noor, part, version=number - 1, **fields)
        assert f"?saved={number}" in answer["Location"]
    found = now(entity)
    assert (found.persona.name, found.persona.persona) == ("Otti", "One\ntwo")
    assert (found.mood.label, found.mood.emotions) == ("glad", {"joy": 0.9})
    assert (found.appearance, found.environment) == ("A coat.", "The attic.")
    assert [goal.status for goal in found.goals.values()] == ["completed"]
    assert [desire.text for desire in found.desires.values()] == ["To read it"]
    assert [memory.content for memory in found.memories.values()] == ["Noor found two boxes."]
    assert set(StateVersion.objects.filter(number__gt=2).values_list("author", flat=True)) == {"noor"}


def test_what_was_saved_has_its_undo_on_the_page_that_follows(noor, entity):
    answer = save(noor, "appearance", version=2, appearance="A coat.")
    html = noor.get(answer["Location"].partition("#")[0]).content.decode()
    assert "Appearance changed." in html and "Version 3" in html
    undo = re.search(r'action="(/e/ottilie/versions/3/undo/)"', html)
    assert undo
    noor.post(undo[1])
    assert now(entity).appearance == ""
    assert "undone by version 4" in page(noor, "", saved=3)


def test_goals_desires_and_memories_are_added(noor, entity):
    save(noor, "goal", version=2, text="Row", priority="0.5", status="active", reason="")
    save(noor, "desire", version=2, text="Tea", intensity="0.5", status="active", reason="")
    save(noor, "memory", version=2, content="The tide turns.", importance="0.5", source="")
    found = now(entity)
    assert found.version == 5
    assert "The tide turns." in {memory.content for memory in found.memories.values()}


def test_an_edit_of_what_was_changed_since_shows_both_and_can_be_saved_from_there(noor, entity):
    state.apply(entity.pk, [SetAppearance(text="Theirs.")], cause="an action")
    answer = save(noor, "appearance", 409, version=2, appearance="Mine.")
    html = answer.content.decode()
    assert "This was changed while you edited." in html
    assert "Theirs." in html and "Mine." in html and 'name="version" value="3"' in html
    assert now(entity).appearance == "Theirs."
    save(noor, "appearance", version=3, appearance="Theirs, and mine.")
    assert now(entity).appearance == "Theirs, and mine."


def test_an_edit_is_not_kept_by_what_changed_elsewhere(noor, entity):
    state.apply(entity.pk, [SetMood(mood=Mood(label="sad"))], cause="an action")
    save(noor, "appearance", version=2, appearance="Mine.")
    assert (now(entity).appearance, now(entity).mood.label) == ("Mine.", "sad")


def test_an_edit_of_a_row_that_was_taken_back_shows_what_was_typed(noor, entity):
    made = state.apply(entity.pk, [PutGoal(goal=GoalValue(text="Row"))], cause="x")
    goal = Goal.objects.get(text="Row")
    assert made is not None
    state.undo(entity.pk, made.number, author="noor")
    fields = {"key": goal.pk, "text": "Row well", "priority": "0.5", "status": "active", "reason": ""}
    html = save(noor, "goal", 409, version=3, **fields).content.decode()
    assert "It is not there any more." in html and "Row well" in html


def test_d2_a_refused_edit_keeps_what_was_typed_and_writes_nothing(noor, entity):
    goal = Goal.objects.get(entity=entity)
    bad = [
        ("goal", {"text": "", "priority": "0.5", "status": "active"}, "This field is required"),
        ("goal", {"text": "Fine", "priority": "7", "status": "active"}, "less than or equal to 1"),
        ("goal", {"text": "put the LETTERS in order", "priority": "0.5", "status": "active"}, "has this goal already"),
        ("goal", {"key": goal.pk, "text": "x", "priority": "0.5", "status": "satisfied"}, "not one of the available"),
        ("appearance", {"appearance": "x" * 4_001}, "at most 4000"),
        ("memory", {"content": "noor found a box of letters", "importance": "0.5"}, "remembers this already"),
    ]
    for part, fields, words in bad:
        html = save(noor, part, 400, version=2, **fields).content.decode()
        assert words in html
        assert str(fields.get("text") or fields.get("content") or "")[:20] in html
    assert now(entity).version == 2


@pytest.mark.parametrize("number", ["", "-1", "x", "99999999999999999999", "1.5"])
def test_an_edit_that_names_no_version_is_refused(noor, entity, number):
    save(noor, "appearance", 400, version=number, appearance="x")
    assert now(entity).version == 2


MISSING = ("edit/soul/", "edit/goal/?key=999999", "edit/goal/?key=x", "versions/99/", "versions/0/")


@pytest.mark.parametrize("path", [*MISSING, "versions/99999999999999999999/", "versions/99/memories/"])
def test_what_is_not_there_is_not_found(noor, path):
    page(noor, path, 404)


# ---- Memories ----


def learn(entity: Entity, count: int) -> None:
    state.apply(entity.pk, [PutMemory(memory=MemoryValue(content=f"Fact {n:03}")) for n in range(count)], cause="x")


def test_memories_are_searched_and_paged(noor, entity):
    learn(entity, 70)
    assert page(noor, "memories/").count('<tr id="memory-') == 50
    assert page(noor, "memories/", page=2).count("Fact ") == 20
    assert page(noor, "memories/", q="fact 007").count('<tr id="memory-') == 1
    html = noor.get("/e/ottilie/memories/", {"q": "nothing like it"}, headers={"hx-request": "true"}).content.decode()
    assert "<html" not in html and "Fewer words find more." in html


@pytest.mark.parametrize("query", [{"q": "\0"}, {"q": "%"}, {"page": "x"}, {"show": "<b>"}, {"q": "a" * 5_000}])
def test_a_search_that_makes_no_sense_is_still_a_page(noor, query):
    page(noor, "memories/", **query)


def test_a_memory_is_pinned_forgotten_and_brought_back_in_place(noor, entity):
    memory = Memory.objects.get(entity=entity)
    row = f"/e/ottilie/memories/{memory.pk}/"
    ask = {"headers": {"hx-request": "true"}}
    noor.post(f"{row}pin/", {"version": 2}, **ask)
    assert Memory.objects.get(pk=memory.pk).pinned
    html = noor.post(f"{row}forget/", {"version": 3}, **ask).content.decode()
    assert "Forgotten just now, by you" in html and 'action="/e/ottilie/versions/4/undo/"' in html
    assert "<s>Noor found a box" in html
    assert memory.content not in page(noor, "memories/")
    assert memory.content in page(noor, "memories/", show="forgotten")
    answer = noor.post("/e/ottilie/versions/4/undo/", {"tab": "memories"})
    assert answer["Location"] == "/e/ottilie/memories/?saved=5"
    assert memory.content in page(noor, "memories/", show="pinned")
    noor.post(f"{row}forget/", {"version": 5})
    noor.post(f"{row}recall/", {"version": 6})
    assert Memory.objects.get(pk=memory.pk).forgotten_at is None


def test_a_memory_that_was_changed_since_is_not_forgotten_by_an_old_page(noor, entity):
    memory = Memory.objects.get(entity=entity)
    state.apply(entity.pk, [PutMemory(id=memory.pk, memory=MemoryValue(content="Quite another."))], cause="x")
    answer = noor.post(f"/e/ottilie/memories/{memory.pk}/forget/", {"version": 2}, headers={"hx-request": "true"})
    assert answer.status_code == 409 and "Reload" in answer.content.decode()
    assert Memory.objects.get(pk=memory.pk).forgotten_at is None


def test_only_ones_own_memories_and_known_acts_have_an_address(noor, entity, stranger):
    other = state.create(Entity(owner=stranger, slug="x", name="X"), [PutMemory(memory=MemoryValue(content="Hers."))])
    foreign, own = (Memory.objects.get(entity=each).pk for each in (other, entity))
    for path in (f"{foreign}/forget/", f"{own}/burn/", "99999999999999999999/pin/"):
        assert noor.post(f"/e/ottilie/memories/{path}", {"version": 2}).status_code == 404


# ---- Versions ----


def test_b14_versions_are_listed_compared_undone_and_rolled_back(noor, entity):
    for number in range(35):
        state.apply(entity.pk, [SetAppearance(text=f"Coat {number}")], cause="cold", author="noor")
    html = page(noor, "versions/")
    assert html.count('<li id="v') == 30 and "?before=8" in html
    assert page(noor, "versions/", before=8).count('<li id="v') == 7
    differing = page(noor, "versions/compare/", one=2, other=37)
    assert "<ins><span>Coat 34</span></ins>" in differing and "<del>" not in differing
    assert noor.post("/e/ottilie/versions/37/undo/")["Location"] == "/e/ottilie/versions/?saved=38"
    assert now(entity).appearance == "Coat 33"
    noor.post("/e/ottilie/versions/10/rollback/")
    assert now(entity).appearance == "Coat 7"
    listed = page(noor, "versions/")
    assert "Rolled back to version 10" in listed and "undone by 38" in listed
    then = page(noor, "versions/10/")
    assert "Coat 7" in then and "Nothing: the state is what it was." in then


def test_an_undo_that_something_stands_on_says_what(noor, entity):
    for words in ("One", "Two"):
        state.apply(entity.pk, [SetAppearance(text=words)], cause="x")
    html = noor.post("/e/ottilie/versions/3/undo/", follow=True).content.decode()
    assert "Version 4 changed this again (appearance)" in html
    assert now(entity).version == 4


@pytest.mark.parametrize("numbers", [{"one": 0, "other": 1}, {"one": 1, "other": 99}, {"one": 10**17, "other": 1}])
def test_versions_that_never_were_are_not_compared(noor, numbers):
    assert "has no version" in page(noor, "versions/compare/", 400, **numbers)


def test_f3_an_entity_is_forked_at_any_version(noor, entity, owner):
    state.apply(entity.pk, [SetAppearance(text="Later.")], cause="x")
    answer = noor.post("/e/ottilie/versions/2/fork/", {"name": "Twin"})
    assert answer["Location"] == "/e/twin/"
    html = noor.get("/e/twin/").content.decode()
    assert "forked from" in html and "at v 2" in html
    twin = Entity.objects.get(owner=owner, slug="twin")
    assert (twin.appearance, twin.version) == ("", 1)


# ---- Settings and life ----


def test_settings_are_saved_or_refused_with_what_was_typed(noor, entity):
    noor.post(
        "/e/ottilie/settings/",
        {
            "strategy": "deliberate",
            "max_actions": "5",
            "max_seconds": "",
            "max_tokens": "9000",
            "max_money": "0.25",
            "first_lines": "Hello.\r\n\r\nHi.",
        },
    )
    entity.refresh_from_db()
    assert (entity.strategy, entity.max_actions, entity.max_seconds, entity.openers) == (
        "deliberate",
        5,
        None,
        ["Hello.", "Hi."],
    )
    assert (entity.max_tokens, entity.max_money) == (9000, Decimal("0.25"))
    answer = noor.post("/e/ottilie/settings/", {"strategy": "psychic", "max_actions": "0"})
    assert answer.status_code == 400
    entity.refresh_from_db()
    assert (entity.strategy, entity.max_actions) == ("deliberate", 5)


def test_an_archived_entity_is_out_of_the_way_and_comes_back(noor, entity):
    noor.post("/e/ottilie/archive/")
    assert 'href="/e/ottilie/"' not in noor.get("/").content.decode()
    assert "Archived" in noor.get("/entities/").content.decode()
    assert noor.post("/e/ottilie/talk/").status_code == 404
    assert "Take out of the archive" in page(noor)
    noor.post("/e/ottilie/unarchive/")
    assert 'href="/e/ottilie/"' in noor.get("/").content.decode()


def test_a_deleted_entity_and_its_talks_are_gone_until_it_is_restored(noor, entity, conversation, owner):
    run = runs.send(conversation, owner, "Are you there?").run
    url = conversation.get_absolute_url()
    answer = noor.post("/e/ottilie/delete/", follow=True)
    assert "Ottilie is deleted" in answer.content.decode()
    run.refresh_from_db()
    assert run.status == Run.Status.CANCELLED
    for path in ("/e/ottilie/", url, f"{url}timeline/", f"/api/v1/conversations/{conversation.pk}"):
        assert noor.get(path).status_code == 404, path
    assert noor.post(f"{url}messages/", {"text": "Hello?"}).status_code == 404
    assert "Are you there" not in noor.get("/").content.decode()
    assert noor.get("/api/v1/entities").json()["items"] == []
    noor.post("/e/ottilie/restore/")
    assert noor.get(url).status_code == 200
    assert page(noor)


def test_nobody_else_restores_or_deletes(noor, entity, stranger):
    lives.delete(entity, entity.owner)
    noor.force_login(stranger)
    assert noor.post("/e/ottilie/restore/").status_code == 404
    entity.refresh_from_db()
    assert entity.deleted_at is not None
    assert "Ottilie" not in noor.get("/entities/", {"deleted": "ottilie"}).content.decode()


def test_what_was_deleted_is_erased_when_its_time_is_over(noor, entity, conversation):
    lives.delete(entity, entity.owner)
    assert lives.sweep() == 0
    Entity.objects.filter(pk=entity.pk).update(deleted_at=timezone.now() - lives.KEPT - timedelta(minutes=1))
    assert lives.sweep() == 1
    assert not Entity.objects.exists() and not Conversation.objects.exists()
