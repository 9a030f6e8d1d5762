"""Keeps every request to a model, compressed."""

import json
from typing import Any
from uuid import UUID

import zstandard

from agents import statements
from agents.llm import prices
from agents.llm.gateway import CANCELLED, STOPPED, CallRecord
from agents.models import ModelCall

LEVEL = 3  # zstd's own default: prompts shrink to a fifth and less within a millisecond
# English text has about four characters per token, and so has JSON; other languages have fewer.
CHARS_PER_TOKEN = 4


def store(call: CallRecord, *, owner_id: int, entity_id: int | None, run: UUID | None, action: str = "") -> ModelCall:
    """Write one request down. `action` is the id of the action it was made for, where there is one.

    Where the server told no tokens they are estimated from the characters. A request that was refused, or never
    answered, used none; one that was stopped before its end did.
    """
    tokens_in, tokens_out, is_estimated = tokens_of(call)
    price = prices.of(call.model)
    row = ModelCall(
        owner_id=owner_id,
        entity_id=entity_id,
        run=run,
        action=action,
        purpose=call.purpose,
        model=call.model[:140],
        prompt=_packed(call.prompt),
        answer=_packed(call.answer),
        input_tokens=tokens_in,
        output_tokens=tokens_out,
        is_estimated=is_estimated,
        cost=price.of(tokens_in, tokens_out) if price else None,
        started_at=call.started_at,
        first_ms=call.first_ms,
        total_ms=call.total_ms,
        attempts=call.attempts,
        error=call.error[:500],
    )
    statements.insert(row)
    return row


def prompt_of(call: ModelCall) -> list[dict[str, Any]]:
    """Return the messages that were sent, each with `role` and `content`."""
    messages: list[dict[str, Any]] = json.loads(_unpacked(call.prompt))
    return messages


def answer_of(call: ModelCall) -> str:
    """Return the text that came back, as far as it came."""
    return _unpacked(call.answer)


def tokens_of(call: CallRecord) -> tuple[int, int, bool]:
    """Return tokens in, tokens out, and whether they are estimated."""
    told = _sane(call.input_tokens), _sane(call.output_tokens)
    was_worked_on = bool(call.answer) or call.error in ("", CANCELLED, STOPPED)
    if any(told) or call.model == prices.OFFLINE or not was_worked_on:
        return *told, False
    asked = sum(len(message["content"]) for message in json.loads(call.prompt))
    return asked // CHARS_PER_TOKEN, len(call.answer) // CHARS_PER_TOKEN, True


def _sane(tokens: int) -> int:
    """Return what a server told, as far as a column takes it: servers have told less than nothing."""
    return min(max(tokens, 0), 2**31 - 1)


def _packed(text: str) -> bytes:
    return zstandard.compress(text.encode("utf-8", "replace"), LEVEL)


def _unpacked(blob: bytes | memoryview) -> str:
    return zstandard.decompress(bytes(blob)).decode()
