"""The pages' own tags and filters, built into every template."""

import math
import re
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BoundField, Select, Textarea
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from agents.changes import EMOTIONS, Mood
from agents.models import Entity
from interactions import bloom as geometry

register = template.Library()


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """`{% icon "send" %}`: a symbol of static/icons.svg. Its name for people stands beside it or on its button."""
    return _icon(name, extra)


@lru_cache(maxsize=512)
def _icon(name: str, extra: str) -> SafeString:
    """A page of events has a hundred, of a dozen kinds."""
    css = f"icon {extra}".strip()
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', css, static("icons.svg"), name)


@register.simple_tag
def bloom(
    subject: Entity | Mood, size: int = 24, name: str = "", live: object = False, portrait: str = ""
) -> SafeString:
    """`{% bloom entity size=36 %}`: how an entity feels, as eight petals.

    With `name` it is an image with words, without it is decoration beside the name. `live` lets its heart breathe.
    `portrait` is a picture's URL, shown from 44 px. Sizes in CSS pixels: 24, 36, 44, 96, 128, 176.
    """
    mood = geometry.feeling(subject)
    words = geometry.in_words(mood, name) if name else ""
    return _bloom(geometry.values_of(mood.emotions), size, words, bool(live), portrait)


@lru_cache(maxsize=4096)
def _bloom(values: tuple[float, ...], size: int, words: str, live: bool, portrait: str) -> SafeString:
    """Draw a bloom; a page has dozens, and most of them again and again."""
    form = geometry.form_for(size, bool(portrait))
    context = {
        "size": size,
        "form": form,
        "heart": geometry.FORMS[form].heart,
        "petals": geometry.drawn(values, form),
        "ghosts": geometry.ghosts() if form == "large" else (),
        "words": words,
        "live": live,
        "portrait": portrait,
    }
    return render_to_string("partials/bloom.html", context)


@register.inclusion_tag("partials/legend.html")
def legend(subject: Entity | Mood) -> dict[str, Any]:
    """`{% legend entity %}`: the eight values that stand beside a large bloom."""
    emotions = geometry.feeling(subject).emotions
    return {"values": [(name, emotions.get(name, 0.0)) for name in EMOTIONS]}


@register.filter
def dominant(subject: Entity | Mood) -> str:
    """`data-mood="{{ entity|dominant }}"`: the emotion whose hue colours what belongs to an entity."""
    return geometry.feeling(subject).dominant


@register.filter
def felt(subject: Entity | Mood) -> Mood:
    """`{% with mood=entity|felt %}`: how an entity feels now, which is what was written last, faded since."""
    return geometry.feeling(subject)


@register.filter
def ago(when: datetime | None) -> SafeString:
    """How long ago `when` was, with the exact time in the title; the page's script keeps it fresh, in the viewer's
    zone."""
    return time_tag(when, relative(when, timezone.now())) if when else SafeString("")


@register.filter
def clock(when: datetime | None) -> SafeString:
    """The time of day of `when`; the page's script puts it into the viewer's zone."""
    return time_tag(when, f"{timezone.localtime(when):%H:%M}", "clock") if when else SafeString("")


@register.filter
def moment(when: datetime | None) -> SafeString:
    """Day and time of day of `when`, which may be far off; the page's script puts it into the viewer's zone."""
    if when is None:
        return SafeString("")
    local = timezone.localtime(when)
    return time_tag(when, f"{local.day} {local:%b, %H:%M}", "moment")


def relative(when: datetime, now: datetime) -> str:
    """Return the distance of two moments in words: now, 21 min, 3 h, 2 d, 12 Nov. static/js/shell.js knows it too."""
    age = now - when
    if age < timedelta(minutes=1):
        return "now"
    if age < timedelta(hours=1):
        return f"{age // timedelta(minutes=1)} min"
    if age < timedelta(days=1):
        return f"{age // timedelta(hours=1)} h"
    if age < timedelta(days=7):
        return f"{age // timedelta(days=1)} d"
    day = f"{when.day} {when:%b}"
    return day if when.year == now.year else f"{day} {when.year}"


def exact(when: datetime) -> str:
    """Return `when` to the second, in words."""
    local = timezone.localtime(when)
    return f"{local.day} {local:%B %Y, %H:%M:%S}"


def time_tag(when: datetime, words: str, form: str = "ago") -> SafeString:
    """Return the element that says `when` in `words` of our own: there is nothing in them to escape."""
    stands = f'datetime="{when.isoformat()}" title="{exact(when)} UTC" data-time="{form}"'
    return SafeString(f"<time {stands}>{words}</time>")


@register.simple_tag(takes_context=True)
def nav_link(context: Context, url_name: str, words: str, symbol: str = "", also: str = "") -> SafeString:
    """`{% nav_link "home" "Home" %}`: a link that knows whether its page, or one of the pages in `also`, is shown."""
    match = getattr(context.get("request"), "resolver_match", None)
    here = match is not None and match.url_name in {url_name, *also.split()}
    current = SafeString(' aria-current="page"' if here else "")
    mark = icon(symbol) if symbol else ""
    return format_html('<a href="{}"{}>{}{}</a>', reverse(url_name), current, mark, words)


@register.filter
def level(value: float) -> str:
    """An intensity or score 0..1 with two digits."""
    return f"{value:.2f}"


@register.inclusion_tag("partials/field.html")
def field(bound: BoundField, label: str = "", full: bool = False, **attrs: str) -> dict[str, Any]:
    """`{% field form.name autocomplete="username" %}`: label, control, help and errors of one form field.

    Further arguments become the control's HTML attributes. `full` spans both columns of a form.
    """
    is_pick = isinstance(bound.field.widget, Select)
    mono = attrs.pop("mono", "")
    css = "input input--mono" if mono else "input"
    if isinstance(bound.field.widget, Textarea):
        css += " input--text"
    return {
        "field": bound,
        "control": bound.as_widget(attrs={"class": css, **attrs}),
        "label": label or bound.label,
        "is_pick": is_pick,
        "full": full,
    }


@register.filter
def is_now(when: datetime) -> bool:
    """Whether `when` was within the last minute."""
    return timezone.now() - when < timedelta(minutes=1)


@register.filter
def thousands(value: int) -> str:
    """A number with its thousands set apart: 12,345."""
    return f"{value:,}"


@register.filter
def money(usd: float | Decimal | None) -> str:
    """An amount of USD to two digits that count: $0.0061, $1.25, under $0.0001; empty where it is not known."""
    if usd is None:
        return ""
    value = float(usd)
    if 0 < value < 0.0001:
        return "under $0.0001"
    return f"${value:.4f}" if 0 < value < 0.1 else f"${value:.2f}"


@register.filter
def plain(text: str) -> str:
    """Markdown as one line of plain words, for previews."""
    return " ".join(re.sub(r"[*_`#>~]+|!?\[|\]\([^)]*\)", "", text).split())


@register.filter
def at(found: dict[Any, Any], key: Any) -> Any:
    """The value under `key`; None when there is none."""
    return found.get(key)


@register.filter
def minutes(seconds: float) -> str:
    """A span in words, rounded up to whole minutes."""
    number = max(1, math.ceil(seconds / 60))
    return f"{number} minute{'' if number == 1 else 's'}"
