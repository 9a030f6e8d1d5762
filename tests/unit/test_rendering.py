"""The live page equals the reloaded page: fed event by event and delta by delta, it ends up the same."""

import pytest
from django.test.html import parse_html

from agents.events import ActionSkipped, BudgetReached, ModelDegraded, RepetitionStopped
from agents.models import Entity
from interactions.folding import fold
from interactions.models import Conversation
from interactions.rendering import Fragments, LiveRenderer, arrange
from tests import dom
from tests.unit.events import (
    NOON,
    OTHER,
    OTHER_MESSAGE,
    RUN,
    SPEECH,
    conversation_id,
    finished,
    log,
    pieces,
    received,
    speech,
    started,
    thought,
    whole_turn,
)


@pytest.fixture
def entity():
    return Entity(pk=1, slug="ottilie", name="Ottilie", version=1)


@pytest.fixture
def conversation(entity):
    return Conversation(pk=conversation_id(), entity=entity, updated_at=NOON)


def blank():
    head = '<span class="talk__doing" id="doing"></span><span class="talk__stop" id="stop"></span>'
    return parse_html(f'<main>{head}<div id="turns"></div></main>')


def reloaded(conversation, lines, mood_now=None):
    """The page as a reload shows it after `lines`."""
    entity = conversation.entity
    after = [
        line.event.changes[0].mood for line in lines if line.event.kind == "state.changed" and line.action == "mood1"
    ]
    if after:
        entity = Entity(
            pk=1, name="Ottilie", mood=after[-1].label, intensity=after[-1].intensity, emotions=after[-1].emotions
        )
    runs = list(dict.fromkeys(line.run for line in lines))
    turns = arrange([fold(run, [line for line in lines if line.run == run]) for run in runs], entity)
    fragments = Fragments(conversation, conversation.entity)
    page = blank()
    for turn in turns:
        dom.upsert(page, fragments.exchange(turn))
    current = next((turn for turn in turns if turn.status == "running"), turns[-1])
    dom.upsert(page, fragments.doing(current))
    return page


def live(conversation, lines, *, page=None, deltas=True, size=5, primed=()):
    """The page as the socket's frames make it, texts streaming before they are logged."""
    page = page or blank()
    renderer = LiveRenderer(conversation, conversation.entity)
    renderer.prime(primed)
    for line in lines:
        if deltas and line.event.kind == "text.finished":
            for offset, piece in pieces(line.event.text, size):
                dom.upsert(page, renderer.delta(line.run, line.action, offset, piece, line.event.is_thought))
        dom.upsert(page, renderer.event(line))
    return page


def assert_same(one, other):
    assert dom.plain(one) == dom.plain(other)


@pytest.mark.parametrize("count", range(1, len(whole_turn()) + 1))
def test_after_every_event_the_live_page_equals_the_reloaded_page(conversation, count):
    lines = whole_turn()[:count]
    assert_same(live(conversation, lines), reloaded(conversation, lines))


BUDGET = BudgetReached(budget="seconds", limit=300, used=301)
LOOP = RepetitionStopped(pattern="three nearly equal thoughts", actions=("THINK",) * 3)
DEGRADED = ModelDegraded(model="gpu-box", fallback="the offline responder", reason="It refused the key.")


@pytest.mark.parametrize(
    "lines",
    [
        log(received(), started(), thought(), finished()),
        log(received(), started(), finished("failed", reason="The model can't be reached.", code="model_unreachable")),
        log(received(), started(), speech("Half", is_partial=True), finished("cancelled", code="cancelled")),
        log(received(), finished("cancelled", code="withdrawn")),
        log(received(), finished("cancelled", code="cancelled")),
        log(received(), started(), thought(), started(attempt=2), speech(), finished()),
        log(received(), started(), ("", DEGRADED), thought(), ("", LOOP), ("", BUDGET), finished("failed", reason="x")),
        log(received(), started(), speech("One."), thought("Hm."), speech("Two.", action="speak2"), finished()),
        log(started(), thought(), finished()),  # tried again: the message belongs to an earlier run
    ],
)
def test_other_turns(conversation, lines):
    assert_same(live(conversation, lines), reloaded(conversation, lines))


def test_two_messages_while_busy(conversation):
    lines = [
        *log(received(), started(), thought()),
        *log(received("And?", OTHER_MESSAGE, "c2"), run=OTHER, first=4),
    ]
    page = live(conversation, lines)
    assert_same(page, reloaded(conversation, lines))
    assert "Sent when Ottilie has finished" in str(page)
    lines += [
        *log(speech(), finished(), first=5),
        *log(started(), speech("Yes.", "speak2"), finished(), run=OTHER, first=7),
    ]
    page = live(conversation, lines)
    assert_same(page, reloaded(conversation, lines))
    assert "Sent when" not in str(page)


def test_withdrawing_what_waits_leaves_the_running_turn_alone(conversation):
    lines = [
        *log(received(), started()),
        *log(received("And?", OTHER_MESSAGE, "c2"), finished("cancelled", code="withdrawn"), run=OTHER, first=3),
    ]
    page = live(conversation, lines)
    assert_same(page, reloaded(conversation, lines))
    assert "data-stop" in str(dom.by_id(page, "stop"))
    assert "Withdrawn, not sent" in str(page)


@pytest.mark.parametrize("cut", range(1, len(whole_turn())))
def test_a_socket_that_comes_later_goes_on_from_the_page(conversation, cut):
    lines = whole_turn()
    page = live(conversation, lines[cut:], page=reloaded(conversation, lines[:cut]), primed=lines[:cut])
    assert_same(page, reloaded(conversation, lines))


@pytest.mark.parametrize("again", range(len(whole_turn())))
def test_frames_that_come_twice_change_nothing(conversation, again):
    lines = whole_turn()
    page = live(conversation, lines[again:], page=reloaded(conversation, lines), primed=lines[:again])
    assert_same(page, reloaded(conversation, lines))


def test_joining_in_mid_stream_gets_the_text_so_far_as_one_delta(conversation):
    lines = log(received(), started())
    page = reloaded(conversation, lines)
    renderer = LiveRenderer(conversation, conversation.entity)
    renderer.prime(lines)
    dom.upsert(page, renderer.delta(RUN, "speak1", 0, SPEECH[:40], False))
    dom.upsert(page, renderer.delta(RUN, "speak1", 40, SPEECH[40:], False))
    assert "Could you send it?" in str(page)
    for line in log(speech(), finished(), first=3):
        dom.upsert(page, renderer.event(line))
    assert_same(page, reloaded(conversation, [*lines, *log(speech(), finished(), first=3)]))


def test_skipped_text_disappears(conversation):
    lines = log(received(), started())
    renderer = LiveRenderer(conversation, conversation.entity)
    page = blank()
    for line in lines:
        dom.upsert(page, renderer.event(line))
    dom.upsert(page, renderer.delta(RUN, "t1", 0, "Never mind", False))
    assert "Never mind" in str(page)
    skipped = log(("t1", ActionSkipped(name="SPEAK", reason="the plan broke")), first=3)
    dom.upsert(page, renderer.event(skipped[0]))
    assert "Never mind" not in str(page)
    assert_same(page, reloaded(conversation, [*lines, *skipped]))


def test_a_caret_stands_at_the_end_while_text_streams_and_not_after(conversation):
    renderer = LiveRenderer(conversation, conversation.entity)
    for line in log(received(), started()):
        renderer.event(line)
    html = renderer.delta(RUN, "speak1", 0, "Oh, there", False)
    assert 'Oh, there<span class="caret"></span></p>' in html
    assert "caret" not in renderer.event(log(speech("Oh, there she is."), first=3)[0])


def test_a_delta_costs_only_its_block(conversation):
    renderer = LiveRenderer(conversation, conversation.entity)
    for line in log(received(), started()):
        renderer.event(line)
    renderer.delta(RUN, "speak1", 0, "A long paragraph.\n\n" * 500, False)
    html = renderer.delta(RUN, "speak1", 500 * 19, "End", False)
    assert len(html) < 400


def test_deltas_of_what_is_over_or_unknown_show_nothing(conversation):
    renderer = LiveRenderer(conversation, conversation.entity)
    assert renderer.delta(RUN, "a", 0, "x", False) == ""
    for line in log(received(), started(), speech("Whole.", "a")):
        renderer.event(line)
    assert renderer.delta(RUN, "a", 0, "x", False) == ""


def test_every_fragment_can_be_put(conversation):
    renderer = LiveRenderer(conversation, conversation.entity)
    for line in whole_turn():
        for root in dom.roots(renderer.event(line)):
            assert dom.attribute(root, "id")


def test_what_people_and_models_write_stays_text(conversation):
    hostile = '<script>alert(1)</script><b hx-get="/x">'
    lines = log(received(hostile, client="c'\""), started(), thought(hostile), speech(hostile), finished())
    html = str(live(conversation, lines))
    assert "<script" not in html
    assert "<b hx-get" not in html


def test_finished_turns_are_forgotten(conversation):
    renderer = LiveRenderer(conversation, conversation.entity)
    for line in whole_turn():
        renderer.event(line)
    assert not renderer._turns
    assert not renderer._streams


def test_times_of_steps_and_the_day(conversation):
    html = str(live(conversation, whole_turn()))
    assert 'aria-label="Think, 1.8 s"' in html
    assert "Thursday 5 March" in html
