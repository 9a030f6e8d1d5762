"""Model output: malformed, unknown, wrong type, endless, silent, huge. It is mended twice at most, then shown."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import given, settings
from hypothesis import strategies as st

from agents import state
from agents.actions import registry
from agents.budget import Limits
from agents.errors import PlanRejected
from agents.events import LoggedEvent
from agents.llm import catalog
from agents.llm.base import ModelRequest, ModelUsage
from agents.llm.gateway import Gateway
from agents.models import Entity, ModelCall
from agents.sequence import SequenceRun
from agents.strategies.deliberate import parse_plan
from agents.strategies.plan_stream import MOST_ACTIONS, PlanStream
from agents.strategies.steps import Piece, Step
from agents.strategies.turn import Turn
from interactions import log, runs, worker
from interactions.invariants import violations
from interactions.models import Conversation
from tests.bad_input.nasty import raw_texts, texts, values
from tests.scripted import Answer, ScriptedModel, plan
from tests.unit.test_sequence import DONE, SPEAK, Played

Read = tuple[list[tuple[str, Any]], dict[str, str], str]


def as_arrives(raw: str) -> str:
    """Return what the gateway lets through of a model's text."""
    return re.sub("[\x00\ud800-\udfff]", "", raw)


def read(raw: str, cuts: list[int]) -> Read:
    """Read `raw` in pieces; return the steps, the streamed texts, and how it ended."""
    stream, items, end = PlanStream(), [], "whole"
    places = sorted({0, len(raw), *(cut % (len(raw) + 1) for cut in cuts)})
    try:
        for start, stop in pairwise(places):
            items += stream.feed(raw[start:stop])
        items += stream.close()[0]
    except PlanRejected:
        end = "rejected"
    steps = [(item.planned.action, item.planned.args) for item in items if isinstance(item, Step)]
    texts: dict[str, str] = {}
    number = {item.id: str(index) for index, item in enumerate(i for i in items if isinstance(i, Step))}
    for item in items:
        if isinstance(item, Piece) and item.id in number:
            texts[number[item.id]] = texts.get(number[item.id], "") + item.text
    return steps, texts, end


def actions() -> st.SearchStrategy[dict[str, Any]]:
    """Actions as a model could write them: right, nearly right, and nonsense."""
    names = st.sampled_from([*registry.all_actions(), "speak", "FLY", "", "SPEAK "]) | texts(8)
    fields = st.sampled_from(["text", "context", "goal", "memory", "content", "mood", "intensity", "importance", "x"])
    loose = st.builds(lambda name, args: {"action": name, **args}, names, st.dictionaries(fields, values(), max_size=4))
    said = st.builds(
        lambda name, text: {"action": name, "text": text}, st.sampled_from(["SPEAK", "THINK"]), raw_texts()
    )
    return said | loose


def plans() -> st.SearchStrategy[str]:
    """Whole plans as text, some of them damaged."""
    header = st.fixed_dictionaries({}, optional={"reasoning": values(), "can_extend": values()})
    whole = st.builds(
        lambda head, acts, ascii_: json.dumps({**head, "actions": acts}, ensure_ascii=ascii_),
        header,
        st.lists(actions(), max_size=5) | values(),
        st.booleans(),
    )
    cut = st.builds(lambda text, at: text[: at % (len(text) + 1)], whole, st.integers(0))
    doubled = st.builds(lambda text: text.replace('"text":', '"text": "a", "text":', 1), whole)
    return whole | cut | doubled | st.builds("```json\n{}\n```".format, whole) | raw_texts()


@settings(max_examples=150)
@given(raw=plans().map(as_arrives), cuts=st.lists(st.integers(0, 10_000), max_size=12))
def test_model_output_is_read_alike_however_it_is_cut(raw: str, cuts: list[int]) -> None:
    steps, streamed, end = read(raw, [])
    assert read(raw, cuts) == read(raw, list(range(len(raw)))) == (steps, streamed, end)
    for number, (action, args) in enumerate(steps):
        if action in ("SPEAK", "THINK"):
            assert streamed[str(number)] == args["text"]


@settings(max_examples=100)
@given(raw=plans().map(as_arrives))
def test_model_output_as_a_whole_plan_is_a_plan_or_rejected(raw: str) -> None:
    try:
        made = parse_plan(raw)
    except PlanRejected as rejected:
        assert rejected.errors
    else:
        json.dumps(made.model_dump(mode="json"), allow_nan=False).encode()
        assert "\\u0000" not in json.dumps(made.model_dump(mode="json"))


@pytest.mark.parametrize("strategy", ["inline", "deliberate"])
@pytest.mark.parametrize(
    "raw",
    [
        '{"actions": [{"action": "FLY"}]}',
        '{"actions": "SPEAK"}',
        '{"actions": [{"action": "SPEAK", "text": ["a"]}]}',
        '{"actions": [{"action": "UPDATE_MOOD", "mood": "calm", "intensity": NaN}]}',
        '{"actions": [{"action": "UPDATE_MOOD", "mood": "calm", "intensity": 1e999}]}',
        '{"actions": [{"action": "SPEAK", "text": "a", "text": "b"}]}',
        '{"actions": [{"action": "REMOVE_GOAL", "goal": "' + "x" * 9_000 + '"}]}',
        '{"actions": [{"action": "ADD_GOAL", "goal": ' + "[" * 5_000 + "]" * 5_000 + "}]}",
        plan(*[{"action": "REMOVE_GOAL", "goal": True}] * 1_000),
        '{"actions": [{"action": "SPEAK", "text": ',
        '{"actions": [[[[]]]]}',
    ],
)
async def test_model_output_that_is_no_plan_is_sent_back_twice_and_then_shown(strategy: str, raw: str) -> None:
    played = Played(raw, strategy=strategy)
    finished = await played()
    assert (finished.status, finished.code, finished.usage.model_calls) == ("failed", "plan_failed", 3)
    rejected = played.ledger.of("plan.rejected")
    assert [event.attempt for event in rejected] == [1, 2, 3]
    assert all(event.errors and event.raw and raw.startswith(event.raw) for event in rejected)
    assert all(event.raw == raw[: len(event.raw)] and len(event.raw) <= 4_000 for event in rejected)


async def test_model_output_of_a_thousand_actions_ends_at_the_budget() -> None:
    goals = [
        {"action": "ADD_GOAL", "goal": f"Goal {number} of {'abcdefghij'[number % 10] * 9}"} for number in range(1_000)
    ]
    played = Played(plan(*goals), actions=12)
    finished = await played()
    assert (finished.status, finished.usage.actions) == ("finished", 12) or played.ledger.of("repetition.stopped")


async def test_model_output_after_done_is_not_read() -> None:
    played = Played(plan(SPEAK, DONE, *[SPEAK] * 1_000))
    finished = await played()
    assert (finished.status, finished.usage.actions) == ("finished", 2)
    assert len(played.ledger.of("plan.made")[0].actions) == 2


def test_model_output_has_a_most_of_actions() -> None:
    kept = [{"action": "ADD_GOAL", "goal": f"Goal {number}"} for number in range(MOST_ACTIONS)]
    assert read(plan(*kept), [])[2] == "whole"
    assert read(plan(*kept, DONE), [])[2] == "rejected"
    with pytest.raises(PlanRejected):
        parse_plan(plan(*kept, DONE))


def test_model_output_costs_as_much_per_piece_late_as_early() -> None:
    raw = plan({"action": "SPEAK", "text": "word " * 19_000})
    stream, began = PlanStream(), time.process_time()
    for start in range(0, len(raw), 4):
        stream.feed(raw[start : start + 4])
    assert time.process_time() - began < 2


class Endless:
    """Writes `piece` for ever, or is silent for ever when there is none."""

    name = "endless"

    def __init__(self, first: str, piece: str) -> None:
        self.first, self.piece = first, piece

    async def stream(self, request: ModelRequest, usage: ModelUsage) -> AsyncIterator[str]:
        yield self.first
        while True:
            await asyncio.sleep(0 if self.piece else 60)
            yield self.piece


@pytest.mark.parametrize(
    ("first", "piece", "codes"),
    [
        ("Well, ", "and so on ", {"model_answer_too_long"}),
        ('{"actions": [{"action": "SPEAK", "text": "', "and so on ", {"model_answer_too_long"}),
        ('{"reasoning": "', "and so on ", {"model_answer_too_long"}),
        ('{"reasoning": ', "[", {"model_answer_too_long"}),
        ("   ", "   ", {"model_answer_too_long"}),
        ("Well, ", "", {"model_timeout"}),
        ('{"actions": [', "", {"model_timeout"}),
    ],
)
@pytest.mark.parametrize("strategy", ["reactive", "inline", "deliberate"])
async def test_model_output_without_end_is_cut(strategy: str, first: str, piece: str, codes: set[str]) -> None:
    played = Played("unused", strategy=strategy, seconds=60)
    patience = 10 if piece else 0.1  # one that writes is never too quiet, however busy the machine
    gateway = Gateway(Endless(first, piece), deadline=30, idle=patience, retries=0, max_chars=20_000)
    turn: Turn = Turn(played.turn.scene, gateway)
    run = SequenceRun(turn, played.ledger, strategy, Limits(12, 60))
    async with asyncio.timeout(30):
        finished = await run.run()
    assert finished and finished.status == "failed" and finished.code in codes
    assert len(turn.calls[0].answer if turn.calls else "") <= 20_000


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the runs of a test be answered by a scripted model."""

    def give(*given: Answer) -> ScriptedModel:
        model = ScriptedModel(*given, size=50)
        chosen = type("Chosen", (), {"model": model, "label": "scripted", "kind": "openai", "is_offline": False})()
        monkeypatch.setattr(catalog, "current", lambda: chosen)
        return model

    return give


@pytest.mark.django_db(transaction=True)
@settings(max_examples=25)
@given(raws=st.lists(plans(), min_size=1, max_size=4), strategy=st.sampled_from(["reactive", "inline", "deliberate"]))
def test_model_output_of_any_kind_ends_the_run_and_keeps_the_log_readable(
    conversation: Conversation, owner: User, answers: Any, raws: list[str], strategy: str
) -> None:
    answers(*raws)
    Entity.objects.filter(pk=conversation.entity_id).update(strategy=strategy)
    run = runs.send(conversation, owner, "Hello.").run
    worker.execute(str(run.pk))
    run.refresh_from_db()
    assert run.status in ("finished", "failed") and run.attempts == 1
    _is_sound(conversation)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "action",
    [
        {"action": "REMOVE_GOAL", "context": "because " * 200},
        {"action": "UPDATE_MOOD", "mood": "İ" * 40, "intensity": 0.5},
        {"action": "ADD_MEMORY", "content": "x" * 2_000, "context": "y" * 2_000},
        {"action": "UPDATE_MOOD", "mood": "calm", "intensity": 0.5, "emotions": {f"e{n}": 0.5 for n in range(2_000)}},
        {"action": "REMOVE_MEMORY", "memory": 10**30},
    ],
    ids=lambda action: str(action["action"]),
)
def test_model_output_at_the_edge_of_what_fits_is_stored_as_it_can_be_read(
    conversation: Conversation, owner: User, entity: Entity, answers: Any, action: dict[str, Any]
) -> None:
    goal = entity.goals.get().pk
    answers(plan({**action, **({"goal": goal} if action["action"] == "REMOVE_GOAL" else {})}, SPEAK, DONE))
    run = runs.send(conversation, owner, "Hello.").run
    worker.execute(str(run.pk))
    run.refresh_from_db()
    assert run.status == "finished"
    _is_sound(conversation)


@pytest.mark.django_db
@pytest.mark.parametrize("tokens", [-5, 10**30])
def test_model_output_with_impossible_counts_of_tokens_is_recorded(owner: User, tokens: int) -> None:
    from agents.llm import recording

    answer = Gateway(ScriptedModel("Hi")).ask(ModelRequest("reply", ()))
    answer._usage.input_tokens = tokens
    recording.store(answer.call, owner_id=owner.pk, entity_id=None, run=None)
    assert 0 <= ModelCall.objects.get().input_tokens < 2**31


def _is_sound(conversation: Conversation) -> None:
    lines: list[LoggedEvent] = log.read(conversation.pk, limit=10_000)
    json.dumps([line.wire() for line in lines], allow_nan=False).encode()
    entity = Entity.objects.get(pk=conversation.entity_id)
    assert state.folded_log(entity) == state.read(entity)
    entity.full_clean(exclude=["owner"])
    for part in (*entity.goals.all(), *entity.memories.all()):
        part.full_clean()
    assert not list(violations())
