"""Texts and JSON that somebody could send to do harm, for the property-based tests."""

from typing import Any, Final

from hypothesis import strategies as st

# Each breaks something somewhere: storage, layout, markup, formats, addresses, logs.
WORDS: Final = (
    "\0", "a\0b", "\u202e\u2066gnp.exe\u2069", "\u200b\u200d\ufeff", "\x1b[31m\x7f", "\r\n\r\n", "\u2028", "٣", "𝟙",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{ 7 }}{% now %}", "%s%n", "${7*7}", "' OR 1=1 --",
    "İ" * 40, "../../etc/passwd", "javascript:alert(1)", "data:text/html,x", "😀" * 30, "e\u0301" * 30, "x" * 3_000,
    "[" * 500, "NaN", "Infinity", "1e999", "9" * 400, "-1", "null", "true", "[]", "{}",
)  # fmt: skip


def texts(max_size: int = 40) -> st.SearchStrategy[str]:
    """Any text that HTTP can carry, and the known offenders alone and among other signs."""
    any_text = st.text(st.characters(codec="utf-8"), max_size=max_size)
    return (
        st.sampled_from(WORDS) | any_text | st.builds("".join, st.lists(st.sampled_from(WORDS) | any_text, max_size=3))
    )


def raw_texts() -> st.SearchStrategy[str]:
    """As `texts`, with lone surrogates."""
    return texts() | st.text(max_size=40) | st.sampled_from(("\ud800", "a\udfffb"))


def values() -> st.SearchStrategy[Any]:
    """Anything that JSON can say, and what Python writes beyond it."""
    numbers = st.integers() | st.floats() | st.just(10**400)
    leaves = st.none() | st.booleans() | numbers | raw_texts()
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts(10), inner, max_size=4)
    )
