"""The vocabulary of events: closed, and readable for ever."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from django.utils import timezone
from pydantic import ValidationError

from agents.events import Event, LoggedEvent, parse
from agents.models import Entity
from interactions.models import Conversation
from interactions.rendering import LiveRenderer

GOLDEN = Path(__file__).parent.parent / "golden" / "events_v1.jsonl"
LINES: list[dict[str, Any]] = [json.loads(line) for line in GOLDEN.read_text().splitlines()]
KINDS = {kind.model_fields["kind"].default for kind in get_args(get_args(Event)[0])}


def logged(seq: int, line: dict[str, Any]) -> LoggedEvent:
    event = parse(line["kind"], line["payload"])
    run = "6f1f6a0e-1c55-4a0e-8a2e-0d6a2b2a7f00"
    return LoggedEvent(seq=seq, run=run, action=line.get("action", ""), at=timezone.now(), event=event)


def within(stored: Any, dumped: Any) -> bool:
    """Whether everything that was stored is said still; fields that came later have defaults."""
    if isinstance(stored, dict):
        return all(name in dumped and within(value, dumped[name]) for name, value in stored.items())
    if isinstance(stored, list):
        return len(stored) == len(dumped) and all(map(within, stored, dumped))
    return bool(stored == dumped)


def test_a27_the_golden_file_has_every_kind() -> None:
    assert {line["kind"] for line in LINES} == KINDS


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["kind"])
def test_a27_events_of_the_first_version_parse_and_say_the_same(line: dict[str, Any]) -> None:
    event = logged(1, line)
    dumped = event.event.model_dump(mode="json", exclude={"kind"})
    assert within(line["payload"], dumped)
    assert LoggedEvent.from_wire(json.loads(json.dumps(event.wire()))) == event


@pytest.mark.django_db
def test_a27_events_of_the_first_version_render(entity: Entity, conversation: Conversation) -> None:
    renderer = LiveRenderer(conversation, entity)
    html = "".join(renderer.event(logged(seq, line)) for seq, line in enumerate(LINES, start=1))
    assert "I found a letter." in html and "Whose hand is <em>it</em>?" in html


def test_unknown_kinds_and_fields_are_refused() -> None:
    with pytest.raises(ValidationError):
        parse("message.sung", {})
    with pytest.raises(ValidationError):
        parse("action.finished", {"name": "SPEAK", "volume": 3})


def test_the_wire_is_the_contract() -> None:
    wire = logged(
        5, {"kind": "action.finished", "action": "a2", "payload": {"name": "THINK", "result": "x", "ms": 1}}
    ).wire()
    assert list(wire)[:5] == ["seq", "kind", "run", "action", "at"]
    assert (wire["seq"], wire["kind"], wire["action"], wire["name"]) == (5, "action.finished", "a2", "THINK")
