"""The admin and the API's page in Chromium: what is edited shows in an open chat at once, and nothing is blocked."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.chromium import complaints
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

ENTITY = """
from django.contrib.auth.models import User
from agents import state
from agents.changes import GoalValue, PutGoal
from agents.models import Entity
from interactions import runs
person = User.objects.get(username="admin")
entity = Entity(owner=person, slug="reader", name="Reader", mood="calm")
state.create(entity, [PutGoal(goal=GoalValue(text="Read on"))])
print(entity.pk, runs.start_conversation(person, entity).pk)
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("admin") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def made(stack: Stack) -> tuple[str, str]:
    """An entity's id and the id of a conversation with it."""
    found = re.search(r"(\d+) ([0-9a-f-]{36})", stack.manage("shell", "-v", "0", "-c", ENTITY))
    assert found
    return found[1], found[2]


@pytest.fixture(scope="module")
def session(browser: Browser, stack: Stack) -> Any:
    """The cookies of whoever signed in by the printed link."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(stack.login_link)
    page.wait_for_url(f"{stack.url}/")
    state = context.storage_state()
    context.close()
    return state


def test_an_edit_shows_in_an_open_chat_at_once(
    browser: Browser, session: Any, stack: Stack, made: tuple[str, str]
) -> None:
    context = browser.new_context(storage_state=session, viewport={"width": 1440, "height": 900})
    chat, admin = context.new_page(), context.new_page()
    found = [complaints(chat), complaints(admin)]
    chat.goto(f"{stack.url}/c/{made[1]}/")
    expect(chat.locator("#panel")).to_contain_text("calm")
    admin.goto(f"{stack.url}/admin/agents/entity/{made[0]}/change/")
    admin.locator("a, button, span", has_text=re.compile(r"^\s*Mood\s*$")).last.click()
    admin.locator("input[name=mood]").fill("Radiant")
    admin.locator("input[name=joy]").fill("0.9")
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.get_by_text("was changed successfully")).to_be_visible()
    expect(chat.locator("#panel")).to_contain_text("radiant", timeout=10_000)
    admin.goto(f"{stack.url}/admin/agents/stateversion/")
    expect(admin.get_by_text("radiant 0.40, joy 0.90")).to_be_visible()
    context.close()
    assert found == [[], []]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_complains_or_overflows(
    browser: Browser, session: Any, stack: Stack, made: tuple[str, str], width: int, scheme: Any
) -> None:
    context = browser.new_context(
        storage_state=session, viewport={"width": width, "height": 900}, color_scheme=scheme, base_url=stack.url
    )
    page = context.new_page()
    found = complaints(page)
    pages = [
        *(
            "/admin/",
            f"/admin/agents/entity/{made[0]}/change/",
            "/admin/agents/entity/add/",
            "/admin/agents/memory/add/",
        ),
        *("/admin/interactions/eventrecord/", "/admin/agents/stateversion/", "/admin/auth/user/", "/api/v1/docs"),
    ]
    for path in pages:
        page.goto(path)
        page.wait_for_load_state("load")
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, path
    context.close()
    assert found == []
