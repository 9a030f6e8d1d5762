"""Tags of the talk's pages: `{% load talk %}`."""

from collections.abc import Iterable
from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from agents.changes import Change
from interactions.differences import Difference
from interactions.differences import differences as differences_of
from interactions.steps import face, in_seconds
from interactions.templatetags.memos import time_tag

register = template.Library()


@register.filter
def differences(changes: Iterable[Change]) -> list[Difference]:
    """What changes of the state did, in words."""
    return differences_of(changes)


@register.filter
def second(when: datetime | None) -> SafeString:
    """The time of day of `when` to the second; the page's script puts it into the viewer's zone."""
    if when is None:
        return SafeString("")
    return time_tag(when, f"{timezone.localtime(when):%H:%M:%S}", "second")


@register.filter
def duration(ms: float | None) -> str:
    """Milliseconds in words; empty for none, and under 50 ms, where a time says nothing."""
    return in_seconds(ms) if ms and ms >= 50 else ""


@register.filter
def glyph(name: str) -> str:
    """The symbol of an action or step."""
    return face(name).icon


@register.filter
def label(name: str) -> str:
    """What an action or step is called."""
    return face(name).label
