"""Markdown as people see it: formatted while it streams, and inert whatever a model writes."""

import re
from collections.abc import Sequence
from itertools import zip_longest

import nh3
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "a", "ul", "ol", "li"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
_LANGUAGE = re.compile(r"language-[\w+#.-]{1,30}")
_CLOSING = re.compile(r"(?:\s*</\w+>)+\s*$")
_LINE_END = re.compile(r"\r\n?|\n")
# Signs that can cost a parser more than their length. A text with more of them than any real one is shown as it is
# written; while it still streams, and so is rendered again and again, a block may have fewer.
_MARKS = re.compile(r"[\[\]*_`~<>&!|\\\n]")
MOST_MARKS, MOST_STREAMED_MARKS, MOST_PARSED_MARKS = 20_000, 1_000, 5_000
# An end of the text that weighs more than this (characters, a line as many as it costs) is told again only when it has
# grown by this part of its weight, so that what is rendered and sent in all stays in proportion to the text.
CALM_WEIGHT, CALM_GROWTH, LINE_WEIGHT = 2_000, 0.03, 20
_CARET = '<span class="caret"></span>'
_COPY = '<div class="code"><button class="code__copy" type="button" data-copy>Copy</button><pre>'


def _image_as_link(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    # A picture's address can carry a secret away by being fetched; a link waits for a person.
    token = tokens[index]
    return f'<a href="{escape(str(token.attrs.get("src", "")))}">{escape(token.content or "picture")}</a>'


def _kept(element: str, attribute: str, value: str) -> str | None:
    return value if attribute != "class" or _LANGUAGE.fullmatch(value) else None


_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
_markdown.add_render_rule("image", _image_as_link)
_blocks = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["inline", "text_join"])
_cleaner = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href", "title"}, "ol": {"start"}, "code": {"class"}},
    attribute_filter=_kept,
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}},
)


def render(text: str, most_marks: int = MOST_MARKS) -> SafeString:
    """Return `text` as safe HTML: no scripts, no pictures, no attributes that anything acts on. With more than
    `most_marks` signs that could be Markdown it is plain text."""
    if len(text) > most_marks and len(_MARKS.findall(text)) > most_marks:
        return format_html("<p>{}</p>", mark_safe(escape(text.strip()).replace("\n", "<br>\n")))
    clean = _cleaner.clean(_markdown.render(text))
    # After cleaning, "<pre>" can only be a real element: in text it would be escaped.
    return mark_safe(clean.replace("<pre>", _COPY).replace("</pre>", "</pre></div>").strip())


class MarkdownStream:
    """A text that is still arriving, as blocks: finished ones are rendered once, only the end is rendered again.

    A block is finished when a whole line of the next one is there: until then "2" may still become "2. item".
    """

    def __init__(self) -> None:
        self.text = ""
        self._start = 0  # where the first unfinished block begins
        self._finished = 0  # how many blocks come before it
        self._told = 0  # how long the text was when its end was last told
        self._weight = 0  # and what its end weighed then
        self.shown: list[str] = []  # the blocks as they were last told

    def add(self, offset: int, text: str) -> None:
        """Take a piece that begins at `offset` (characters). Offset 0 replaces everything; a piece that leaves a gap
        is dropped, because the whole text comes with its end anyway."""
        if offset > len(self.text):
            return
        if offset < self._start:
            self._start = self._finished = self._told = self._weight = 0
        self.text = self.text[:offset] + text

    def changed(self) -> list[tuple[int, str | None]]:
        """Return the blocks that changed since the last call, as (number, HTML); None for one that is gone."""
        if self._is_calm():
            return []
        self._told = len(self.text)
        tail, first = self.text[self._start :], self._finished
        self._weight = len(tail) + LINE_WEIGHT * tail.count("\n")
        whole_lines = tail[: tail.rfind("\n") + 1]
        starts = _block_starts(tail) if len(_MARKS.findall(tail)) <= MOST_PARSED_MARKS else [0]
        pieces = [tail[begin:end] for begin, end in zip(starts, [*starts[1:], len(tail)], strict=True)]
        blocks = [_of_stream(piece, is_last=number == len(pieces)) for number, piece in enumerate(pieces, start=1)]
        before, self.shown[first:] = self.shown[first:], blocks
        self._finish(_block_starts(whole_lines) if len(starts) > 1 else [])
        return [
            (first + number, block)
            for number, (block, old) in enumerate(zip_longest(blocks, before))
            if block is None or block != old
        ]

    def _is_calm(self) -> bool:
        """Whether a heavy end has grown by too little to be told again."""
        grown = len(self.text) - self._told
        return self._weight > CALM_WEIGHT and 0 <= grown < self._weight * CALM_GROWTH

    def _finish(self, settled: list[int]) -> None:
        if len(settled) > 1:
            self._finished += len(settled) - 1
            self._start += settled[-1]
            self._weight = 0  # of the new end; it is known when that is told


def block(element: str, number: int, html: str) -> SafeString:
    """Return one block of the streaming text `element` as a fragment that replaces itself by id."""
    return format_html(
        '<div id="{0}-b{1}" data-into="#{0}" hx-disable>{2}</div>',
        element,
        number,
        mark_safe(html),  # from render()
    )


def gone_block(element: str, number: int) -> SafeString:
    """Return the fragment that takes a block away."""
    return format_html('<div id="{}-b{}" data-gone></div>', element, number)


def _of_stream(piece: str, *, is_last: bool) -> str:
    """Return a block as HTML; the last one is still being written. Code is cheap, however many signs are in it."""
    most = MOST_PARSED_MARKS if piece.startswith(("```", "~~~")) else MOST_STREAMED_MARKS
    return _with_caret(render(_mended(piece), most)) if is_last else render(piece, most)


def _block_starts(text: str) -> list[int]:
    """Return where each top-level block of `text` begins; the first one at 0, so that nothing is lost between."""
    lines = [token.map[0] for token in _blocks.parse(text) if token.level == 0 and token.map and token.nesting >= 0]
    if not lines:
        return [0] if text else []
    offsets = [0]
    offsets.extend(line.end() for line in _LINE_END.finditer(text))
    return [0, *(offsets[line] for line in lines[1:])]


def _mended(text: str) -> str:
    """Close the emphasis that is open at the end of a text: its marks must not show before they mean something."""
    if "```" in text or text.startswith(("~~~", "    ")):
        return text
    for mark in ("`", "**", "~~"):
        if text.count(mark) % 2:
            bare = text.rstrip()
            text = bare.removesuffix(mark) if bare.endswith(mark) else bare + mark
    return text


def _with_caret(html: str) -> str:
    closing = _CLOSING.search(html)
    return html[: closing.start()] + _CARET + closing.group() if closing else html + _CARET
