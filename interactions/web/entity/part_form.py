"""What the forms that edit one part of a state share: each names the version it was shown at, and says what it would
change."""

from typing import Any, ClassVar

from django import forms
from pydantic import ValidationError as BadValue

from agents.changes import Change
from agents.mind import EntityState
from interactions.web.entity.frame import HIGHEST


def text_field(rows: int, most: int, *, required: bool = True, **options: Any) -> forms.CharField:
    """Return a field for a long text of at most `most` characters."""
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(max_length=most, required=required, widget=widget, **options)


def level_field(low: float = 0, **options: Any) -> forms.FloatField:
    """Return a field for a number from `low` to 1."""
    widget = forms.NumberInput(attrs={"step": "0.05"})
    return forms.FloatField(min_value=low, max_value=1, widget=widget, **options)


class PartForm(forms.Form):
    """One part of a state. `tab` is the page on which it is shown, `title` its name for people."""

    title: ClassVar[str]
    tab: ClassVar[str] = "entity_state"

    version = forms.IntegerField(min_value=0, max_value=HIGHEST, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, now: EntityState, key: int | None = None) -> None:
        """`now` is the state that is edited, `key` the id of a row in one of its lists (None: a new one).

        Raises `KeyError` when there is no such row.
        """
        self.now, self.key = now, key
        super().__init__(data, initial={"version": now.version, **self.shown(now)}, label_suffix="")

    def shown(self, state: EntityState) -> dict[str, Any]:
        """Return what the fields show of `state`. Raises `KeyError` for a row that is not in it."""
        raise NotImplementedError

    def change(self) -> Change:
        """Return what the cleaned form asks for."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """Give texts the product's line ends, and let the state's own types check the values."""
        cleaned = super().clean() or self.cleaned_data
        for name, value in cleaned.items():
            if isinstance(value, str):
                cleaned[name] = value.replace("\r\n", "\n")
        if not self.errors:
            try:
                self.asked = self.change()
            except BadValue as error:
                raise forms.ValidationError(error.errors()[0]["msg"]) from error
        return cleaned

    def values(self) -> dict[str, Any]:
        """Return the cleaned values of the part itself."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}
