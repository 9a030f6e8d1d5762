"""The admin of the engine's tables. Whatever is part of an entity's state is changed by `agents.state` alone."""

from agents.admin import entity, models, parts

__all__ = ["entity", "models", "parts"]
