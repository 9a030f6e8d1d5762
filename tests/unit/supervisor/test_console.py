"""The log of all processes."""

import io

from memos_site.supervisor.console import Console, Lines


def test_prefixes_are_aligned_and_plain_off_a_terminal() -> None:
    stream = io.StringIO()
    console = Console(stream)
    console.line("web", "one")
    console.line("worker", "two")
    assert stream.getvalue() == "web     | one\nworker  | two\n"


def test_a_terminal_gets_color() -> None:
    stream = io.StringIO()
    stream.isatty = lambda: True  # type: ignore[method-assign]
    Console(stream).line("web", "one")
    assert stream.getvalue() == "\x1b[36mweb     |\x1b[0m one\n"


def test_a_log_that_nobody_reads_is_no_error() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    Console(Gone()).line("web", "one")


def test_lines_are_put_together_from_chunks() -> None:
    lines = Lines()
    assert lines.feed(b"on") == []
    assert lines.feed(b"e\r\ntw\xc3") == ["one"]
    assert lines.feed(b"\xa9\n\nrest") == ["twé", ""]
    assert lines.end() == ["rest"]
    assert lines.end() == []


def test_an_endless_line_is_given_out_in_pieces() -> None:
    lines = Lines(limit=4)
    assert lines.feed(b"abcdef") == ["abcdef"]
    assert lines.end() == []


def test_bytes_that_are_no_text_do_not_stop_the_log() -> None:
    assert Lines().feed(b"\xff\n") == ["\N{REPLACEMENT CHARACTER}"]
