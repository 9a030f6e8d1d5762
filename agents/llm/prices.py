"""What a request to a model costs, by the vendors' list prices. A guard against surprises, not a bill.

The prices are for the plain service: no discounts for cached or batched input, no surcharge for very long prompts.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

MILLION = 1_000_000
# The offline responder's name. It is no model: it has no tokens and costs nothing.
OFFLINE = "offline"
# What vendors put behind a name: the day of a release, or that it is the newest one.
_RELEASE = re.compile(r"(-\d{8}|-\d{4}-\d{2}-\d{2}|-latest|@\d{8})$")


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens, in and out."""

    input: Decimal
    output: Decimal

    def of(self, input_tokens: int, output_tokens: int) -> Decimal:
        """Return what that many tokens cost, in USD."""
        return (self.input * input_tokens + self.output * output_tokens) / MILLION


def of(model: str) -> Price | None:
    """Return the price of the model called so, with or without its vendor and release; None for an unknown one.

    Whoever serves it: a proxy in front of a vendor costs what the vendor does. Models of one's own have other names.
    """
    name = model.strip().lower().rpartition("/")[2]
    return PRICES.get(name) or PRICES.get(_RELEASE.sub("", name))


def _price(input_price: str, output_price: str) -> Price:
    return Price(Decimal(input_price), Decimal(output_price))


# Source and day of every line: as the vendors' price pages are gathered in genai-prices 0.2.3, read for 2026-11-25. A
# test compares them, so that a newer release of that package, which comes with pydantic-ai, shows what has changed.
# Where a rise is announced (gemini-3.6 to 3.8 for 2027-01-01, gemini-4 for 2026-12-01), the higher price.
PRICES: dict[str, Price] = {
    # OpenAI, openai.com/api/pricing
    "gpt-4o": _price("2.5", "10"),
    "gpt-4o-mini": _price("0.15", "0.6"),
    "gpt-4.1": _price("2", "8"),
    "gpt-4.1-mini": _price("0.4", "1.6"),
    "gpt-4.1-nano": _price("0.1", "0.4"),
    "gpt-5": _price("1.25", "10"),
    "gpt-5-mini": _price("0.25", "2"),
    "gpt-5-nano": _price("0.05", "0.4"),
    "gpt-5-pro": _price("15", "120"),
    "gpt-5.1": _price("1.25", "10"),
    "gpt-5.2": _price("1.75", "14"),
    "gpt-5.2-pro": _price("21", "168"),
    "gpt-5.4": _price("2.5", "15"),
    "gpt-5.4-mini": _price("0.75", "4.5"),
    "gpt-5.4-nano": _price("0.2", "1.25"),
    "gpt-5.4-pro": _price("30", "180"),
    "gpt-5.5": _price("5", "30"),
    "gpt-5.5-pro": _price("30", "180"),
    "gpt-5.6-luna": _price("0.2", "1.2"),
    "gpt-5.6-sol": _price("4", "20"),
    "gpt-5.6-terra": _price("2", "12"),
    "gpt-6-astra": _price("10", "50"),
    "gpt-6-luna": _price("0.1", "0.5"),
    "gpt-6-sol": _price("2", "10"),
    "gpt-6.1-sol": _price("2", "10"),
    "gpt-6.1-terra": _price("1", "5"),
    "o3": _price("2", "8"),
    "o3-mini": _price("1.1", "4.4"),
    "o4-mini": _price("1.1", "4.4"),
    # Anthropic, anthropic.com/pricing
    "claude-haiku-4-5": _price("1", "5"),
    "claude-haiku-5-5": _price("0.1", "0.5"),
    "claude-opus-4-5": _price("5", "25"),
    "claude-opus-4-6": _price("5", "25"),
    "claude-opus-4-7": _price("5", "25"),
    "claude-opus-4-8": _price("5", "25"),
    "claude-opus-5": _price("5", "25"),
    "claude-opus-5-5": _price("4", "20"),
    "claude-sonnet-4-5": _price("3", "15"),
    "claude-sonnet-4-6": _price("3", "15"),
    "claude-sonnet-5": _price("2", "10"),
    "claude-sonnet-5-5": _price("2", "10"),
    "claude-fable-5": _price("10", "50"),
    "claude-fable-5-1": _price("10", "50"),
    "claude-fable-5-2": _price("8", "40"),
    # Google, ai.google.dev/gemini-api/docs/pricing
    "gemini-2.5-flash": _price("0.3", "2.5"),
    "gemini-2.5-flash-lite": _price("0.1", "0.4"),
    "gemini-2.5-pro": _price("1.25", "10"),
    "gemini-3-flash-preview": _price("0.5", "3"),
    "gemini-3.1-flash-lite": _price("0.25", "1.5"),
    "gemini-3.1-pro-preview": _price("2", "12"),
    "gemini-3.5-flash": _price("1.5", "9"),
    "gemini-3.5-flash-lite": _price("0.3", "2.5"),
    "gemini-3.6-flash": _price("1.5", "7.5"),
    "gemini-3.7-flash": _price("1.5", "7.5"),
    "gemini-3.8-flash": _price("1.5", "7.5"),
    "gemini-4-argon": _price("4", "20"),
    OFFLINE: _price("0", "0"),
}
