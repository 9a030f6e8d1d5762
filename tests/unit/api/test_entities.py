import json
from pathlib import Path

import pytest

from agents import state
from agents.changes import Change, GoalValue, MemoryValue, PutGoal, PutMemory
from agents.models import StateVersion
from tests.unit.api.conftest import error

pytestmark = pytest.mark.django_db
GOLDEN = Path(__file__).parents[2] / "golden"


def test_the_list_is_ones_own(api, program, stranger, entity):
    body = api.get("/entities").json()
    assert [item["slug"] for item in body["items"]] == ["ottilie"]
    assert body["next"] is None
    assert program(stranger).get("/entities").json() == {"items": [], "next": None}


def test_an_entity_shows_its_whole_state(api, entity):
    changes: list[Change] = [
        PutGoal(goal=GoalValue(text="Learn to row", priority=0.8)),
        PutGoal(goal=GoalValue(text="Given up", status="abandoned")),
        PutMemory(memory=MemoryValue(content="The owner likes tea.", importance=0.7)),
        PutMemory(memory=MemoryValue(content="Gone", forgotten=True)),
    ]
    state.apply(entity.pk, changes, cause="test")
    body = api.get("/entities/ottilie").json()
    assert body["version"] == 2
    assert body["mood"]["label"] == "calm"
    assert [goal["text"] for goal in body["goals"]] == ["Learn to row", "Put the letters in order"]
    known = {memory["id"]: memory["content"] for memory in body["memories"]}
    assert known == dict(entity.memories.filter(forgotten_at=None).values_list("pk", "content"))
    assert sorted(known.values()) == ["Noor found a box of letters.", "The owner likes tea."]


def test_an_edit_is_a_new_version_with_its_author(api, entity, owner):
    response = api.patch(
        "/entities/ottilie",
        {
            "version": 1,
            "tagline": "Bakes",
            "persona": "A retired baker.",
            "mood": {"label": "merry", "emotions": {"joy": 0.9}},
            "appearance": "Flour on both sleeves.",
            "environment": "",
        },
    )
    assert response.status_code == 200
    body = response.json()
    assert (body["version"], body["tagline"], body["persona"]) == (2, "Bakes", "A retired baker.")
    assert body["mood"]["label"] == "merry"
    assert body["mood"]["intensity"] == 0.4  # what is not named stays
    assert body["mood"]["emotions"] == {"joy": 0.9}
    assert body["name"] == "Ottilie"
    version = StateVersion.objects.get(entity=entity, number=2)
    assert (version.author, version.cause) == ("noor", "edited through the API")
    entity.refresh_from_db()
    assert state.folded_log(entity) == state.read(entity)


def test_emotions_that_are_not_named_stay(api, entity):
    api.patch("/entities/ottilie", {"version": 1, "mood": {"emotions": {"joy": 0.9, "fear": 0.2}}})
    body = api.patch("/entities/ottilie", {"version": 2, "mood": {"emotions": {"fear": 0.5}}}).json()
    assert body["mood"]["emotions"] == {"joy": 0.9, "fear": 0.5}


def test_d18_the_temperament_is_read_edited_and_taken_back(api, entity):
    before = api.get("/entities/ottilie").json()["temperament"]
    assert before == json.loads((GOLDEN / "temperament.json").read_text())
    edit = {"baseline": {"label": "Wary", "emotions": {"fear": 0.3}}, "stability": 0.8}
    body = api.patch("/entities/ottilie", {"version": 1, "temperament": edit}).json()
    after = {"baseline": {**before["baseline"], "label": "wary", "emotions": {"fear": 0.3}}, "stability": 0.8}
    assert (body["version"], body["temperament"]) == (2, after)
    edit = {"baseline": {"emotions": {"joy": 0.2}}}
    body = api.patch("/entities/ottilie", {"version": 2, "temperament": edit}).json()
    assert body["temperament"]["baseline"]["emotions"] == {"fear": 0.3, "joy": 0.2}  # what is not named stays
    assert body["temperament"]["stability"] == 0.8
    assert [api.get(f"/entities/ottilie/versions/{n}").json()["state"]["temperament"] for n in (1, 2)] == [
        before,
        after,
    ]
    (change,) = api.get("/entities/ottilie/versions/2").json()["changes"]
    assert (change["op"], change["before"]) == ("temperament.set", before)
    entity.refresh_from_db()
    assert state.folded_log(entity) == state.read(entity)
    body = api.post("/entities/ottilie/rollback", {"to": 1, "version": 3}).json()
    assert (body["version"], body["temperament"]) == (4, before)


def test_d18_an_edit_of_an_old_temperament_is_refused_with_the_latest(api, entity):
    api.patch("/entities/ottilie", {"version": 1, "temperament": {"stability": 0.9}})
    response = api.patch("/entities/ottilie", {"version": 1, "temperament": {"stability": 0.1}})
    assert (response.status_code, error(response)["version"]) == (409, 2)
    assert api.get("/entities/ottilie").json()["temperament"]["stability"] == 0.9


def test_an_edit_that_changes_nothing_is_no_version(api, entity):
    assert api.patch("/entities/ottilie", {"version": 1, "name": "Ottilie"}).json()["version"] == 1
    unchanged: list[dict[str, object]] = [{}, {"baseline": {}}, {"stability": 0.5}, {"baseline": {"label": "calm"}}]
    for nothing in unchanged:
        assert api.patch("/entities/ottilie", {"version": 1, "temperament": nothing}).json()["version"] == 1
    assert api.patch("/entities/ottilie", {"version": 1}).json()["version"] == 1


def test_an_edit_of_an_old_version_is_refused_with_the_latest(api, entity):
    api.patch("/entities/ottilie", {"version": 1, "tagline": "First"})
    response = api.patch("/entities/ottilie", {"version": 1, "tagline": "Second"})
    assert response.status_code == 409
    assert error(response)["code"] == "version_conflict"
    assert error(response)["field"] == "version"
    assert error(response)["version"] == 2
    assert api.get("/entities/ottilie").json()["tagline"] == "First"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"tagline": "x"}, "version"),
        ({"version": "1"}, "version"),
        ({"version": True}, "version"),
        ({"version": 1, "name": ""}, "name"),
        ({"version": 1, "name": None}, "name"),
        ({"version": 1, "name": "x" * 81}, "name"),
        ({"version": 1, "persona": "a\0b"}, "persona"),
        ({"version": 1, "mood": {"intensity": 1.5}}, "mood.intensity"),
        ({"version": 1, "mood": {"emotions": {"joy": "much"}}}, "mood.emotions.joy"),
        ({"version": 1, "mood": {"emotions": {"glee": 0.5}}}, "mood.emotions"),
        ({"version": 1, "mood": []}, "mood"),
        ({"version": 1, "temperament": None}, "temperament"),
        ({"version": 1, "temperament": {"stability": 1.01}}, "temperament.stability"),
        ({"version": 1, "temperament": {"stability": "0.5"}}, "temperament.stability"),
        ({"version": 1, "temperament": {"stability": True}}, "temperament.stability"),
        ({"version": 1, "temperament": {"baseline": {"valence": -1.1}}}, "temperament.baseline.valence"),
        ({"version": 1, "temperament": {"baseline": {"label": ""}}}, "temperament.baseline.label"),
        ({"version": 1, "temperament": {"baseline": {"held": True}}}, "temperament.baseline.held"),
        ({"version": 1, "temperament": {"baseline": {"emotions": {"glee": 0.5}}}}, "temperament.baseline.emotions"),
        ({"version": 1, "temperament": {"calm": 1}}, "temperament.calm"),
        ({"version": 1, "owner": 2}, "owner"),
        ({"version": 1, "slug": "x"}, "slug"),
    ],
)
def test_a_bad_edit_names_its_field_and_writes_nothing(api, entity, body, field):
    response = api.patch("/entities/ottilie", body)
    assert response.status_code == 400
    assert error(response)["field"] == field
    assert StateVersion.objects.filter(entity=entity).count() == 1
