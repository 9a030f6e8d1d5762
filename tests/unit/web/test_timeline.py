"""The timeline's windows: every event once, wherever one begins, at a cost that does not grow with the talk."""

import re

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from agents.events import Draft, TurnDeleted, TurnRestored
from interactions import log, timeline
from interactions.models import Conversation
from tests.bench import seed
from tests.unit.web import talks

pytestmark = pytest.mark.django_db

ADDRESSES = ("", "?at=41", "?from=41", "?order=oldest", "?order=oldest&at=41", "?kind=run.started", "?q=nowhere")


@pytest.fixture
def noor(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def long(conversation: Conversation) -> Conversation:
    """Forty turns, between them events of no run."""
    for number in range(40):
        run = talks.turn(conversation, f"Turn {number}")
        if number % 13 == 4:
            with transaction.atomic():
                kinds = (TurnDeleted(runs=(str(run.pk),)), TurnRestored(runs=(str(run.pk),)))
                log.append(log.lock(conversation.pk), [Draft(event=event) for event in kinds])
    conversation.refresh_from_db()
    return conversation


def listed(html: str) -> list[int]:
    return [int(seq) for seq in re.findall(r'class="log__item" id="e(\d+)"', html)]


@pytest.mark.parametrize("order", ["", "oldest"])
@pytest.mark.parametrize("query", ["", "q=Turn", "kind=turn.deleted"])
def test_e3_windows_hold_every_event_once(noor, long, order, query):
    seen, address = list[int](), f"?order={order}&{query}"
    while True:
        html = noor.get(f"/c/{long.pk}/timeline/{address}").content.decode()
        seen += listed(html)
        more = re.search(r'hx-get="(\?[^"]*from=\d+)"', html)
        if not more:
            break
        address = more[1].replace("&amp;", "&")
    sieve = timeline.Sieve(kind="turn.deleted" if "kind" in query else "", text="Turn" if "q=Turn" in query else "")
    assert sorted(seen) == [line.seq for line in log.read(long.pk) if sieve.keeps(line)]
    assert len(seen) == len(set(seen)) > 0


@pytest.mark.parametrize("order", ["", "oldest"])
def test_e3_the_window_at_any_event_holds_it(noor, long, order):
    for seq in range(1, long.last_seq + 1, 7):
        html = noor.get(f"/c/{long.pk}/timeline/?order={order}&at={seq}").content.decode()
        assert seq in listed(html)
        row = re.search(rf'id="e{seq}"[^>]*>', html)
        assert row and 'aria-current="true"' in row[0] and "data-x=" in row[0]
        assert html.count('aria-current="true" data-seq') == 1
        assert f'hx-get="/c/{long.pk}/events/{seq}/state/"' in html


def test_groups_stand_in_the_order_of_the_log(noor, long):
    newest = listed(noor.get(f"/c/{long.pk}/timeline/").content.decode())
    firsts = [seq for place, seq in enumerate(newest) if place == 0 or seq != newest[place - 1] + 1]
    assert newest[0] > newest[-1]
    oldest = listed(noor.get(f"/c/{long.pk}/timeline/?order=oldest").content.decode())
    assert oldest == sorted(oldest) and oldest[0] == 1
    assert firsts


@pytest.mark.parametrize(("zoom", "turns"), [(1, 1), (4, 4), (12, 12)])
def test_e3_lanes_zoom_from_one_turn_to_many(noor, long, zoom, turns):
    html = noor.get(f"/c/{long.pk}/timeline/?zoom={zoom}&at=100").content.decode()
    lanes = html[html.index('id="lanes"') : html.index('class="key"')]
    # One line of the person's in each turn; an event of the talk itself takes a turn's place.
    assert turns - 2 <= lanes.count("bar--said") <= turns and lanes.count("bar--said") >= 1


def test_there_is_a_way_back_to_the_newest(noor, long):
    assert "Newest events" in noor.get(f"/c/{long.pk}/timeline/?at=5").content.decode()
    assert "Newest events" not in noor.get(f"/c/{long.pk}/timeline/").content.decode()


def test_a_search_that_has_found_nothing_yet_looks_further_by_itself(noor, long, monkeypatch):
    monkeypatch.setattr(timeline, "SCAN", 10)
    html = noor.get(f"/c/{long.pk}/timeline/?q=Turn+3.").content.decode()
    assert listed(html) == [] and 'hx-trigger="click, load delay' in html


@pytest.mark.parametrize("address", ADDRESSES)
def test_e3_a_window_costs_twelve_queries_at_most_and_each_uses_an_index(noor, long, address):
    path = f"/c/{long.pk}/timeline/{address}"
    noor.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert noor.get(path).status_code == 200
    assert len(captured) <= 12
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        for query in captured:
            if "interactions_eventrecord" not in query["sql"] and "interactions_run" not in query["sql"]:
                continue
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            plan = str(cursor.fetchall())
            assert "SCAN interactions_" not in plan, (query["sql"], plan)
            if "COALESCE" in query["sql"]:
                assert "(conversation_id=? AND seq>? AND seq<?)" in plan and "TEMP B-TREE" not in plan


def test_the_bench_makes_a_talk_that_the_timeline_can_show(client, db):
    talk = seed.many_events("many", 400)
    client.force_login(talk.owner)
    html = client.get(f"/c/{talk.pk}/timeline/?at=200").content.decode()
    assert 200 in listed(html) and html.count('class="fold__text"') == 3
