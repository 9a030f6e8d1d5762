"""A fork of an entity has its timers, paused, and its settings of initiative; nothing rings twice."""

from datetime import time, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from agents import state
from agents.changes import SetAppearance
from agents.errors import StateError
from agents.models import Entity
from agents.timers import SetTimer
from interactions import initiative, timers
from interactions.entity_forks import fork_entity
from interactions.invariants import violations
from interactions.models import Conversation, Initiative, Run, Schedule
from tests.unit.test_timers import make_due, timer

pytestmark = pytest.mark.django_db


@pytest.fixture
def ringing(entity: Entity, conversation: Conversation) -> Entity:
    """The entity with four timers: of the talk, daily, at rest, and one that is over."""
    order = SetTimer(what="Ask about the oven", in_seconds=600)
    timers.set_timer(entity, order, by=Schedule.SetBy.ENTITY, zone="UTC", conversation=conversation)
    timer(entity, at="18:30", daily=True)
    timers.hold(timer(entity, every=600))
    timers.stop(timer(entity, in_seconds=60))
    return entity


def test_f3_timers_come_along_paused_and_ring_once(owner: User, ringing: Entity, conversation: Conversation) -> None:
    new = fork_entity(ringing, owner=owner)
    copies = list(Schedule.objects.filter(entity=new).order_by("copied_from"))
    assert [(copy.what, copy.rhythm) for copy in copies] == [
        ("Ask about the oven", ""),
        ("Ask about the letter", "every day at 18:30"),
        ("Ask about the letter", "every 10 minutes"),
    ]
    assert all(copy.paused_at and copy.conversation is None and copy.fired == 0 for copy in copies)
    kept = list(timers.open_timers(ringing))
    assert {copy.copied_from for copy in copies} == {each.pk for each in kept}
    assert [each.paused_at is None for each in sorted(kept, key=lambda each: each.pk)] == [True, True, False]
    for each in (*copies, kept[0]):
        make_due(each)
    assert initiative.fire_due() == 1, "the first one's own, and no copy"
    assert [run.conversation.entity for run in Run.objects.filter(message=None)] == [ringing]
    assert list(violations()) == []


def test_a_copy_that_is_started_goes_on_in_a_talk_of_the_fork(owner: User, ringing: Entity) -> None:
    new = fork_entity(ringing, owner=owner)
    (copy,) = Schedule.objects.filter(entity=new, what="Ask about the oven")
    timers.restart(copy)
    make_due(copy)
    assert initiative.fire_due() == 1
    (run,) = Run.objects.filter(message=None)
    assert run.conversation.entity == new and run.trigger["schedule"] == copy.pk and list(violations()) == []


def test_initiative_comes_along_and_knows_no_edits_of_the_other(owner: User, ringing: Entity) -> None:
    state.apply(ringing.pk, [SetAppearance(text="A coat.")], cause="edited", author="noor")
    settings = {"quiet_from": time(22), "quiet_until": time(7), "runs_per_day": 3, "wakes_on_change": True}
    Initiative.objects.create(entity=ringing, noticed_version=1, **settings)
    new = fork_entity(ringing, owner=owner)
    kept = Initiative.objects.get(entity=new)
    assert {name: getattr(kept, name) for name in settings} == settings
    assert kept.noticed_version == new.version == 1 and Initiative.objects.count() == 2


def test_nothing_of_a_fork_stays_when_it_fails(owner: User, ringing: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StateError, match="has no version"):
        fork_entity(ringing, 9, owner=owner)
    monkeypatch.setattr(Schedule.objects, "bulk_create", lambda _rows: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fork_entity(ringing, owner=owner)
    assert Entity.objects.count() == 1 and not Schedule.objects.exclude(entity=ringing).exists()


def test_somebody_elses_fork_has_no_timers(stranger: User, ringing: Entity) -> None:
    new = fork_entity(ringing, owner=stranger)
    assert not Schedule.objects.filter(entity=new).exists() and not Initiative.objects.filter(entity=new).exists()


def test_the_triggers_page_says_that_they_rest_until_one_is_started(
    client: Client, owner: User, ringing: Entity
) -> None:
    client.force_login(owner)
    assert client.post("/e/ottilie/versions/1/fork/", {"name": "Twin"})["Location"] == "/e/twin/"
    page = "/e/twin/triggers/"
    html = client.get(page).content.decode()
    assert "3 timers came along with the fork" in html and "from Ottilie, paused" in html
    assert html.count(">Paused") == 3
    assert "came along" not in client.get("/e/ottilie/triggers/").content.decode()
    Schedule.objects.filter(entity__slug="twin").update(next_at=timezone.now() + timedelta(hours=1))
    for copy in Schedule.objects.filter(entity__slug="twin"):
        client.post(f"/e/twin/triggers/{copy.pk}/start/")
    assert "came along" not in client.get(page).content.decode()
