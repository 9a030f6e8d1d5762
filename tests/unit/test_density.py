"""The bars of the scrubber: where a talk's events are close together, for one query however long it is."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents.events import TurnDeleted
from interactions import density
from interactions.models import Conversation, EventRecord
from tests.bench import seed

pytestmark = pytest.mark.django_db


def spaced(conversation: Conversation, *seconds: float) -> Conversation:
    """Give the talk events with these seconds before each."""
    at, payload = timezone.now(), TurnDeleted(runs=()).model_dump(mode="json", exclude={"kind"})
    rows = []
    for seq, gap in enumerate(seconds, start=1):
        at += timedelta(seconds=gap)
        rows.append(EventRecord(conversation=conversation, seq=seq, kind="turn.deleted", at=at, payload=payload))
    EventRecord.objects.bulk_create(rows)
    Conversation.objects.filter(pk=conversation.pk).update(last_seq=len(seconds))
    conversation.refresh_from_db()
    return conversation


def drawn(found: density.Density) -> list[tuple[float, float, float]]:
    """Each bar's place, width and height, as the path has them."""
    form = r"M([\d.]+) 20v-([\d.]+)h([\d.]+)v\2z"
    assert re.sub(form, "", found.path) == ""
    return [(float(x), float(width), float(height)) for x, height, width in re.findall(form, found.path)]


def test_a_burst_is_tall_and_a_long_pause_short(conversation: Conversation) -> None:
    found = density.density(spaced(conversation, 0, 1, 1, 1, 7_200, 1, 0.01, 1))
    heights = [height for _x, _width, height in drawn(found)]
    assert len(heights) == 7
    assert heights.index(max(heights)) == 5 and max(heights) == density.TALLEST
    assert heights.index(min(heights)) == 3 and min(heights) == density.SHORTEST
    assert len(set(heights)) == 3, "what took as long is as tall"
    assert found.words == "Most happened from event 6 to 7 (at once), least from event 4 to 5 (2 h 0 min)."


def test_bars_stand_where_the_track_has_their_events(conversation: Conversation) -> None:
    talk = spaced(conversation, *([1.0] * 201))
    found = density.density(talk)
    assert len(found.bars) == density.MOST
    assert [bar.begin for bar in found.bars][1:] == [bar.end for bar in found.bars][:-1]
    assert (found.bars[0].begin, found.bars[-1].end) == (1, 201)
    for bar, (x, width, _height) in zip(found.bars, drawn(found), strict=True):
        assert x == pytest.approx((bar.begin - 1) / 200 * 100, abs=0.01)
        assert x + width < (bar.end - 1) / 200 * 100 + 0.01 <= 100.02
    assert len({width for _x, width, _height in drawn(found)}) == 1, "only heights tell something"
    assert found.words == "Events come evenly."


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_talk_of_hardly_any_events_has_no_bars(conversation: Conversation, count: int) -> None:
    assert density.density(spaced(conversation, *([1.0] * count))) == density.Density()


def test_a_talk_that_was_erased_meanwhile_has_no_bars(conversation: Conversation) -> None:
    conversation.last_seq = 50  # as it was read, before its events went
    assert density.density(conversation) == density.Density()


def test_a_long_talk_costs_one_query_by_the_index(db: None) -> None:
    talk = seed.many_events("many", 4_000)
    with CaptureQueriesContext(connection) as captured:
        assert len(density.density(talk).bars) == density.MOST
    assert len(captured) == 1
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {captured[0]['sql']}")
            assert "(conversation_id=? AND seq=?)" in str(cursor.fetchall())


def test_e3_the_scrubber_draws_the_bars_and_says_them_in_words(
    client: Client, owner: User, conversation: Conversation
) -> None:
    client.force_login(owner)
    assert "track-about" not in client.get(f"/c/{conversation.pk}/timeline/").content.decode()
    html = client.get(f"/c/{bursts(owner).pk}/timeline/").content.decode()
    track = html[html.index('class="replay__track"') : html.index("replay__end")]
    path = re.search(r'<path class="bar" d="([^"]+)"', track)
    assert path and path[1].count("M") == density.MOST
    described = re.search(r'id="track"[^>]*aria-describedby="([^"]+)"', track)
    assert described and re.search(rf'id="{described[1]}">Most happened from event \d', track)


def test_f10_the_replays_scrubber_has_the_bars_where_its_own_events_are(client: Client, owner: User) -> None:
    """It begins at 0, before the first event, so that each bar stands a little further to the right."""
    client.force_login(owner)
    talk = bursts(owner)
    html = client.get(f"/c/{talk.pk}/replay/").content.decode()
    assert re.search(r'id="track" min="0" max="400"', html) and 'aria-describedby="track-about"' in html
    path = re.search(r'<path class="bar" d="([^"]+)"', html)
    found = density.density(talk, 0)
    assert path and path[1] == found.path
    for bar, (x, width, _height) in zip(found.bars, drawn(found), strict=True):
        assert x == pytest.approx(bar.begin / 400 * 100, abs=0.01) and x + width <= 100
    again = client.get(f"/c/{talk.pk}/replay/?from=9", headers={"HX-Request": "true"})
    assert "track" not in again.content.decode()


def bursts(owner: User) -> Conversation:
    """A talk of the owner's with 400 events in bursts."""
    talk = seed.many_events("bursts", 400)
    type(talk.entity).objects.filter(pk=talk.entity_id).update(owner=owner)
    Conversation.objects.filter(pk=talk.pk).update(owner=owner)
    return talk
