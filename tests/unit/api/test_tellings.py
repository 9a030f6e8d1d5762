"""What entities tell each other, over the API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from agents import state
from agents.models import Entity
from interactions import removal, tellings
from interactions.models import Initiative, Run, Telling
from tests.unit.api.conftest import error
from tests.unit.web import talks

pytestmark = pytest.mark.django_db


@pytest.fixture
def ishbel(owner) -> Entity:
    return state.create(Entity(owner=owner, slug="ishbel", name="Ishbel"), [])


@pytest.fixture
def run(conversation) -> Run:
    return talks.turn(conversation)


@pytest.fixture
def telling(run, ishbel) -> Telling:
    return Telling.objects.create(receiver=ishbel, text="The bread is ready.", run=run, action="tell1")


def test_tellings_are_listed_by_who_told_and_by_who_was_told(api, telling, run):
    item = {
        "id": telling.pk, "sender": "ottilie", "receiver": "ishbel", "text": "The bread is ready.",
        "status": "waiting", "held_by": "", "held_until": None, "told_in": str(run.pk), "heard_in": None,
    }  # fmt: skip
    for slug, which, count in (("ishbel", "", 1), ("ishbel", "sent", 0), ("ottilie", "sent", 1), ("ottilie", "", 0)):
        body = api.get(f"/entities/{slug}/tellings", **({"which": which} if which else {})).json()
        assert [{name: each[name] for name in item} for each in body["items"]] == [item] * count
        assert body["next"] is None
    assert api.get("/entities/ishbel/tellings", which="both").status_code == 400


def test_a_cursor_goes_through_all_of_them_once_the_latest_first(api, telling, ishbel, run):
    rows = (Telling(receiver=ishbel, text=str(n), run=run, action=str(n)) for n in range(6))
    Telling.objects.bulk_create(rows)  # of one moment, nearly
    found: list[str] = []
    after = ""
    while after is not None:
        body = api.get("/entities/ishbel/tellings", limit=3, after=after).json()
        found, after = [*found, *(each["text"] for each in body["items"])], body["next"]
    assert found == ["5", "4", "3", "2", "1", "0", "The bread is ready."]


def test_what_holds_it_and_what_became_of_it_is_said(api, telling, owner, run):
    def item():
        return api.get("/entities/ishbel/tellings").json()["items"][0]

    until = timezone.now() + timedelta(hours=2)
    Telling.objects.update(held_by="quiet", held_until=until)
    assert (item()["status"], item()["held_by"]) == ("waiting", "quiet") and item()["held_until"]
    removal.delete_turn(run.pk, owner)
    assert item()["status"] == "resting"
    removal.restore_turn(run.pk, owner)
    Telling.objects.update(held_by="", held_until=None)
    assert tellings.hear_due() == 1
    assert (item()["status"], item()["heard_in"]) == ("heard", str(Telling.objects.get().heard_id))


def test_one_is_dropped_and_the_drop_undone(api, telling, ishbel):
    Initiative.objects.create(entity=ishbel, runs_per_day=0)
    dropped = api.post(f"/tellings/{telling.pk}/drop").json()
    assert dropped["status"] == "dropped" and not tellings.waiting(ishbel).exists()
    assert api.post(f"/tellings/{telling.pk}/restore").json()["status"] == "waiting"
    Initiative.objects.update(runs_per_day=5)
    assert tellings.hear_due() == 1
    refused = api.post(f"/tellings/{telling.pk}/drop")
    assert refused.status_code == 409 and error(refused)["message"] == "Ishbel has heard it already."
    assert api.post(f"/tellings/{telling.pk}/restore").json()["status"] == "heard"


def test_a_stranger_finds_none_of_it(program, stranger, telling):
    theirs = program(stranger)
    for answer in (
        theirs.get("/entities/ishbel/tellings"),
        theirs.post(f"/tellings/{telling.pk}/drop"),
        theirs.post(f"/tellings/{telling.pk}/restore"),
        theirs.post(f"/tellings/{10**20}/drop"),
    ):
        assert answer.status_code == 404 and error(answer)["code"] == "not_found"
    telling.refresh_from_db()
    assert telling.withdrawn_at is None
