"""A model whose answers are given beforehand: for tests of what the engine makes of them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from agents.llm.base import ModelRequest, ModelUsage

Answer = str | Exception | Callable[[ModelRequest], str]


def plan(*actions: dict[str, Any], **header: Any) -> str:
    """Return a plan as a model writes it."""
    return json.dumps({"reasoning": "because", "can_extend": False, **header, "actions": list(actions)})


class ScriptedModel:
    """Answers with `answers` in turn, the last one for ever, in chunks of `size`; keeps what it was asked.

    An exception among the answers is raised; `hold` (an event) stops it after the first half of an answer.
    """

    name = "scripted"

    def __init__(self, *answers: Answer, size: int = 8, hold: asyncio.Event | None = None) -> None:
        self.answers: Sequence[Answer] = answers
        self.requests: list[ModelRequest] = []
        self.size, self.hold = size, hold

    async def stream(self, request: ModelRequest, usage: ModelUsage) -> AsyncIterator[str]:
        answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
        self.requests.append(request)
        if isinstance(answer, Exception):
            raise answer
        text = answer if isinstance(answer, str) else answer(request)
        usage.input_tokens, usage.output_tokens = 100, len(text) // 4
        for start in range(0, len(text), self.size):
            if self.hold is not None and start > len(text) // 2:
                await self.hold.wait()
            yield text[start : start + self.size]
            await asyncio.sleep(0)
