"""Admin: bad addresses, used entities, bad JSON, numbers out of range, overlong texts, stale versions: explained."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from agents import state
from agents.changes import SetAppearance
from agents.models import Entity, Provider
from interactions import runs
from interactions.models import Conversation
from tests.bad_input.nasty import texts
from tests.unit.admin.conftest import shown, staff
from tests.unit.security.test_routes import all_addresses, facts

__all__ = ["shown", "staff"]  # fixtures
pytestmark = pytest.mark.django_db
Shown = Callable[[str], dict[str, Any]]


def errors(answer: Any) -> dict[str, Any]:
    """Return the errors of the form on the page."""
    assert answer.status_code == 200, answer.status_code
    found: dict[str, Any] = answer.context["adminform"].form.errors
    return found


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "http://", "x", "http://a:99999", "\0"])
def test_admin_provider_url_that_is_none_is_explained(client: Client, teammate: User, url: str) -> None:
    client.force_login(teammate)
    answer = client.post("/settings/models/", {"kind": "openai", "model": "m", "base_url": url, "key": ""})
    assert answer.status_code == 400 and answer.context["form"].errors["base_url"]
    assert not Provider.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("intensity", "1e999"),
        ("intensity", "nan"),
        ("valence", "-1.01"),
        ("arousal", "x"),
        ("joy", "1e400"),
        ("max_actions", "-1"),
        ("max_actions", "9" * 30),
        ("max_seconds", "9" * 30),
        ("max_seconds", "0"),
        ("max_actions", "40000"),
        ("max_seconds", "3000000000"),
        ("persona", "x" * 20_001),
        ("tagline", "x" * 161),
        ("appearance", "x" * 4_001),
        ("mood", "x" * 41),
        ("name", "\0"),
        ("slug", "../x"),
        ("strategy", "evil"),
        ("voice", "x" * 41),
        ("first_lines", "\0"),
        ("expected_version", "x"),
        ("expected_version", "9" * 30),
    ],
    ids=lambda part: str(part)[:12].replace("\0", "NUL"),
)
def test_admin_value_out_of_range_is_named(staff: Client, shown: Shown, entity: Entity, name: str, value: str) -> None:
    page, before = f"/admin/agents/entity/{entity.pk}/change/", facts()
    found = errors(staff.post(page, shown(page) | {name: value}))
    assert name in found or "__all__" in found
    assert facts() == before


def test_admin_edit_of_an_older_version_is_a_conflict(staff: Client, shown: Shown, entity: Entity) -> None:
    page = f"/admin/agents/entity/{entity.pk}/change/"
    data = shown(page) | {"appearance": "mine"}
    state.apply(entity.pk, [SetAppearance(text="theirs")], cause="an action")
    found = errors(staff.post(page, data))
    assert "version" in str(found["__all__"])
    entity.refresh_from_db()
    assert entity.appearance == "theirs"


def test_admin_deleting_what_is_used_is_explained(
    staff: Client, conversation: Conversation, owner: User, entity: Entity
) -> None:
    runs.send(conversation, owner, "Hello.")
    for path, words in ((f"agents/entity/{entity.pk}", "erase_entity"), (f"auth/user/{owner.pk}", "cannot be deleted")):
        answer = staff.post(f"/admin/{path}/delete/", {"post": "yes"}, follow=True)
        assert answer.status_code == 200 and words in answer.content.decode()
    for path in (
        f"interactions/conversation/{conversation.pk}",
        f"interactions/message/{conversation.messages.get().pk}",
    ):
        assert staff.post(f"/admin/{path}/delete/", {"post": "yes"}).status_code == 403
    for kind, pk in (("agents/entity", entity.pk), ("auth/user", owner.pk)):
        chosen = {"action": "delete_selected", "_selected_action": str(pk), "post": "yes"}
        assert staff.post(f"/admin/{kind}/", chosen).status_code in (200, 302)
    assert Entity.objects.filter(pk=entity.pk).exists() and User.objects.filter(pk=owner.pk).exists()


FORMS = sorted(path for path in all_addresses() if re.fullmatch(r"admin/\w+/\w+/add/", path))


def test_admin_has_no_json_to_be_typed(staff: Client, shown: Shown) -> None:
    pages = [answer for answer in (staff.get(f"/{path}") for path in FORMS) if answer.status_code == 200]
    assert len(pages) >= 4
    for answer in pages:
        for field in answer.context["adminform"].form.fields.values():
            assert not isinstance(field, forms.JSONField)


@pytest.mark.parametrize("path", FORMS)
def test_admin_forms_with_any_text_answer_in_order(staff: Client, shown: Shown, entity: Entity, path: str) -> None:
    if staff.get(f"/{path}").status_code == 403:
        return
    data = shown(f"/{path}")

    @settings(max_examples=10)
    @given(given_=st.dictionaries(st.sampled_from(sorted(data)), texts(), min_size=1, max_size=3))
    def send(given_: dict[str, str]) -> None:
        answer = staff.post(f"/{path}", {**data, "entity": entity.pk, **given_})
        assert answer.status_code in (200, 302, 400), answer.status_code

    send()


@pytest.mark.parametrize(
    "data", [{}, {"goals-TOTAL_FORMS": "x"}, {"goals-TOTAL_FORMS": "-1"}, {"goals-0-id": "9" * 30}]
)
def test_admin_inlines_that_are_broken_are_refused(
    staff: Client, shown: Shown, entity: Entity, data: dict[str, str]
) -> None:
    page, before = f"/admin/agents/entity/{entity.pk}/change/", facts()
    answer = staff.post(page, {**shown(page), **data} if data else {})
    assert answer.status_code in (200, 302, 400)
    assert facts() == before or not any("goals" in name for name in data)
