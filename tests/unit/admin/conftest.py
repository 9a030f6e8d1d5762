"""A member of the staff at the admin, and the forms as a browser would send them back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client


@pytest.fixture
def staff(client: Client, teammate: User) -> Client:
    """A signed-in member of the staff, who is not the owner."""
    client.force_login(teammate)
    return client


@pytest.fixture
def shown(staff: Client) -> Callable[[str], dict[str, Any]]:
    """Return every field of the admin form at a path, hidden ones too, as a browser would send it back."""

    def read(path: str) -> dict[str, Any]:
        context = staff.get(path).context
        forms = [context["adminform"].form]
        data: dict[str, Any] = {}
        for inline in context.get("inline_admin_formsets", ()):
            forms += [inline.formset.management_form, *inline.formset.forms]
        for form in forms:
            for bound in form:
                put(data, bound.html_name, bound.value())
                if bound.field.show_hidden_initial:
                    put(data, bound.html_initial_name, bound.initial)
        return data

    return read


def put(data: dict[str, Any], name: str, value: Any) -> None:
    """Set a field as HTML would: unticked boxes are not sent, and nothing is an empty text."""
    if value is False:
        return
    data[name] = "" if value is None else "on" if value is True else value
