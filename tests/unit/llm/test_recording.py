"""The record of a call: compressed, and read back as it was."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from agents.llm import recording
from agents.llm.gateway import CallRecord
from agents.models import Entity, ModelCall

PROMPT = '[{"role": "system", "content": "' + "You are careful. " * 200 + '"}, {"role": "user", "content": "Grüße 🌿"}]'


def record(**fields: object) -> CallRecord:
    given: dict[str, object] = {
        "purpose": "inline",
        "model": "stub-1",
        "prompt": PROMPT,
        "answer": "Hello — 🌿",
        "input_tokens": 7,
        "output_tokens": 3,
        "finish": "stop",
        "started_at": datetime(2026, 1, 2, tzinfo=UTC),
        "first_ms": 12.5,
        "total_ms": 80.0,
        "attempts": 2,
        "error": "",
    }
    return CallRecord(**{**given, **fields})  # type: ignore[arg-type]  # a mapping of all its fields


def test_a_call_comes_back_as_it_was(entity: Entity, owner: User) -> None:
    run = uuid4()
    recording.store(record(), owner_id=owner.pk, entity_id=entity.pk, run=run, action="a1")
    call = ModelCall.objects.get(run=run)
    assert recording.prompt_of(call)[1] == {"role": "user", "content": "Grüße 🌿"}
    assert recording.answer_of(call) == "Hello — 🌿"
    assert (call.run, call.action, call.purpose, call.attempts) == (run, "a1", "inline", 2)
    assert (call.input_tokens, call.output_tokens, call.first_ms, call.total_ms) == (7, 3, 12.5, 80)


def test_prompts_are_compressed(entity: Entity, owner: User) -> None:
    call = recording.store(record(), owner_id=owner.pk, entity_id=entity.pk, run=None)
    assert len(call.prompt) < len(PROMPT) / 10


def test_a_failed_call_is_kept_too_and_long_words_are_cut(entity: Entity, owner: User) -> None:
    failed = record(error="x" * 900, answer="", first_ms=None, model="m" * 300)
    recording.store(failed, owner_id=owner.pk, entity_id=None, run=None)
    call = ModelCall.objects.get()
    assert (len(call.error), len(call.model), recording.answer_of(call)) == (500, 140, "")


def test_half_of_a_surrogate_pair_does_not_break_the_record(entity: Entity, owner: User) -> None:
    call = recording.store(record(answer="a\ud83cb"), owner_id=owner.pk, entity_id=None, run=None)
    assert recording.answer_of(call) == "a?b"


@pytest.mark.django_db
def test_calls_are_their_owners(entity: Entity, owner: User, stranger: User) -> None:
    recording.store(record(), owner_id=owner.pk, entity_id=entity.pk, run=None)
    assert ModelCall.objects.for_user(owner).count() == 1
    assert ModelCall.objects.for_user(stranger).count() == 0


def tokens(call: ModelCall) -> tuple[int, int, bool]:
    return call.input_tokens, call.output_tokens, call.is_estimated


@pytest.mark.django_db
def test_what_a_call_cost(entity: Entity, owner: User) -> None:
    for model in ("gpt-5-mini", "stub-1"):
        recording.store(record(model=model, input_tokens=1_000), owner_id=owner.pk, entity_id=None, run=None)
    assert ModelCall.objects.get(model="gpt-5-mini").cost == Decimal("0.000256")
    assert ModelCall.objects.get(model="stub-1").cost is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"answer": "a" * 400}, (851, 100, True)),
        ({"answer": "a" * 400, "error": "Cancelled."}, (851, 100, True)),
        ({"answer": "", "error": "Cancelled."}, (851, 0, True)),
        ({"answer": "", "error": "The model server did not answer."}, (0, 0, False)),
        ({"answer": "a" * 400, "model": "offline"}, (0, 0, False)),
        ({"answer": "a" * 400, "input_tokens": 5}, (5, 0, False)),
        ({"answer": "", "error": "x", "input_tokens": -5, "output_tokens": 10**30}, (0, 2**31 - 1, False)),
    ],
)
def test_tokens_that_nobody_told_are_estimated(
    owner: User, fields: dict[str, object], expected: tuple[int, int, bool]
) -> None:
    recording.store(
        record(**{"input_tokens": 0, "output_tokens": 0, **fields}), owner_id=owner.pk, entity_id=None, run=None
    )
    assert tokens(ModelCall.objects.get()) == expected
