"""What is tried after a server refused an optional parameter."""

import pytest

from agents.llm.openai_compatible import Dialect, OpenAICompatible


@pytest.mark.parametrize(
    ("first", "refusal", "then"),
    [
        (Dialect(), "Use 'max_completion_tokens' instead of max_tokens", Dialect(limit="max_completion_tokens")),
        (Dialect(), "max_tokens is too large: 4096", Dialect(limit="")),
        (Dialect(), "Unrecognized request argument: stream_options", Dialect(usage=False)),
        (Dialect(), "no idea", Dialect(usage=False)),
        (Dialect(usage=False), "no idea", None),
        (Dialect(effort="low"), "Unsupported parameter: 'reasoning_effort'", Dialect()),
        (Dialect(limit="max_completion_tokens"), "max_completion_tokens is unknown", Dialect(limit="")),
    ],
)
def test_the_next_try(first: Dialect, refusal: str, then: Dialect | None) -> None:
    assert first.after(refusal) == then


def test_trying_ends_whatever_a_server_says() -> None:
    refusal = "reasoning_effort max_tokens max_completion_tokens stream_options"
    dialect: Dialect | None = Dialect(effort="low")
    for _ in range(5):
        dialect = dialect.after(refusal) if dialect else None
    assert dialect is None


def test_the_body() -> None:
    assert Dialect().body(9) == {"stream_options": {"include_usage": True}, "max_tokens": 9}
    assert Dialect(usage=False, limit="", effort="low").body(9) == {"reasoning_effort": "low"}


def test_openais_own_models_are_told_not_to_think_long() -> None:
    hosted = OpenAICompatible("m", "https://api.openai.com/v1", "k", "gpt-5-mini")
    assert hosted._dialect == Dialect(limit="max_completion_tokens", effort="low")
    assert OpenAICompatible("m", "http://127.0.0.1:1/v1", "", "gpt-5-mini")._dialect == Dialect()
