"""The record of a call: compressed, and read back as it was."""

from datetime import UTC, datetime
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
    made = recording.store(record(), owner_id=owner.pk, entity_id=entity.pk, run=run, action="a1")
    call = ModelCall.objects.get(pk=made.pk)
    assert recording.prompt_of(call)[1] == {"role": "user", "content": "Grüße 🌿"}
    assert recording.answer_of(call) == "Hello — 🌿"
    assert (call.run, call.action, call.purpose, call.attempts) == (run, "a1", "inline", 2)
    assert (call.input_tokens, call.output_tokens, call.first_ms, call.total_ms) == (7, 3, 12.5, 80)


def test_prompts_are_compressed(entity: Entity, owner: User) -> None:
    call = recording.store(record(), owner_id=owner.pk, entity_id=entity.pk, run=None)
    assert len(call.prompt) < len(PROMPT) / 10


def test_a_failed_call_is_kept_too_and_long_words_are_cut(entity: Entity, owner: User) -> None:
    failed = record(error="x" * 900, answer="", first_ms=None, model="m" * 300)
    call = recording.store(failed, owner_id=owner.pk, entity_id=None, run=None)
    call.refresh_from_db()
    assert (len(call.error), len(call.model), recording.answer_of(call)) == (500, 140, "")


def test_half_of_a_surrogate_pair_does_not_break_the_record(entity: Entity, owner: User) -> None:
    call = recording.store(record(answer="a\ud83cb"), owner_id=owner.pk, entity_id=None, run=None)
    assert recording.answer_of(call) == "a?b"


@pytest.mark.django_db
def test_calls_are_their_owners(entity: Entity, owner: User, stranger: User) -> None:
    recording.store(record(), owner_id=owner.pk, entity_id=entity.pk, run=None)
    assert ModelCall.objects.for_user(owner).count() == 1
    assert ModelCall.objects.for_user(stranger).count() == 0
