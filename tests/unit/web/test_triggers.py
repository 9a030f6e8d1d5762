"""The triggers page: timers set, paused, removed and brought back; how far the initiative goes."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from agents import state
from agents.models import Entity
from interactions import tellings
from interactions.models import Initiative, PersonZone, Schedule, Telling
from tests.unit.web import talks

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


@pytest.fixture
def telling(owner, conversation) -> Telling:
    """What Ottilie has told Ishbel, who begins nothing by itself."""
    ishbel = state.create(Entity(owner=owner, slug="ishbel", name="Ishbel"), [])
    Initiative.objects.create(entity=ishbel, runs_per_day=0)
    run = talks.turn(conversation, "Tell Ishbel of the bread.")
    return Telling.objects.create(receiver=ishbel, text="The <bread> is ready.", run=run, action="tell1")


def test_what_was_told_and_waits_is_shown_with_why_and_where_it_was_told(client, owner, telling):
    client.force_login(owner)
    place = reverse("entity_triggers", args=["ishbel"])
    html = client.get(place).content.decode()
    assert "The &lt;bread&gt; is ready." in html and "Waits until you let Ishbel begin by itself" in html
    assert f'href="{reverse("turn", args=[telling.run_id])}"' in html and "Ottilie, " in html
    until = timezone.now() + timedelta(hours=2)
    for held_by, words in (("quiet", "Waits for the end of the quiet hours"), ("budget", "Waits for a new day")):
        Telling.objects.update(held_by=held_by, held_until=until)
        assert words in client.get(place).content.decode()
    client.post(reverse("entity_initiative", args=["ishbel"]), GOOD | {"quiet_from": "", "quiet_until": ""})
    assert "Is heard in a moment" in client.get(place).content.decode()
    assert tellings.hear_due() == 1 and "Told by others" not in client.get(place).content.decode()


def test_what_was_told_is_dropped_and_brought_back(client, owner, telling):
    client.force_login(owner)

    def act(name):
        return client.post(reverse("entity_telling", args=["ishbel", telling.pk, name]))

    after = act("drop")["Location"]
    telling.refresh_from_db()
    html = client.get(after).content.decode()
    assert telling.withdrawn_at and "Dropped. Ishbel will not hear this: The &lt;bread&gt; is ready." in html
    act("restore")
    telling.refresh_from_db()
    assert telling.is_waiting
    Initiative.objects.update(runs_per_day=5)
    assert tellings.hear_due() == 1
    response = act("drop")
    assert "Ishbel has heard it already." in [str(each) for each in get_messages(response.wsgi_request)]
    assert response["Location"] == reverse("entity_triggers", args=["ishbel"])
    assert act("evil").status_code == 404
    wrong = reverse("entity_telling", args=["ottilie", telling.pk, "drop"])
    assert client.post(wrong).status_code == 404  # told to another


@pytest.mark.parametrize("count", [1, 9])
def test_however_much_waits_the_page_costs_the_same(client, owner, telling, count, django_assert_max_num_queries):
    fields = {"receiver": telling.receiver, "text": "More.", "run": telling.run}
    Telling.objects.bulk_create(Telling(**fields, action=str(n)) for n in range(count))
    client.force_login(owner)
    with django_assert_max_num_queries(12):
        client.get(reverse("entity_triggers", args=["ishbel"]))


def test_a_turn_off_the_branch_is_found_in_the_timeline(client, owner, telling):
    client.force_login(owner)
    place = reverse("turn", args=[telling.run_id])
    assert client.get(place)["Location"].endswith(f"#run-{telling.run_id}")
    telling.run.off_branch = True
    telling.run.save()
    assert "/timeline/?run=" in client.get(place)["Location"]
    Entity.objects.filter(slug="ottilie").update(deleted_at=timezone.now())
    assert client.get(place).status_code == 404
