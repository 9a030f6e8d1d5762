"""What a strategy works with: the scene as it is now, and the model."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from agents import observe
from agents.actions import registry
from agents.budget import Limits, Spent, prompt_length
from agents.events import RecalledMemory
from agents.llm.base import ModelRequest
from agents.llm.gateway import CallRecord, Gateway
from agents.mind import EntityState
from agents.plan import ActionPlan
from agents.scene import CompletedAction, Scene, merged


@dataclass(slots=True)
class Turn:
    """One run as its strategy sees it. The scene is immutable; `complete` adds a completed action, `remember` what was
    recalled on the way, and `look` takes the state in as it is now. `left` is what an interrupted run still had to do
    of its plan; `given` is a plan that is to be followed instead of making one. The sequence gives `read`, and says
    when the state `is_stale`."""

    scene: Scene
    gateway: Gateway
    left: ActionPlan | None = None
    given: ActionPlan | None = None
    calls: list[CallRecord] = field(default_factory=list)
    input_tokens: int = 0
    output_tokens: int = 0
    model_calls: int = 0
    worked_ms: float = 0  # in the parts before, of a run that waited
    parts: int = 1
    limits: Limits | None = None
    spent: Spent = field(default_factory=Spent)
    read: Callable[[], Awaitable[EntityState]] | None = None
    is_stale: bool = False

    async def look(self) -> Scene:
        """Return the scene for the next prompt: with the state as the actions so far have left it."""
        if self.is_stale and self.read is not None:
            self.is_stale = False
            self.scene = self.scene.model_copy(update={"state": await self.read()})
        return self.scene

    @property
    def planned_ids(self) -> set[str]:
        """The ids that plans of this run have given to what is over."""
        return {done.planned for done in self.scene.completed if done.planned}

    def remember(self, found: Sequence[RecalledMemory]) -> None:
        """Add memories that were recalled in mid-run to what every later prompt holds."""
        self.scene = self.scene.model_copy(update={"recalled": merged(self.scene.recalled, found)})

    def complete(self, done: CompletedAction) -> None:
        """Add a completed action, for the strategy and for every prompt after it."""
        self.scene = self.scene.model_copy(update={"completed": (*self.scene.completed, done)})

    @property
    def is_answered(self) -> bool:
        """Whether the last thing done was to ask the person, who has answered."""
        done = self.scene.completed
        return bool(done) and done[-1].action == "ASK_USER" and done[-1].ok

    def since_pause(self) -> tuple[CompletedAction, ...]:
        """Return what was done since the run last waited for an answer or a moment."""
        done = self.scene.completed
        pauses = [place for place, each in enumerate(done) if (kind := registry.get(each.action)) and kind.is_pause]
        return done[pauses[-1] + 1 :] if pauses else done

    async def ask(self, request: ModelRequest, action: str = "") -> AsyncGenerator[str, None]:
        """Yield the model's answer piece by piece; the call is recorded however it ends, with the id of the `action`
        that it was for. Raises `ModelError`, and `BudgetUsedUp` when the run has no tokens or money left."""
        if self.limits:
            self.spent.check(self.limits)
        asked, answered = prompt_length(request), 0
        answer = self.gateway.ask(request)
        self.model_calls += 1
        try:
            with observe.asking(answer):
                async with answer:
                    async for piece in answer:
                        answered += len(piece)
                        if self.limits:
                            self.spent.check_under_way(self.limits, answer.model, asked, answered)
                        yield piece
        finally:
            self.calls.append(replace(answer.call, action=action))
            self.spent.add(answer.call)
            self.input_tokens += answer.call.input_tokens
            self.output_tokens += answer.call.output_tokens

    def take_calls(self) -> list[CallRecord]:
        """Return the calls not stored yet, and forget them."""
        calls, self.calls = self.calls, []
        return calls
