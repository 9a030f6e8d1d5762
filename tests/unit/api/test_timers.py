import pytest

from interactions.models import Schedule
from tests.unit.api.conftest import error

pytestmark = pytest.mark.django_db


def test_timers_are_set_listed_stopped_and_started(api, entity):
    path = f"/entities/{entity.slug}/timers"
    made = api.post(path, {"what": "Ask about tea", "every_minutes": 60})
    assert made.status_code == 201, made.json()
    timer = made.json()
    assert (timer["what"], timer["every_seconds"], timer["set_by"]) == ("Ask about tea", 3600, "person")
    assert api.get(path).json() == {"items": [timer], "next": None}
    assert api.post(f"/timers/{timer['id']}/stop", {}).json()["is_stopped"] is True
    assert api.get(path).json()["items"] == []
    assert api.post(f"/timers/{timer['id']}/start", {}).json()["is_stopped"] is False
    assert Schedule.objects.get().stopped_at is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"what": "x"}, "at"),
        ({"what": "x", "at": "soon"}, "at"),
        ({"what": "x", "at": "2020-01-01 10:00"}, "at"),
        ({"what": "x", "in_minutes": 0}, "in_minutes"),
        ({"what": "", "in_minutes": 5}, "what"),
        ({"what": "x", "in_minutes": 1e12}, "in_minutes"),
    ],
)
def test_bad_timers_are_refused_and_the_field_is_named(api, entity, body, field):
    response = api.post(f"/entities/{entity.slug}/timers", body)
    assert response.status_code == 400 and error(response)["field"] == field
    assert Schedule.objects.count() == 0
