"""The state at an event: what it was, what is different now, and the ways on from there."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents import state
from agents.changes import Change, GoalValue, MemoryValue, Mood, PutGoal, PutMemory, SetAppearance, SetMood
from agents.models import Entity
from interactions import log
from interactions.models import Conversation, Run
from interactions.moments import version_at
from tests.unit.web import talks

pytestmark = pytest.mark.django_db


@pytest.fixture
def noor(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def lived(conversation) -> list[tuple[int, int]]:
    """A talk in which the entity changes three times, and once outside of it; the versions at its events."""
    entity, known = conversation.entity, list[tuple[int, int]]()

    def note() -> None:
        conversation.refresh_from_db()
        version = Entity.objects.get(pk=entity.pk).version
        known.extend((seq, version) for seq in range(len(known) + 1, conversation.last_seq + 1))

    run = talks.say(conversation)
    talks.begin(run)
    note()
    changes: list[Change] = [
        PutMemory(memory=MemoryValue(content="Noor drinks tea.")),
        SetMood(mood=Mood(label="glad", intensity=0.6, emotions={"joy": 0.7})),
    ]
    for number, change in enumerate(changes):
        version = talks.change(run, f"a{number}", "ADD_MEMORY", change)
        conversation.refresh_from_db()
        # The action's start tells of the state before it.
        seq = conversation.last_seq - 2
        known += [(seq, version - 1), (seq + 1, version), (seq + 2, version)]
    talks.speak(run)
    talks.end(run)
    note()
    state.apply(entity.pk, [SetAppearance(text="A green coat.")], cause="edited", author="noor")
    second = talks.say(conversation, "Again")
    talks.begin(second)
    note()
    talks.change(second, "b", "ADD_GOAL", PutGoal(goal=GoalValue(text="Find the cup")))
    conversation.refresh_from_db()
    seq, version = conversation.last_seq - 2, Entity.objects.get(pk=entity.pk).version
    known += [(seq, version - 1), (seq + 1, version), (seq + 2, version)]
    talks.end(second)
    note()
    return known


def url(conversation: Conversation, seq: int) -> str:
    return f"/c/{conversation.pk}/events/{seq}/state/"


def test_e3_every_event_has_the_state_as_it_was(conversation, lived):
    entity = Entity.objects.get(pk=conversation.entity_id)
    found = [(line.seq, version_at(entity, line)) for line in log.read(conversation.pk)]
    assert found == lived
    assert len({version for _, version in found}) == 5


def test_e3_the_page_shows_the_state_then_and_the_difference_to_now(noor, conversation, lived):
    early = noor.get(url(conversation, 2)).content.decode()
    assert "Noor drinks tea." in early[early.index("From then to now") : early.index("Goals then")]
    assert "Noor drinks tea." not in early[early.index("Memories then") :]
    assert "Noor found a box of letters." in early[early.index("Memories then") :]
    last = noor.get(url(conversation, lived[-1][0])).content.decode()
    assert "Nothing is different" in last
    assert "Find the cup" in last and "A green coat." in last and "glad" in last


def test_the_timeline_gets_the_panel_alone(noor, conversation, lived):
    html = noor.get(url(conversation, 5), headers={"HX-Request": "true"}).content.decode()
    assert html.lstrip().startswith('<div class="panel scroll" id="moment"') and "<html" not in html


@pytest.mark.parametrize("seq", [0, 999, 2**62])
def test_an_event_that_never_was_has_no_state(noor, conversation, lived, seq):
    assert noor.get(url(conversation, seq)).status_code == 404


@pytest.mark.parametrize("who", ["stranger", "teammate"])
def test_e3_nobody_elses(client, request, conversation, lived, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get(url(conversation, 2)).status_code == 404


def forms(html: str) -> list[str]:
    return re.findall(r'<form method="post" action="([^"]+)"', html)


def test_f2_roll_back_from_an_event_makes_the_state_what_it_was(noor, conversation, lived):
    entity = conversation.entity
    rollback = next(each for each in forms(noor.get(url(conversation, 2)).content.decode()) if "rollback" in each)
    then = state.state_at(entity.pk, dict(lived)[2])
    response = noor.post(rollback, follow=True)
    entity.refresh_from_db()
    assert state.read(entity).model_copy(update={"version": then.version}) == then
    assert "undo" in response.content.decode().lower()
    assert "disabled" in noor.get(url(conversation, 2)).content.decode()


def test_f3_fork_entity_and_talk_from_an_event(noor, owner, conversation, lived):
    middle = next(line for line in log.read(conversation.pk) if line.event.kind == "text.finished")
    found = forms(noor.get(url(conversation, middle.seq)).content.decode())
    assert noor.post(next(each for each in found if "/versions/" in each and "fork" in each)).status_code == 302
    new = Entity.objects.filter(owner=owner).order_by("-pk").first()
    assert new is not None and new.pk != conversation.entity_id
    assert "Noor drinks tea." in {memory.content for memory in state.read(new).memories.values()}
    assert new.appearance != "A green coat."
    assert noor.post(next(each for each in found if "/runs/" in each)).status_code == 302
    copy = Conversation.objects.get(forked_from=conversation.pk)
    assert list(copy.runs.values_list("copied_from", flat=True)) == [conversation.runs.order_by("position")[0].pk]


def test_a_reply_that_is_not_shown_is_not_forked(noor, conversation, lived):
    run = conversation.runs.order_by("position")[0]
    Run.objects.filter(pk=run.pk).update(off_branch=True)
    assert noor.post(f"/c/{conversation.pk}/runs/{run.pk}/fork/").status_code == 409
    assert not Conversation.objects.filter(forked_from=conversation.pk).exists()


def test_it_costs_twelve_queries_at_most(noor, conversation, lived):
    noor.get(url(conversation, 3))
    with CaptureQueriesContext(connection) as captured:
        assert noor.get(url(conversation, 3)).status_code == 200
    assert len(captured) <= 12, [query["sql"][:120] for query in captured]
