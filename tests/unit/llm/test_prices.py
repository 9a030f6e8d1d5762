"""What requests cost, by the list."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from genai_prices import Usage, calc_price

from agents.llm import prices
from agents.llm.choice import DEFAULT_MODELS

CHECKED = datetime(2026, 11, 25, tzinfo=UTC)
RISING = ("gemini-3.6", "gemini-3.7", "gemini-3.8", "gemini-4")  # announced rises: the higher price is listed
VENDORS = {"gpt": "openai", "o3": "openai", "o4": "openai", "claude": "anthropic", "gemini": "google"}


@pytest.mark.parametrize("name", [name for name in prices.PRICES if name != prices.OFFLINE])
def test_every_line_is_what_the_gathered_price_pages_say(name: str) -> None:
    usage = Usage(input_tokens=1_000, output_tokens=1_000)
    when = datetime(2027, 2, 1, tzinfo=UTC) if name.startswith(RISING) else CHECKED
    vendor = next(vendor for start, vendor in VENDORS.items() if name.startswith(start))
    listed = calc_price(usage, model_ref=name, provider_id=vendor, genai_request_timestamp=when)
    ours = prices.PRICES[name]
    assert (ours.input, ours.output) == (listed.input_price * 1_000, listed.output_price * 1_000)


def test_the_models_that_are_used_unasked_have_a_price() -> None:
    assert {name for name in DEFAULT_MODELS.values() if prices.of(name) is None} == set()


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("gpt-5-mini", "gpt-5-mini"),
        ("gpt-5-mini-2025-08-07", "gpt-5-mini"),
        ("openai/GPT-5-mini", "gpt-5-mini"),
        ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        ("claude-haiku-4-5@20251001", "claude-haiku-4-5"),
        ("gpt-5-minister", None),
        ("gpt-5-mini-abliterated", None),
        ("qwen3:8b", None),
        ("", None),
    ],
)
def test_names_with_vendor_and_release(name: str, known: str | None) -> None:
    assert prices.of(name) is (prices.PRICES[known] if known else None)


def test_what_tokens_cost() -> None:
    assert prices.PRICES["gpt-5-mini"].of(1_000_000, 500_000) == Decimal("1.25")
    assert prices.PRICES["offline"].of(1_000_000, 500_000) == 0
