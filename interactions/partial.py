"""Texts that are still streaming, as the live stream has them: for whoever joins or stops a run in the middle."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import redis

from agents.events import Draft, TextFinished
from interactions import live
from interactions.models import Run


class OpenTexts:
    """Folds the entries of a stream into the texts that are not finished yet."""

    def __init__(self) -> None:
        self.texts: dict[str, live.Delta] = {}
        self.seq = 0  # of the newest event among the entries

    def event(self, kind: str, run: str | None, action: str | None) -> None:
        """Take note of an event: what it ends or makes void is no longer open."""
        if kind in ("text.finished", "action.skipped"):
            self.texts.pop(action or "", None)
        elif kind in ("run.started", "run.finished", "question.asked", "wait.started"):
            self.texts = {key: text for key, text in self.texts.items() if text.run != run}

    def delta(self, delta: live.Delta) -> live.Delta | None:
        """Take a delta; return what of it is new, or None: nothing, or something before it is missing."""
        before = self.texts.get(delta.action)
        length = len(before.text) if before else 0
        if delta.offset > length or delta.offset + len(delta.text) <= length:
            return None
        new = delta.text[length - delta.offset :]
        whole = (before.text if before else "") + new
        self.texts[delta.action] = live.Delta(delta.run, delta.action, 0, whole, delta.is_thought)
        return live.Delta(delta.run, delta.action, length, new, delta.is_thought)

    def entries(self, entries: Iterable[tuple[Any, Mapping[bytes, bytes]]]) -> None:
        """Take entries as Redis gives them."""
        for _id, fields in entries:
            body = json.loads(fields[b"j"])
            if body["kind"] == "text.delta":
                self.delta(delta_of(body))
            else:
                self.seq = body["seq"]
                self.event(body["kind"], body["run"], body["action"])


def delta_of(body: Mapping[str, Any]) -> live.Delta:
    """Return the delta that stands in a stream's entry."""
    return live.Delta(body["run"], body["action"], body["offset"], body["text"], body["is_thought"])


def spoken_so_far(run: Run) -> list[Draft]:
    """Return what `run` has streamed and not finished, as partial texts for the log; nothing when Redis is away."""
    open_ = OpenTexts()
    try:
        open_.entries(live.client().xrange(live.key(run.conversation_id)))  # type: ignore[arg-type]
    except (redis.RedisError, OSError):
        return []
    return [
        Draft(
            event=TextFinished(
                is_thought=text.is_thought,
                text=text.text,
                name="THINK" if text.is_thought else "SPEAK",
                is_partial=True,
            ),
            action=action,
        )
        for action, text in open_.texts.items()
        if text.run == str(run.pk) and text.text.strip()
    ]
