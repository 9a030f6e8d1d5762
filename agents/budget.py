"""What one run may use: actions, seconds, tokens and money, and how much of it is gone."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from agents.errors import EngineError
from agents.llm import prices, recording
from agents.llm.base import ModelRequest
from agents.llm.gateway import CallRecord


@dataclass(frozen=True, slots=True)
class Limits:
    """The budget of one run: actions, seconds of wall time, tokens, USD. No tokens or money means no limit of them."""

    actions: int
    seconds: float
    tokens: int = 0
    money: float = 0.0


class BudgetUsedUp(EngineError):
    """A run has used its tokens or its money. `limit` and `used` in tokens, or in USD."""

    code = "budget_reached"

    def __init__(self, budget: Literal["tokens", "money"], limit: float, used: float) -> None:
        said = f"{used:,.0f} of {limit:,.0f} tokens" if budget == "tokens" else f"${used:,.4f} of ${limit:,.4f}"
        super().__init__(f"The budget of this answer is used up: {said}. Try again, or raise the limit.")
        self.budget, self.limit, self.used = budget, limit, used


@dataclass(slots=True)
class Spent:
    """Tokens and money that a run has used. What has no known price costs nothing here."""

    tokens: int = 0
    money: Decimal = Decimal(0)

    def add(self, call: CallRecord) -> None:
        """Count a request that is over, with estimated tokens where the server told none."""
        asked, answered, _is_estimated = recording.tokens_of(call)
        price = prices.of(call.model)
        self.tokens += asked + answered
        self.money += price.of(asked, answered) if price else Decimal(0)

    def check(self, limits: Limits) -> None:
        """Raise `BudgetUsedUp` when nothing is left for a further request."""
        self._check(limits, self.tokens, self.money, is_last=False)

    def check_under_way(self, limits: Limits, model: str, asked: int, answered: int) -> None:
        """Raise `BudgetUsedUp` when a request under way, by the characters of its prompt and of its answer so far, has
        gone beyond what was left. A last answer that fits to the token is not cut."""
        if model == prices.OFFLINE:
            return
        tokens_in, tokens_out = asked // recording.CHARS_PER_TOKEN, answered // recording.CHARS_PER_TOKEN
        price = prices.of(model)
        money = self.money + (price.of(tokens_in, tokens_out) if price else Decimal(0))
        self._check(limits, self.tokens + tokens_in + tokens_out, money, is_last=True)

    def _check(self, limits: Limits, tokens: int, money: Decimal, *, is_last: bool) -> None:
        most = Decimal(str(limits.money))
        if limits.tokens and (tokens > limits.tokens or (tokens == limits.tokens and not is_last)):
            raise BudgetUsedUp("tokens", limits.tokens, tokens)
        if limits.money and (money > most or (money == most and not is_last)):
            raise BudgetUsedUp("money", limits.money, round(float(money), 6))


def prompt_length(request: ModelRequest) -> int:
    """Return the characters of a request."""
    return sum(len(message.content) for message in request.messages)
