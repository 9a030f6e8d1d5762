"""The admin of the engine's tables. Whatever is part of an entity's state is changed by `agents.state` alone."""

from agents.admin import chains, entity, models, parts

__all__ = ["chains", "entity", "models", "parts"]
