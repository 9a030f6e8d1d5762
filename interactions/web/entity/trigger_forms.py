"""The forms of the triggers page: a new timer, and how far an entity may act of its own accord."""

import re
from typing import Any

from django import forms
from pydantic import ValidationError as BadValue

from agents.models import Entity
from agents.timers import DAY, MINUTE, SetTimer, is_clock
from interactions.models import Initiative

_SPAN = re.compile(r"(\d{1,7}(?:[.,]\d{1,2})?)\s*(m|min|minutes?|h|hours?|d|days?)?", re.I)
_UNITS = {"m": MINUTE, "h": 3600, "d": DAY}
HOW = (
    ("in", "Once, after so long"),
    ("at", "Once, at this time"),
    ("every", "Again and again, after so long"),
    ("daily", "Every day at this time"),
)


def span(text: str) -> float:
    """Return a span in seconds: "10" and "10 min" are minutes, "2 hours", "3 d". Raises `forms.ValidationError`."""
    found = _SPAN.fullmatch(text.strip())
    if not found or not found[1].isascii():
        raise forms.ValidationError("Say how long: 10 min, 2 hours, 3 days.")
    return float(found[1].replace(",", ".")) * _UNITS[(found[2] or "m")[0].lower()]


class TimerForm(forms.Form):
    """A timer of an entity, set by a person. Valid, it has the `order`."""

    what = forms.CharField(
        max_length=500, label="What for", help_text="What they shall do then, in a sentence: “Ask how the day was.”"
    )
    how = forms.ChoiceField(choices=HOW, label="When")
    when = forms.CharField(
        max_length=40,
        label="How long, or what time",
        help_text="10 min · 2 hours · 18:30 · tomorrow 9:00 · 2026-03-05 18:30",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **options})

    def clean(self) -> dict[str, Any]:
        """Read the time as the kind of timer wants it."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.order = SetTimer(what=cleaned["what"], **self._times(cleaned["how"], cleaned["when"]))
            except BadValue as error:
                self.add_error("when", _sentence(error))
            except forms.ValidationError as error:
                self.add_error("when", error)
        return cleaned

    def _times(self, how: str, when: str) -> dict[str, Any]:
        if how == "in":
            return {"in_seconds": span(when)}
        if how == "every":
            return {"every": round(span(when))}
        if how == "daily" and not is_clock(when):
            raise forms.ValidationError("Say the time of day: 18:30.")
        return {"at": when, "daily": how == "daily"}


def _sentence(error: BadValue) -> str:
    problem = error.errors()[0]
    if problem["loc"][:1] == ("every",):
        return "Between five minutes and five years."
    if problem["loc"][:1] == ("in_seconds",):
        return "More than nothing, and at most five years."
    return "Write the time as 18:30, or as 2026-03-05 18:30."


class InitiativeForm(forms.ModelForm[Initiative]):
    """How far an entity may act of its own accord. Not versioned: it is no part of its state."""

    class Meta:
        model = Initiative
        fields = (
            "runs_per_day",
            "answer_hours",
            "quiet_from",
            "quiet_until",
            "reflect_after_turns",
            "reflect_after_minutes",
            "wakes_on_change",
        )
        labels = {
            "runs_per_day": "Begins by itself, times a day",
            "quiet_from": "Quiet from",
            "quiet_until": "Quiet until",
            "reflect_after_turns": "Looks back after so many answers",
            "reflect_after_minutes": "Looks back after so many silent minutes",
            "wakes_on_change": "Notices when you edit its state",
            "answer_hours": "Waits for an answer, hours",
        }
        help_texts = {
            "runs_per_day": "At most. 0 switches all of it off: timers rest, and what others tell waits.",
            "quiet_from": "By your clock. What is due in quiet hours comes at their end.",
            "quiet_until": "Both empty: never quiet.",
            "reflect_after_turns": "0: never. Each time asks the model once.",
            "reflect_after_minutes": "When nothing more was said for so long; 0: never.",
            "wakes_on_change": "It may then say something about it.",
            "answer_hours": "A question that nobody answers ends then.",
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **options})
        self.initial["answer_hours"] = f"{self.initial['answer_hours']:g}"
        for name in ("quiet_from", "quiet_until"):
            self.fields[name].widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")

    def clean(self) -> dict[str, Any]:
        """Refuse what did not arrive whole, and a night without an end."""
        if not set(self.fields) - {"wakes_on_change"} <= set(self.data):
            raise forms.ValidationError("The form did not arrive whole. Reload the page, and save it again.")
        cleaned = super().clean() or self.cleaned_data
        start, end = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        if not self.errors and (start is None) != (end is None):
            self.add_error("quiet_until" if end is None else "quiet_from", "Give both times, or none.")
        if not self.errors and start is not None and start == end:
            self.add_error("quiet_until", "These hours would be none. To switch all of it off, allow 0 a day.")
        return cleaned

    def keep(self, entity: Entity) -> None:
        """Store the valid form. Edits made before it was switched on are none that the entity notices."""
        values = {name: self.cleaned_data[name] for name in self.fields}
        if "wakes_on_change" in self.changed_data:
            values["noticed_version"] = entity.version
        Initiative.objects.update_or_create(entity=entity, defaults=values)
