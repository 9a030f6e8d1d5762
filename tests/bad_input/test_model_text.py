"""Model text: script, `hx-get`, `javascript:`, pictures, Mermaid, walls of signs. Inert text wherever it is shown."""

import time
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.events import ActionStarted, Draft, PlanMade, PlanRejectedEvent, RunStarted, TextFinished
from agents.models import Entity
from interactions import log, runs
from interactions.markdown import MOST_MARKS, MarkdownStream, render
from interactions.models import Conversation
from interactions.record import record
from interactions.rendering import LiveRenderer
from tests.bad_input.nasty import texts

HOSTILE = (
    "<script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    '<a hx-get="/x" hx-trigger="load">a</a>',
    "[x](javascript:alert(1))",
    "[x](JaVa\tScript:alert(1))",
    "[x](data:text/html,<script>)",
    "![x](https://evil.example/?s=1)",
    "![x][1]\n\n[1]: https://evil.example/p.png",
    "```mermaid\ngraph TD; A-->B\n```",
    "<!-- <script>alert(1)</script> -->",
    "<style>*{display:none}</style>",
    "<svg onload=alert(1)>",
    "<form action=//evil.example><input>",
    "<iframe src=//a>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<math><mtext></mtext></math>",
    "\u202eexe.gnp\u202c",
    "a\u200bb",
    "[a](https://a.example \"t' onclick='alert(1)\")",
    '```"><img src=x>\nx\n```',
    "<details open ontoggle=alert(1)>",
    "&lt;script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "<x" + " a=b" * 50 + ">",
    "[x](//evil.example)",
    '<https://a.example/"onmouseover=alert(1)>',
    "~~~html\n<script>\n~~~",
    "| <script> | b |\n|-|-|\n| <img> | d |",
    '<span class=caret data-gone data-into="#title" id=announce>',
    "{% csrf_token %}{{ settings.SECRET_KEY }}",
)
ALLOWED = {
    *(
        "p",
        "br",
        "hr",
        "em",
        "strong",
        "s",
        "code",
        "pre",
        "blockquote",
        "a",
        "ul",
        "ol",
        "li",
        "div",
        "button",
        "span",
    ),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
# What our own markup around code, and the caret, brings along.
OURS = {("div", "class"), ("button", "class"), ("button", "type"), ("button", "data-copy"), ("span", "class")}
FREE = {("a", "href"), ("a", "title"), ("a", "rel"), ("a", "target"), ("ol", "start"), ("code", "class")}


def markdown() -> st.SearchStrategy[str]:
    """Hostile pieces, glued together by what Markdown nests in."""
    piece = st.sampled_from(HOSTILE) | texts(20)
    wrapped = st.builds(
        lambda before, text, after: before + text + after,
        st.sampled_from(["", "> ", "- ", "1. ", "# ", "**", "[", "![", "`", "```\n", "|", "    ", "<"]),
        piece,
        st.sampled_from(["", "**", "](x)", "`", "\n```", "|\n|-|\n", ">", "\n\n"]),
    )
    return st.lists(wrapped, max_size=4).map("".join)


class Tags(HTMLParser):
    """Collects what a browser would make of a page: elements with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def check_inert(html: str) -> None:
    for tag, attributes in Tags(html).found:
        assert tag in ALLOWED, html
        for name, value in attributes.items():
            assert (tag, name) in OURS | FREE, html
            if name == "class":
                assert (value or "").startswith(("code", "language-", "caret")), html
            if name == "href":
                assert urlsplit(value or "").scheme in ("http", "https", "mailto", ""), html


@settings(max_examples=300)
@given(text=markdown())
def test_model_text_is_inert_as_markdown(text: str) -> None:
    check_inert(render(text))


@settings(max_examples=100)
@given(text=markdown(), size=st.integers(1, 30))
def test_model_text_is_inert_while_it_streams(text: str, size: int) -> None:
    stream = MarkdownStream()
    for start in range(0, len(text), size):
        stream.add(start, text[start : start + size])
        for _number, html in stream.changed():
            check_inert(html or "")


def own_markup(html: str) -> set[tuple[str, str, str]]:
    """Return the elements that do something, with what they do."""
    acts = ("script", "style", "iframe", "img", "form", "svg", "base", "meta", "link", "object", "embed", "input")
    found: set[tuple[str, str, str]] = set()
    for tag, attributes in Tags(html).found:
        active = {n: v for n, v in attributes.items() if n.startswith(("on", "hx-", "style", "src", "action"))}
        if str(attributes.get("href", "")).startswith("?from="):
            continue  # the timeline's own way to what is further down
        if tag in acts or active or str(attributes.get("href", "")).lower().startswith(("javascript", "data", "vbs")):
            found.add((tag, "".join(sorted(active)[:1]), str(attributes.get("src", attributes.get("href", "")))[:30]))
    return found


def written(conversation: Conversation, owner: User, text: str) -> Any:
    """Have a run in the log in which `text` stands wherever a model can write."""
    run = runs.send(conversation, owner, "Hello.").run
    conversation.refresh_from_db()
    drafts = [
        Draft(event=RunStarted(trigger="user_input", strategy="inline", model=text)),
        Draft(event=TextFinished(is_thought=True, text=text, name="THINK", context=text), action="a1"),
        Draft(event=ActionStarted(name="ADD_MEMORY", context=text, args={"content": text}), action="a2"),
        Draft(event=PlanRejectedEvent(errors=(text,), raw=text)),
        Draft(event=PlanMade(strategy="inline", reasoning=text)),
        Draft(event=TextFinished(is_thought=False, text=text, name="SPEAK", context=text), action="a3"),
    ]
    record(conversation, run, drafts)
    return run


PLAIN = "Good evening."


@pytest.mark.django_db
def test_model_text_adds_nothing_that_acts_to_pages_frames_and_timeline(
    client: Client, conversation: Conversation, owner: User, entity: Entity
) -> None:
    client.force_login(owner)

    def shown(text: str) -> list[set[tuple[str, str, str]]]:
        Conversation.objects.filter(pk=conversation.pk).update(title=text[:120])
        run = written(conversation, owner, text)
        last = conversation.last_seq
        frames = LiveRenderer(conversation, entity)
        lines = [line for line in log.read(conversation.pk, limit=1_000) if line.run == str(run.pk)]
        live = "".join(frames.event(line) for line in lines[:2])
        live += frames.delta(str(run.pk), "a9", 0, text, False) + "".join(frames.event(line) for line in lines[2:])
        pages = [f"/c/{conversation.pk}/", f"/c/{conversation.pk}/timeline/?q=", "/"]
        pages += [f"/c/{conversation.pk}/events/{seq}/" for seq in range(last - 6, last + 1)]
        answers = [client.get(page) for page in pages]
        assert {answer.status_code for answer in answers} == {200}
        return [own_markup(live), *(own_markup(answer.content.decode()) for answer in answers)]

    usual = [{part for part in page} for page in shown(PLAIN)]
    for text in ("\n\n".join(HOSTILE[start::6]) for start in range(6)):
        for expected, found in zip(usual, shown(text), strict=True):
            assert found - expected == set(), text


UNITS = (
    "[",
    "![",
    "*",
    "_a",
    "`",
    "a\n",
    "- a\n",
    "> ",
    "|a\n|-\n|x\n",
    "*_",
    "](",
    "<a ",
    "&#",
    "\\",
    "a",
    "a\n\n",
    "[a]: b\n",
)


@pytest.mark.parametrize("unit", UNITS)
def test_model_text_of_200_kb_is_rendered_in_time(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    began = time.process_time()
    html = render(text)
    assert time.process_time() - began < 4
    check_inert(html)


@pytest.mark.parametrize("unit", UNITS)
def test_model_text_streams_in_time_in_proportion_to_its_length(unit: str) -> None:
    def cost(length: int) -> tuple[float, int]:
        stream, sent, began = MarkdownStream(), 0, time.process_time()
        text = unit * (length // len(unit))
        for start in range(0, len(text), 20):
            stream.add(start, text[start : start + 20])
            sent += sum(len(html or "") for _number, html in stream.changed())
        return time.process_time() - began, sent

    seconds, sent = cost(20_000)
    assert seconds < 6
    assert sent < 20_000 * 400


def test_model_text_with_more_signs_than_any_is_shown_as_it_is_written() -> None:
    text = "<b>[x](javascript:alert(1))\n" * MOST_MARKS
    assert render(text).startswith("<p>&lt;b&gt;[x](javascript:alert(1))<br>\n&lt;b")
