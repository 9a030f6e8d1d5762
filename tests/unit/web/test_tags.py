"""The templates' own filters and tags."""

from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template

from interactions.templatetags.memos import minutes, plain, relative

NOW = datetime(2026, 11, 20, 21, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=-5), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=23), "23 h"),
        (timedelta(days=6, hours=23), "6 d"),
        (timedelta(days=8), "12 Nov"),
        (timedelta(days=365), "20 Nov 2025"),
    ],
)
def test_how_long_ago(age: timedelta, words: str):
    assert relative(NOW - age, NOW) == words


def test_the_exact_time_is_in_the_title():
    html = Template("{{ when|ago }}{{ when|clock }}").render(Context({"when": NOW - timedelta(days=400)}))
    assert html.count('title="16 October 2025, 21:07:30 UTC"') == 2
    assert 'datetime="2025-10-16T21:07:30+00:00"' in html and ">21:07</time>" in html


def test_no_time_shows_nothing():
    assert Template("{{ when|ago }}{{ when|clock }}").render(Context({"when": None})) == ""


def test_previews_are_plain_words():
    assert plain("**Oh**, [there](http://x.y) `she` is.\n\n# Look") == "Oh, there she is. Look"


def test_spans_are_rounded_up():
    assert (minutes(1), minutes(900), minutes(61)) == ("1 minute", "15 minutes", "2 minutes")


def test_an_icon_is_hidden_from_readers():
    assert Template('{% icon "send" %}').render(Context()) == (
        '<svg class="icon" aria-hidden="true"><use href="/static/icons.svg#send"/></svg>'
    )
