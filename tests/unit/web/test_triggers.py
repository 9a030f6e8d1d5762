"""The triggers page: timers set, paused, removed and brought back; how far the initiative goes."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from interactions.models import Initiative, PersonZone, Schedule

pytestmark = pytest.mark.django_db
GOOD = {
    "runs_per_day": "5", "answer_hours": "2", "quiet_from": "22:00", "quiet_until": "07:00",
    "reflect_after_turns": "10", "reflect_after_minutes": "0",
}  # fmt: skip


@pytest.fixture
def page(client, owner, entity) -> str:
    client.force_login(owner)
    return reverse("entity_triggers", args=[entity.slug])


def set_one(client, page, how="in", when="10 min"):
    return client.post(page, {"what": "Ask about <tea>", "how": how, "when": when})


@pytest.mark.parametrize(
    ("how", "when", "minutes"),
    [("in", "10", 10), ("in", "10 min", 10), ("in", "1.5 hours", 90), ("in", "2 d", 2880), ("every", "2 hours", 120)],
)
def test_a_person_sets_a_timer(client, page, how, when, minutes):
    assert set_one(client, page, how, when).status_code == 302
    timer = Schedule.objects.get()
    assert timer.next_at and abs((timer.next_at - timezone.now()).total_seconds() - minutes * 60) < 5
    assert (timer.set_by, timer.every) == ("person", minutes * 60 if how == "every" else None)
    html = client.get(page).content.decode()
    assert "Ask about &lt;tea&gt;" in html and 'data-time="moment"' in html and "set by you" in html


def test_daily_goes_by_the_persons_clock(client, page, owner):
    assert client.post(reverse("account_zone"), {"zone": "Asia/Tokyo"}).status_code == 204
    set_one(client, page, "daily", "09:00")
    timer = Schedule.objects.get()
    assert timer.next_at and (timer.zone, timer.next_at.hour) == ("Asia/Tokyo", 0)
    assert "every day at 09:00 (Asia/Tokyo)" in client.get(page).content.decode()


def test_pause_start_remove_and_undo(client, page, entity):
    set_one(client, page, "every", "1 h")
    timer = Schedule.objects.get()

    def act(name):
        response = client.post(reverse("entity_timer", args=[entity.slug, timer.pk, name]))
        timer.refresh_from_db()
        return response

    act("pause")
    assert timer.paused_at and "Paused" in client.get(page).content.decode()
    act("start")
    assert timer.paused_at is None
    after = act("remove")["Location"]
    assert timer.stopped_at and "was removed" in client.get(after).content.decode()
    act("restore")
    assert timer.stopped_at is None and timer.next_at
    assert client.post(reverse("entity_timer", args=[entity.slug, timer.pk, "evil"])).status_code == 404


def test_what_is_past_is_not_brought_back_and_the_page_says_why(client, page, entity):
    timer = Schedule.objects.create(
        entity=entity, what="x", set_by="person", next_at=timezone.now() - timedelta(hours=1), stopped_at=timezone.now()
    )
    response = client.post(reverse("entity_timer", args=[entity.slug, timer.pk, "restore"]))
    assert "The time of this timer is past" in str([str(each) for each in get_messages(response.wsgi_request)])


def test_a_page_without_timers_teaches(client, page):
    assert "Remind me in 10 minutes" in client.get(page).content.decode()


def test_initiative_is_saved_and_shown(client, page, entity):
    response = client.post(reverse("entity_initiative", args=[entity.slug]), {**GOOD, "wakes_on_change": "on"})
    assert response.status_code == 302
    kept = Initiative.objects.get()
    assert (kept.runs_per_day, f"{kept.quiet_from:%H:%M}", kept.reflect_after_turns) == (5, "22:00", 10)
    assert kept.wakes_on_change and kept.noticed_version == entity.version  # edits before now are none of its business
    assert 'value="22:00"' in client.get(page).content.decode()
    client.post(reverse("entity_initiative", args=[entity.slug]), {**GOOD, "runs_per_day": "0"})
    assert "Switched off." in client.get(page).content.decode() and Initiative.objects.count() == 1


def test_a_zone_is_kept_per_person(client, page, owner):
    for zone in ("Europe/Berlin", "Asia/Tokyo"):
        client.post(reverse("account_zone"), {"zone": zone})
    assert PersonZone.of(owner.pk) == "Asia/Tokyo" and PersonZone.objects.count() == 1
