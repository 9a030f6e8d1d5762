"""The engine's tables."""

from agents.models.entity import Entity, Strategy
from agents.models.llm import ModelCall, Provider
from agents.models.mind import Desire, Goal, Memory, StateVersion
from agents.models.owned import Owned, OwnedQuerySet

__all__ = [
    "Desire",
    "Entity",
    "Goal",
    "Memory",
    "ModelCall",
    "Owned",
    "OwnedQuerySet",
    "Provider",
    "StateVersion",
    "Strategy",
]
