"""What a strategy works with: the scene as it is now, and the model."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from agents.llm.base import ModelRequest
from agents.llm.gateway import CallRecord, Gateway
from agents.plan import ActionPlan
from agents.scene import CompletedAction, Scene


@dataclass(slots=True)
class Turn:
    """One run as its strategy sees it. The scene is immutable; `complete` adds a completed action, and nothing else
    ever changes it but a fresh state (`refresh`). `left` is what an interrupted run still had to do of its plan."""

    scene: Scene
    gateway: Gateway
    left: ActionPlan | None = None
    calls: list[CallRecord] = field(default_factory=list)
    input_tokens: int = 0
    output_tokens: int = 0
    model_calls: int = 0

    def complete(self, done: CompletedAction) -> None:
        """Add a completed action, for the strategy and for every prompt after it."""
        self.scene = self.scene.model_copy(update={"completed": (*self.scene.completed, done)})

    async def ask(self, request: ModelRequest) -> AsyncGenerator[str, None]:
        """Yield the model's answer piece by piece; the call is recorded however it ends. Raises `ModelError`."""
        answer = self.gateway.ask(request)
        self.model_calls += 1
        try:
            async with answer:
                async for piece in answer:
                    yield piece
        finally:
            self.calls.append(answer.call)
            self.input_tokens += answer.call.input_tokens
            self.output_tokens += answer.call.output_tokens

    def take_calls(self) -> list[CallRecord]:
        """Return the calls not stored yet, and forget them."""
        calls, self.calls = self.calls, []
        return calls
