"""Models for tests, scripted: each attempt takes the next script."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from agents.llm.base import ChatMessage, ModelRequest, ModelUsage

REQUEST = ModelRequest("reply", (ChatMessage("system", "Be brief."), ChatMessage("user", "Grüße")))

Step = str | float | Exception


class Scripted:
    """Yields strings, sleeps for numbers, raises errors; counts attempts and sees whether it was closed."""

    name = "scripted"

    def __init__(self, *attempts: Sequence[Step], finish: str = "stop") -> None:
        self.attempts = list(attempts)
        self.asked = self.closed = 0
        self.finish = finish

    async def stream(self, request: ModelRequest, usage: ModelUsage) -> AsyncIterator[str]:
        script = self.attempts[min(self.asked, len(self.attempts) - 1)]
        self.asked += 1
        try:
            for step in script:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, str):
                    yield step
                else:
                    await asyncio.sleep(step)
            usage.input_tokens, usage.output_tokens, usage.finish = 3, 2, self.finish
        finally:
            self.closed += 1
