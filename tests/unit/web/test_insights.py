"""Strategies side by side (A25): an assignment that stays, and a comparison that says how sure it is."""

from collections import Counter
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client

from agents import statistics
from agents.assignment import assigned
from agents.changes import SetAppearance
from agents.models import Entity
from interactions.insights import insights
from interactions.models import Conversation, Run
from tests.unit.web import talks


def test_a25_a_conversation_keeps_its_strategy_and_each_is_as_likely() -> None:
    both = ["inline", "deliberate"]
    talk = uuid4()
    assert len({assigned(both, talk) for _ in range(5)} | {assigned(both[::-1], talk)}) == 1
    counted = Counter(assigned(both, uuid4()) for _ in range(2_000))
    assert 850 < counted["inline"] < 1_150
    assert assigned([], talk) == assigned(["inline"], talk) == ""


def test_wilsons_interval_is_the_published_one() -> None:
    """8 of 10: 0.490 to 0.943, as in Newcombe 1998 and every calculator; nothing of nothing is unknown."""
    found = statistics.share(8, 10)
    assert found is not None and (round(found.low, 3), round(found.high, 3)) == (0.490, 0.943)
    assert statistics.share(0, 0) is None
    sure = statistics.share(5, 5)
    assert sure is not None and sure.high == 1 and round(sure.low, 3) == 0.566


def test_students_interval_of_a_mean() -> None:
    found = statistics.mean([1, 2, 3, 4, 5])
    assert found is not None and (found.value, round(found.low, 3), round(found.high, 3)) == (3, 1.037, 4.963)
    assert statistics.mean([]) is None


@pytest.mark.django_db
def test_a25_strategies_are_compared_by_what_their_runs_did(owner: User, conversation: Conversation) -> None:
    for strategy, status in (("inline", "finished"), ("inline", "failed"), ("deliberate", "finished")):
        run = talks.say(conversation, f"Hello by {strategy}, {status}")
        talks.begin(run)
        talks.change(run, uuid4().hex[:12], "UPDATE_APPEARANCE", SetAppearance(text=f"{strategy} {status}"))
        talks.end(run, status)
        Run.objects.filter(pk=run.pk).update(strategy=strategy, rating=-1 if status == "failed" else 1)
    shown = insights(owner, conversation.entity)
    assert [(line.strategy, line.runs) for line in shown.strategies] == [("deliberate", 1), ("inline", 2)]
    success = shown.strategies[1].success
    assert success is not None and success.value == 0.5 and success.low < 0.5 < success.high
    liked = shown.strategies[1].liked
    assert liked is not None and liked.value == 0.5 and shown.strategies[1].rated == 2
    assert ("UPDATE_APPEARANCE", 3) in [(line.name, line.count) for line in shown.actions]


@pytest.mark.django_db
def test_a25_which_are_compared_is_set_on_the_page(client: Client, owner: User, entity: Entity) -> None:
    client.force_login(owner)
    assert "Nothing has run yet" in client.get("/insights/").content.decode()
    page = client.post(
        f"/insights/{entity.slug}/compare/", {"strategy": ["inline", "deliberate", "psychic"]}, follow=True
    )
    entity.refresh_from_db()
    assert entity.compared == ["inline", "deliberate"] and "comparing inline, deliberate" in page.content.decode()
    client.post(f"/insights/{entity.slug}/compare/", {"strategy": ["inline"]})
    entity.refresh_from_db()
    assert entity.compared == [], "one alone is no comparison"


@pytest.mark.django_db
def test_a_stranger_sees_none_of_it(client: Client, stranger: User, entity: Entity) -> None:
    client.force_login(stranger)
    assert client.get(f"/insights/?entity={entity.slug}").status_code == 404
    assert client.post(f"/insights/{entity.slug}/compare/", {"strategy": ["inline", "deliberate"]}).status_code == 404
