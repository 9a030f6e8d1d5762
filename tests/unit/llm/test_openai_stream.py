"""The stream parser: bytes in any slices give the same text, and nonsense is noticed."""

import json
from collections.abc import Iterable

import pytest

from agents.llm.base import ModelUsage
from agents.llm.openai_stream import MAX_LINE, StreamParser


def line(**delta: object) -> bytes:
    return b"data: " + json.dumps({"choices": [{"delta": delta}]}).encode() + b"\n\n"


def parse(parts: Iterable[bytes]) -> tuple[str, StreamParser, ModelUsage]:
    usage = ModelUsage()
    parser = StreamParser(usage)
    text = "".join(parser.feed(part) for part in parts) + parser.end()
    return text, parser, usage


WHOLE = (
    b": keep-alive\r\n\r\n"
    + line(role="assistant", content="")
    + line(content="Grüße, ")
    + line(reasoning_content="hm")
    + line(content="Noor — 🌿")
    + b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\r\n\r\n'
    + b'data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":5}}\n\n'
    + b"data: [DONE]\n\n"
)


@pytest.mark.parametrize("size", [1, 2, 7, 64, 10_000])
def test_any_slicing_gives_the_same_text(size: int) -> None:
    text, parser, usage = parse(WHOLE[at : at + size] for at in range(0, len(WHOLE), size))
    assert text == "Grüße, Noor — 🌿"
    assert (parser.done, parser.finished, parser.broken) == (True, "stop", False)
    assert (usage.input_tokens, usage.output_tokens) == (12, 5)


def test_a_last_line_without_its_newline_counts() -> None:
    text, parser, _ = parse([line(content="a").rstrip(), b""])
    assert text == "a"
    assert not parser.done


def test_text_before_a_broken_line_is_given_and_nothing_after_it() -> None:
    text, parser, _ = parse([line(content="good ") + b'data: {"choices": [{"del\n' + line(content="late")])
    assert text == "good "
    assert parser.broken


@pytest.mark.parametrize(
    "payload", [b"[]", b'"x"', b'{"choices": 3}', b'{"choices": [{"delta": {"content": 7}}]}', b"\xff\xfe", b"{"]
)
def test_json_of_another_shape_is_broken(payload: bytes) -> None:
    text, parser, _ = parse([b"data: " + payload + b"\n\n"])
    assert text == ""
    assert parser.broken


def test_a_line_without_end_is_broken_before_it_fills_the_memory() -> None:
    _, parser, _ = parse([b"data: " + b"x" * MAX_LINE])
    assert parser.broken


def test_an_error_inside_the_stream_is_kept() -> None:
    _, parser, _ = parse([b'data: {"error": {"message": "out of memory"}}\n\n'])
    assert parser.error == {"message": "out of memory"}


def test_nulls_where_servers_send_them() -> None:
    chunk = {"choices": [{"delta": None, "finish_reason": None}], "usage": {"prompt_tokens": None}}
    text, parser, usage = parse([f"data: {json.dumps(chunk)}\n\n".encode(), line(content=None), line(content="x")])
    assert (text, parser.broken, usage.input_tokens) == ("x", False, 0)


def test_structured_content_without_its_thoughts() -> None:
    content = [{"type": "thinking", "text": "hm"}, {"type": "text", "text": "said"}]
    assert parse([line(content=content)])[0] == "said"


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (["<think>I wonder.</think>\n\nHello"], "Hello"),
        (["<th", "ink>I ", "wonder</thi", "nk>", "Hello"], "Hello"),
        (["\n<think>", "a < b", "</think>Hi"], "Hi"),
        (["<thing>", " is text"], "<thing> is text"),
        (["<th"], "<th"),
        (["  Hello"], "  Hello"),
        (["Hello <think>no</think>"], "Hello <think>no</think>"),
        (["<think>never ends"], ""),
    ],
)
def test_thoughts_in_tags_at_the_start_are_left_out(pieces: list[str], text: str) -> None:
    assert parse([line(content=piece) for piece in pieces])[0] == text
