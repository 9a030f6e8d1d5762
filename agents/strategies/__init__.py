"""How an entity turns a trigger into actions: three ways, one interface."""

from agents.strategies.deliberate import deliberate
from agents.strategies.inline import inline
from agents.strategies.reactive import reactive
from agents.strategies.steps import Strategy

STRATEGIES: dict[str, Strategy] = {"reactive": reactive, "inline": inline, "deliberate": deliberate}

__all__ = ["STRATEGIES", "Strategy"]
