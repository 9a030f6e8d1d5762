"""A talk played again from its log."""

import html as entities
import itertools
import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents.changes import MemoryValue, Mood, PutMemory, SetMood
from agents.events import Draft, TextFinished, TurnDeleted
from agents.llm import gateway
from agents.models import Entity, ModelCall, StateVersion
from interactions import log, replay, talk
from interactions.models import Conversation
from interactions.rendering import Fragments
from tests.unit.web import talks

pytestmark = pytest.mark.django_db


@pytest.fixture
def noor(client, owner):
    client.force_login(owner)
    return client


class Clock:
    """Two seconds pass between any two looks at it."""

    def __init__(self) -> None:
        self.time = timezone.now()

    def now(self) -> datetime:
        self.time += timedelta(seconds=2)
        return self.time


@pytest.fixture
def talked(conversation, monkeypatch):
    monkeypatch.setattr(log, "timezone", Clock())
    run = talks.say(conversation, "Do you like tea?")
    talks.begin(run)
    talks.change(run, "m1", "ADD_MEMORY", PutMemory(memory=MemoryValue(content="Noor drinks tea.")))
    talks.change(run, "m2", "UPDATE_MOOD", SetMood(mood=Mood(label="glad", intensity=0.6, emotions={"joy": 0.9})))
    long = TextFinished(is_thought=False, text="I like it **very** much.\n\nWith milk? " * 20, name="SPEAK", ms=1_900)
    talks.write(run, ("s1", long))
    talks.end(run)
    talks.turn(conversation, "And coffee?", "Less so.")
    conversation.refresh_from_db()
    return run


def all_frames(noor: Client, conversation: Conversation) -> list[dict[str, Any]]:
    frames, place = list[dict[str, Any]](), 0
    while place is not None:
        body = json.loads(noor.get(f"/c/{conversation.pk}/replay/frames/?after={place}").content)
        frames += body["frames"]
        place = body["next"]
    return frames


def facts() -> tuple[int, ...]:
    talk = Conversation.objects.get()
    versions = StateVersion.objects.count()
    return ModelCall.objects.count(), versions, talk.last_seq, talk.read_seq, Entity.objects.get().version


def test_f10_a_replay_asks_no_model_and_changes_nothing(noor, conversation, talked, monkeypatch):
    def refuse(*_args: object, **_more: object) -> None:
        raise AssertionError("a model was asked")

    monkeypatch.setattr(gateway.Gateway, "ask", refuse)
    before = facts()
    assert noor.get(f"/c/{conversation.pk}/replay/?from=4").status_code == 200
    frames = all_frames(noor, conversation)
    assert [frame["seq"] for frame in frames if frame["seq"]] == list(range(1, conversation.last_seq + 1))
    assert facts() == before


def test_f10_the_frames_end_in_what_the_talk_shows(noor, owner, conversation, talked):
    window = talk.window(conversation, conversation.entity)
    last = [frame["html"] for frame in all_frames(noor, conversation)]
    for turn in window.turns:
        end = next(html for html in reversed(last) if f'id="turn-{turn.run}"' in html)
        page = Fragments(conversation, conversation.entity).part("turn", turn)
        assert texts(end) == texts(page) and texts(end)


def texts(html: str) -> list[str]:
    found = re.findall(r'<div class="(?:speech|thought)" id="text-[^"]+"[^>]*>(.*?)</div>', html, re.S)
    return [entities.unescape(re.sub(r"<[^>]+>", "", text)).strip() for text in found]


def test_f10_a_text_is_written_out_over_the_time_that_it_took(noor, conversation, talked):
    frames = all_frames(noor, conversation)
    end = next(place for place, frame in enumerate(frames) if 'id="text-s1"' in frame["html"] and frame["seq"])
    pieces = [frame for frame in frames[:end] if frame["seq"] is None]
    assert 10 <= len(pieces) <= replay.PIECES
    assert 1_700 <= frames[end]["at"] - pieces[0]["at"] <= 1_900
    # Those of one time line up: nothing is shown before what came before it.
    assert all(one["at"] <= other["at"] for one, other in itertools.pairwise(frames) if other["seq"])


def test_f10_windows_join_without_a_seam(noor, conversation, talked, monkeypatch):
    whole = [frame["html"] for frame in all_frames(noor, conversation) if frame["seq"]]
    monkeypatch.setattr(replay, "WINDOW", 3)
    body = json.loads(noor.get(f"/c/{conversation.pk}/replay/frames/?after=0").content)
    assert len([frame for frame in body["frames"] if frame["seq"]]) == 3 and body["next"] == 3
    pieces = [frame["html"] for frame in all_frames(noor, conversation) if frame["seq"]]
    assert [texts(html) for html in pieces] == [texts(html) for html in whole]


def test_f10_it_begins_with_what_stood_there_then(noor, conversation, talked):
    page = noor.get(f"/c/{conversation.pk}/replay/?from=3").content.decode()
    assert "Do you like tea?" in page and "And coffee?" not in page and "very" not in page
    later = noor.get(f"/c/{conversation.pk}/replay/?from={conversation.last_seq}").content.decode()
    assert "And coffee?" in later and "Less so." in later
    alone = noor.get(f"/c/{conversation.pk}/replay/?from=3", headers={"HX-Request": "true"}).content.decode()
    assert alone.startswith('<div class="turns__list" id="turns" data-seq="3">') and "<html" not in alone
    assert "Press play" in noor.get(f"/c/{conversation.pk}/replay/").content.decode()


def test_the_mood_is_that_of_the_moment(conversation, talked):
    lines = log.read(conversation.pk)
    first = replay.as_at(Entity.objects.get(pk=conversation.entity_id), lines[0])
    assert first.mood != "glad"
    assert replay.as_at(Entity.objects.get(pk=conversation.entity_id), lines[-1]).mood == "glad"
    assert Entity.objects.get(pk=conversation.entity_id).mood == "glad"  # nothing was stored


def test_an_event_of_no_run_is_told_in_words(noor, conversation, talked):
    from django.db import transaction

    with transaction.atomic():
        log.append(log.lock(conversation.pk), [Draft(event=TurnDeleted(runs=(str(talked.pk),)))])
    conversation.refresh_from_db()
    frame = all_frames(noor, conversation)[-1]
    assert f'id="bare-{conversation.last_seq}"' in frame["html"]
    timeline = noor.get(f"/c/{conversation.pk}/timeline/").content.decode()
    assert timeline.count('class="log__item"') == conversation.last_seq, "E3: every event is listed"


@pytest.mark.parametrize("query", ["?from=-1", "?from=x", "?from=999", "?from=99999999999999999999"])
def test_a_place_that_is_none_is_refused(noor, conversation, talked, query):
    assert noor.get(f"/c/{conversation.pk}/replay/{query}").status_code == 400


@pytest.mark.parametrize("query", ["?after=-1", "?after=x", "?after=99999999999999999999"])
def test_frames_after_what_is_no_number_are_refused(noor, conversation, talked, query):
    assert noor.get(f"/c/{conversation.pk}/replay/frames/{query}").status_code == 400


@pytest.mark.parametrize("who", ["stranger", "teammate"])
def test_nobody_elses(client, request, conversation, talked, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get(f"/c/{conversation.pk}/replay/").status_code == 404
    assert client.get(f"/c/{conversation.pk}/replay/frames/").status_code == 404


def test_an_empty_talk_has_nothing_to_play(noor, conversation):
    assert "nothing to play" in noor.get(f"/c/{conversation.pk}/replay/").content.decode()
    assert json.loads(noor.get(f"/c/{conversation.pk}/replay/frames/").content) == {"frames": [], "next": None}


def test_its_queries_do_not_grow_with_the_talk(noor, conversation, talked):
    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert noor.get(f"/c/{conversation.pk}/{path}").status_code == 200
        return len(captured)

    paths = ("replay/?from=5", "replay/frames/?after=5")
    few = [cost(path) for path in paths]
    for number in range(30):
        talks.turn(conversation, f"Again {number}")
    assert [cost(path) for path in paths] == few and max(few) <= 12


def test_pieces_lie_within_the_time_of_their_text(conversation, talked):
    line = next(line for line in log.read(conversation.pk) if line.action == "s1")
    assert isinstance(line.event, TextFinished)
    pieces = list(replay._pieces(line))
    assert "".join(part for _, _, part, _ in pieces) == line.event.text
    assert all(line.at - timedelta(milliseconds=line.event.ms) < at < line.at for at, *_ in pieces)
