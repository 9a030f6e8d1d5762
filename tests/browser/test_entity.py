"""An entity's pages in Chromium: edited in place, live in an open chat; forgotten and undone, rolled back, deleted."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

ENTITY = """
from django.contrib.auth.models import User
from agents import state
from agents.changes import GoalValue, MemoryValue, PutGoal, PutMemory
from agents.models import Entity
from interactions import runs
person = User.objects.get(username="admin")
entity = Entity(owner=person, slug="reader", name="Reader", mood="calm", appearance="A coat.")
memory = PutMemory(memory=MemoryValue(content="The tide turns at nine."))
state.create(entity, [PutGoal(goal=GoalValue(text="Read on")), memory])
print(entity.pk, runs.start_conversation(person, entity).pk)
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("entity") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def session(browser: Browser, stack: Stack) -> Any:
    """The cookies of whoever signed in by the printed link, who has an entity and a talk with it."""
    found = re.search(r"\d+ ([0-9a-f-]{36})", stack.manage("shell", "-v", "0", "-c", ENTITY))
    assert found
    context = browser.new_context()
    page = context.new_page()
    page.goto(stack.login_link)
    page.wait_for_url(f"{stack.url}/")
    state = context.storage_state()
    context.close()
    return state, found[1]


@pytest.fixture
def pages(browser: Browser, stack: Stack, session: Any) -> Iterator[tuple[Page, Page]]:
    """A page for the entity, and one on which the talk is open."""
    context = browser.new_context(storage_state=session[0], viewport={"width": 1440, "height": 900})
    page, chat = context.new_page(), context.new_page()
    chat.goto(f"{stack.url}/c/{session[1]}/")
    yield page, chat
    context.close()


def test_e2_an_edit_in_place_shows_live_in_an_open_chat_and_is_undone(stack: Stack, pages: tuple[Page, Page]) -> None:
    page, chat = pages
    chat.locator(".talk__name").click()
    expect(chat).to_have_url(f"{stack.url}/e/reader/")
    chat.go_back()
    page.goto(f"{stack.url}/e/reader/state/")
    page.locator("#appearance a.link").click()
    page.locator("#appearance textarea").fill("A scarf, and ink on two fingers.")
    page.locator("#appearance button").click()
    expect(page.locator(".notice")).to_contain_text("Appearance changed")
    expect(chat.locator("#panel")).to_contain_text("A scarf, and ink on two fingers.", timeout=10_000)
    page.locator(".notice button").click()
    expect(chat.locator("#panel")).not_to_contain_text("A scarf", timeout=10_000)


def test_f9_a_memory_is_forgotten_in_place_and_comes_back(stack: Stack, pages: tuple[Page, Page]) -> None:
    page, _ = pages
    page.goto(f"{stack.url}/e/reader/memories/")
    page.get_by_role("button", name="Forget", exact=True).click()
    row = page.locator("tr.is-gone")
    expect(row).to_contain_text("Forgotten just now, by you")
    row.get_by_role("button", name="Undo").click()
    expect(page.locator("tbody tr")).to_contain_text("The tide turns at nine.")
    page.locator("#q").fill("nothing of the kind")
    expect(page.locator("#memory-list")).to_contain_text("Fewer words find more.")
    expect(page).to_have_url(re.compile("q=nothing"))


def test_f2_yesterday_comes_back_with_one_click_and_a_deleted_entity_with_another(
    stack: Stack, pages: tuple[Page, Page]
) -> None:
    page, _ = pages
    page.goto(f"{stack.url}/e/reader/edit/appearance/")
    page.locator("textarea[name=appearance]").fill("Nothing at all.")
    page.get_by_role("button", name="Save").click()
    page.goto(f"{stack.url}/e/reader/versions/")
    page.locator("#v1").get_by_role("button", name="Roll back to here").click()
    expect(page.locator(".notice")).to_contain_text("Rolled back to version 1")
    page.goto(f"{stack.url}/e/reader/state/")
    expect(page.locator("#appearance")).to_contain_text("A coat.")
    page.goto(f"{stack.url}/e/reader/settings/")
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".notice")).to_contain_text("Reader is deleted")
    page.locator(".notice button").click()
    expect(page.locator("h1")).to_have_text("Reader")
