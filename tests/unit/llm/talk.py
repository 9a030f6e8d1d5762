"""A talk with the offline responder: keeps a scene, and does what each plan says."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.changes import DesireValue, GoalValue, MemoryValue, Mood
from agents.events import RecalledMemory
from agents.llm.base import ChatMessage, ModelRequest, ModelUsage, Purpose
from agents.llm.offline import OfflineResponder
from agents.mind import EntityState, folded
from agents.scene import CompletedAction, Said, Scene
from agents.triggers import Trigger, TriggerKind

NAMES = Literal[
    "THINK", "UPDATE_MOOD", "UPDATE_APPEARANCE", "UPDATE_ENVIRONMENT", "ADD_MEMORY", "REMOVE_MEMORY", "ADD_GOAL",
    "UPDATE_GOAL", "REMOVE_GOAL", "ADD_DESIRE", "REMOVE_DESIRE", "RECALL", "REFLECT", "SPEAK", "DONE",
]  # fmt: skip


class Step(BaseModel):
    """One action of a plan as the responder writes it: flat, nothing unknown."""

    model_config = ConfigDict(extra="forbid")

    action: NAMES
    context: str = Field("", max_length=2_000)
    text: str | None = Field(None, min_length=1)
    mood: str | None = Field(None, min_length=1, max_length=40)
    intensity: float | None = Field(None, ge=0, le=1)
    valence: float | None = Field(None, ge=-1, le=1)
    arousal: float | None = Field(None, ge=-1, le=1)
    emotions: dict[str, float] | None = None
    content: str | None = Field(None, min_length=1, max_length=2_000)
    importance: float | None = Field(None, ge=0, le=1)
    memory: int | None = None
    goal: int | str | None = None
    priority: float | None = Field(None, ge=0, le=1)
    progress: float | None = Field(None, ge=0, le=1)
    desire: int | str | None = None
    appearance: str | None = None
    environment: str | None = None
    query: str | None = None
    outcome: Literal["completed", "abandoned", "satisfied"] | None = None
    reason: str | None = Field(None, max_length=500)


class Plan(BaseModel):
    """A whole plan."""

    model_config = ConfigDict(extra="forbid")

    reasoning: str = Field(max_length=4_000)
    can_extend: bool
    actions: list[Step] = Field(min_length=1, max_length=16)


def ask(scene: Scene | None, purpose: Purpose = "inline", context: str = "", usage: ModelUsage | None = None) -> str:
    """Return the responder's whole answer."""
    return "".join(pieces(scene, purpose, context, usage))


def pieces(
    scene: Scene | None, purpose: Purpose = "inline", context: str = "", usage: ModelUsage | None = None
) -> list[str]:
    """Return the responder's answer as it streamed."""
    request = ModelRequest(purpose, (ChatMessage("user", "hello there"),), scene, context)

    async def collect() -> list[str]:
        stream = OfflineResponder().stream(request, usage or ModelUsage())
        return [piece async for piece in stream]

    return asyncio.run(collect())


class Talk:
    """A conversation with one entity, in memory only."""

    def __init__(self, state: EntityState, person: str = "admin") -> None:
        self.state, self.person = state, person
        self.history: list[Said] = []
        self.at = datetime(2025, 11, 20, 21, 4, tzinfo=UTC)
        self.plan: Plan | None = None
        self._next_id = 1_000

    def scene(self, text: str, kind: TriggerKind = "user_input") -> Scene:
        """Return the scene in which the visitor has just said `text`."""
        words = set(folded(text).split())
        recalled = tuple(
            RecalledMemory(id=key, content=memory.content, score=0.7, importance=memory.importance)
            for key, memory in self.state.known().items()
            if words & set(folded(memory.content).split())
        )
        history = (*self.history, Said(author="user", text=text, at=self.at))
        trigger = Trigger(kind=kind, content=text, at=self.at)
        return Scene(state=self.state, person=self.person, trigger=trigger, history=history, recalled=recalled[:8])

    def say(self, text: str) -> str:
        """Say `text`, do what the plan says, and return the reply; empty for a silent turn."""
        scene = self.scene(text)
        self.plan = Plan.model_validate(json.loads(ask(scene)))
        self.history.append(scene.history[-1])
        self.at += timedelta(minutes=1)
        reply = ""
        for step in self.plan.actions:
            self.state = self._after(step)
            reply = step.text or "" if step.action == "SPEAK" else reply
        self.history.append(Said(author="entity", text=reply, at=self.at))
        return reply

    def new_conversation(self) -> None:
        """Forget the talk, keep the mind."""
        self.history = []

    def steps(self, action: str) -> list[Step]:
        """Return the steps of the latest plan that are of this kind."""
        return [step for step in (self.plan.actions if self.plan else []) if step.action == action]

    def memories(self) -> list[str]:
        """Return what is remembered now."""
        return [memory.content for memory in self.state.known().values()]

    def _after(self, step: Step) -> EntityState:
        state, memories, goals = self.state, dict(self.state.memories), dict(self.state.goals)
        desires = dict(self.state.desires)
        match step.action:
            case "UPDATE_MOOD":
                fields = step.model_dump(include={"intensity", "valence", "arousal", "emotions"})
                return state.model_copy(update={"mood": Mood(label=step.mood or "", **fields)})
            case "ADD_MEMORY":
                known = {folded(memory.content) for memory in state.known().values()}
                assert folded(step.content or "") not in known, f"a duplicate: {step.content}"
                memories[self._id()] = MemoryValue(content=step.content or "", importance=step.importance or 0)
            case "REMOVE_MEMORY":
                key = step.memory or 0
                assert not memories[key].forgotten
                memories[key] = memories[key].model_copy(update={"forgotten": True})
            case "ADD_GOAL":
                active = {folded(goal.text) for goal in state.active_goals().values()}
                assert folded(str(step.goal)) not in active
                goals[self._id()] = GoalValue(text=str(step.goal), priority=step.priority or 0)
            case "REMOVE_GOAL":
                assert isinstance(step.goal, int) and step.outcome
                update = {"status": step.outcome, "reason": step.reason or ""}
                goals[step.goal] = goals[step.goal].model_copy(update=update)
            case "UPDATE_GOAL":
                assert isinstance(step.goal, int)
                fields = step.model_dump(include={"progress", "priority"}, exclude_none=True)
                goals[step.goal] = goals[step.goal].model_copy(update=fields)
            case "UPDATE_APPEARANCE":
                return state.model_copy(update={"appearance": step.appearance})
            case "UPDATE_ENVIRONMENT":
                return state.model_copy(update={"environment": step.environment})
            case "ADD_DESIRE":
                desires[self._id()] = DesireValue(text=str(step.desire), intensity=step.intensity or 0)
            case "REMOVE_DESIRE":
                assert isinstance(step.desire, int) and step.outcome
                desires[step.desire] = desires[step.desire].model_copy(update={"status": step.outcome})
        return state.model_copy(update={"memories": memories, "goals": goals, "desires": desires})

    def _id(self) -> int:
        self._next_id += 1
        return self._next_id


def completed(step: Step, number: int) -> CompletedAction:
    """Return `step` as an action that is done."""
    args: dict[str, Any] = step.model_dump(exclude={"action", "context"}, exclude_none=True)
    return CompletedAction(id=f"a{number}", action=step.action, args=args)
