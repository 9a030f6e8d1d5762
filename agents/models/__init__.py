"""The engine's tables."""

from agents.models.chain import Chain
from agents.models.entity import Entity, Strategy
from agents.models.llm import ModelCall, Provider
from agents.models.mind import Desire, Goal, Memory, Part, Snapshot, StateVersion
from agents.models.owned import Owned, OwnedQuerySet

__all__ = [
    "Chain",
    "Desire",
    "Entity",
    "Goal",
    "Memory",
    "ModelCall",
    "Owned",
    "OwnedQuerySet",
    "Part",
    "Provider",
    "Snapshot",
    "StateVersion",
    "Strategy",
]
