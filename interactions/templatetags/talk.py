"""Tags of the talk's pages: `{% load talk %}`."""

from collections.abc import Iterable

from django import template

from agents.changes import Change
from interactions.differences import Difference
from interactions.differences import differences as differences_of
from interactions.steps import face, in_seconds

register = template.Library()


@register.filter
def differences(changes: Iterable[Change]) -> list[Difference]:
    """What changes of the state did, in words."""
    return differences_of(changes)


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
