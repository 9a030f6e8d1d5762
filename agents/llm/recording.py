"""Keeps every request to a model, compressed."""

import json
from typing import Any
from uuid import UUID

import zstandard

from agents.llm.gateway import CallRecord
from agents.models import ModelCall

LEVEL = 3  # zstd's own default: prompts shrink to a fifth and less within a millisecond


def store(call: CallRecord, *, owner_id: int, entity_id: int | None, run: UUID | None, action: str = "") -> ModelCall:
    """Write one request down. `action` is the id of the action it was made for, where there is one."""
    return ModelCall.objects.create(
        owner_id=owner_id,
        entity_id=entity_id,
        run=run,
        action=action,
        purpose=call.purpose,
        model=call.model[:140],
        prompt=_packed(call.prompt),
        answer=_packed(call.answer),
        input_tokens=call.input_tokens,
        output_tokens=call.output_tokens,
        started_at=call.started_at,
        first_ms=call.first_ms,
        total_ms=call.total_ms,
        attempts=call.attempts,
        error=call.error[:500],
    )


def prompt_of(call: ModelCall) -> list[dict[str, Any]]:
    """Return the messages that were sent, each with `role` and `content`."""
    messages: list[dict[str, Any]] = json.loads(_unpacked(call.prompt))
    return messages


def answer_of(call: ModelCall) -> str:
    """Return the text that came back, as far as it came."""
    return _unpacked(call.answer)


def _packed(text: str) -> bytes:
    return zstandard.compress(text.encode("utf-8", "replace"), LEVEL)


def _unpacked(blob: bytes | memoryview) -> str:
    return zstandard.decompress(bytes(blob)).decode()
