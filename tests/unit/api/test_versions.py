"""The history over the API: versions, the state at any, and the ways back."""

from uuid import uuid4

import pytest

from agents import state
from agents.changes import MemoryValue, PutMemory, SetAppearance
from agents.models import Entity
from interactions.models import Telling
from tests.unit.api.conftest import error
from tests.unit.web import talks

pytestmark = pytest.mark.django_db


@pytest.fixture
def lived(entity):
    """The entity at version 4: two coats, and a memory of a run."""
    state.apply(entity.pk, [SetAppearance(text="Coat 1")], cause="cold", author="noor")
    state.apply(entity.pk, [SetAppearance(text="Coat 2")], cause="colder")
    state.apply(entity.pk, [PutMemory(memory=MemoryValue(content="Rain."))], cause="rain", run=RUN, action="a1")
    return entity


RUN = uuid4()


def test_b14_versions_are_listed_with_cause_author_and_changes(api, lived):
    body = api.get("/entities/ottilie/versions", limit=3).json()
    assert [item["number"] for item in body["items"]] == [4, 3, 2]
    assert body["next"] == 2
    assert api.get("/entities/ottilie/versions", before=2).json()["next"] is None
    latest, _, coat = body["items"]
    assert (latest["run"], latest["action"], latest["summary"]) == (str(RUN), "a1", "Remembered: Rain.")
    assert (coat["cause"], coat["author"]) == ("cold", "noor")
    assert coat["changes"] == [{"op": "appearance.set", "text": "Coat 1", "before": ""}]


def test_a_version_comes_with_the_state_as_it_was(api, lived):
    body = api.get("/entities/ottilie/versions/2").json()
    assert body["state"]["appearance"] == "Coat 1"
    assert [memory["content"] for memory in body["state"]["memories"]] == ["Noor found a box of letters."]
    for number in (0, 5, 10**20):
        assert api.get(f"/entities/ottilie/versions/{number}").status_code == 404


def test_a_rollback_and_its_undo(api, lived):
    body = api.post("/entities/ottilie/rollback", {"to": 1, "version": 4}).json()
    assert (body["version"], body["appearance"], len(body["memories"])) == (5, "", 1)
    body = api.post("/entities/ottilie/undo", {"number": 5, "version": 5}).json()
    assert (body["version"], body["appearance"], len(body["memories"])) == (6, "Coat 2", 2)
    assert api.get("/entities/ottilie/versions/5").json()["undone_by"] == 6


def test_a_run_is_undone_whole(api, lived):
    body = api.post("/entities/ottilie/undo", {"run": str(RUN), "version": 4}).json()
    assert len(body["memories"]) == 1
    assert api.get("/entities/ottilie/versions/5").json()["undoes_run"] == str(RUN)


def test_what_a_run_told_and_nobody_heard_is_taken_back_with_it(api, conversation, owner):
    ishbel = state.create(Entity(owner=owner, slug="ishbel", name="Ishbel"), [])
    run = talks.turn(conversation)
    telling = Telling.objects.create(receiver=ishbel, text="Rain.", run=run, action="a1")
    assert api.post("/entities/ottilie/undo", {"run": str(run.pk), "version": 1}).json()["version"] == 1
    telling.refresh_from_db()
    assert telling.withdrawn_at
    assert error(api.post("/entities/ishbel/undo", {"run": str(run.pk), "version": 1}))["field"] == "run"


def test_what_was_changed_again_is_not_undone(api, lived):
    response = api.post("/entities/ottilie/undo", {"number": 2, "version": 4})
    assert response.status_code == 400
    assert error(response)["code"] == "overtaken" and "Version 3" in error(response)["message"]


def test_a_fork_is_a_new_entity(api, lived):
    response = api.post("/entities/ottilie/fork", {"at": 2, "name": "Twin"})
    assert response.status_code == 201
    body = response.json()
    assert (body["slug"], body["name"], body["version"], body["appearance"]) == ("twin", "Twin", 1, "Coat 1")
    assert api.post("/entities/ottilie/fork").json()["appearance"] == "Coat 2"


@pytest.mark.parametrize("way", ["rollback", "undo"])
def test_a_way_back_that_names_an_old_version_is_a_conflict(api, lived, way):
    response = api.post(f"/entities/ottilie/{way}", {"to" if way == "rollback" else "number": 1, "version": 3})
    assert response.status_code == 409
    assert error(response)["version"] == 4


@pytest.mark.parametrize(
    ("way", "body", "field"),
    [
        ("rollback", {"version": 4}, "to"),
        ("rollback", {"to": 0, "version": 4}, "to"),
        ("rollback", {"to": "1", "version": 4}, "to"),
        ("rollback", {"to": 9, "version": 4}, None),
        ("undo", {"version": 4}, "number"),
        ("undo", {"version": 4, "number": 2, "run": str(RUN)}, "number"),
        ("undo", {"version": 4, "run": "x"}, "run"),
        ("undo", {"version": 4, "run": str(uuid4())}, "run"),
        ("undo", {"version": 4, "number": 1}, None),
        ("undo", {"number": 2}, "version"),
        ("fork", {"at": 9}, None),
        ("fork", {"name": "x" * 81}, "name"),
        ("fork", {"owner": 2}, "owner"),
    ],
)
def test_a_bad_request_says_what_is_wrong_and_changes_nothing(api, lived, way, body, field):
    response = api.post(f"/entities/ottilie/{way}", body)
    assert response.status_code == 400
    assert error(response)["field"] == field
    assert Entity.objects.get().version == 4


def test_strangers_find_nothing(program, stranger, lived):
    theirs = program(stranger)
    assert theirs.get("/entities/ottilie/versions").status_code == 404
    for way, body in (("rollback", {"to": 1, "version": 4}), ("undo", {"number": 4, "version": 4}), ("fork", {})):
        assert theirs.post(f"/entities/ottilie/{way}", body).status_code == 404
    assert Entity.objects.get().version == 4
