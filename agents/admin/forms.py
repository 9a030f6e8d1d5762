"""Forms that edit state: they know the version they were shown at, and what in them was touched since."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, QueryDict
from pydantic import ValidationError as BadValue

from agents.admin.lists import SoundList
from agents.errors import StateError
from agents.models import Entity

CAUSE = "edited in the admin"


class StateForm(forms.ModelForm[Any]):
    """A form over part of an entity's state.

    Each field carries along the value it was shown with, so that only what a person touched is written: what an
    action changed meanwhile is not taken back by saving a form that still shows the old value.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.show_hidden_initial = not field.widget.is_hidden

    def clean(self) -> dict[str, Any]:
        """Give texts the line ends of the product; a browser's form makes each of them CRLF."""
        cleaned = super().clean() or self.cleaned_data
        for name, value in cleaned.items():
            if isinstance(value, str):
                cleaned[name] = value.replace("\r\n", "\n")
        return cleaned

    def touched(self) -> dict[str, Any]:
        """Return the cleaned values of the fields that were touched."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name in self.cleaned_data}


class VersionedForm(StateForm):
    """A form of its own page. It names the version it was shown at.

    `refusal` is why the state refused the edit; the form then shows it, keeps what was touched, takes in the rest
    as it is now, and can be saved again.
    """

    refusal = ""

    expected_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        entity = self.entity
        if entity is not None:
            self.initial["expected_version"] = entity.version
            self.fields["expected_version"].required = True
            if self.is_bound and self.refusal:
                self._take_in_the_present(entity)

    @property
    def entity(self) -> Entity | None:
        """The entity whose state this is; None while something is being added."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """Add the refusal of the state, when there is one."""
        if self.refusal:
            self.add_error(None, self.refusal)
        return super().clean()

    def _take_in_the_present(self, entity: Entity) -> None:
        data = cast(QueryDict, self.data).copy()
        for name in set(self.fields) - set(self.changed_data):
            field = self.fields[name]
            value = field.prepare_value(self.get_initial_for_field(field, name))
            said = "" if value is None else str(value)
            data[self.add_initial_prefix(name)] = said
            if isinstance(field, forms.BooleanField) and not value:
                data.pop(self.add_prefix(name), None)  # an unticked box is not sent
            else:
                data[self.add_prefix(name)] = said
        data[self.add_prefix("expected_version")] = str(entity.version)
        self.data = data


class StateAdmin(SoundList):
    """Admin of state. What `agents.state` refuses comes back as an error of the form, and nothing is written."""

    warn_unsaved_form = True

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show or save the form; once more, with the refusal in it, when the state refused what came."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (StateError, BadValue) as error:
            request.state_refusal = _sentence(error)  # type: ignore[attr-defined]  # for get_form below
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """Return the form's class, with the refusal of this request."""
        form = super().get_form(request, obj, change, **options)
        form.refusal = getattr(request, "state_refusal", "")
        return form


def _sentence(error: StateError | BadValue) -> str:
    if isinstance(error, StateError):
        return str(error)
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
