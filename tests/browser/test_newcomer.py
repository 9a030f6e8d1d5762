"""Somebody new, with nothing read, on a laptop and on a phone: why it said so, undo what it learned, back, fork."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

SIZES = [(1440, 900), (390, 844)]


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("newcomer") / "data") as running:
        yield running


@pytest.mark.parametrize("size", SIZES)
def test_a_newcomer_finds_out_why_undoes_what_was_learned_goes_back_and_forks(
    browser: Browser, stack: Stack, size: tuple[int, int]
) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, has_touch=size[0] < 600)
    page = context.new_page()
    page.goto(stack.login_link)
    page.wait_for_url(f"{stack.url}/")
    page.locator("article.entity", has_text="Ottilie").locator("form button").first.click()
    page.wait_for_url("**/c/**")
    expect(page.locator("article.turn").first).to_have_attribute("data-status", "finished", timeout=30_000)
    page.locator("textarea[name=text]").fill("My name is Noor, and my sister keeps bees in Haarlem.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("article.turn").nth(1)).to_have_attribute("data-status", "finished", timeout=30_000)

    finds_out_why(page)
    undoes_what_was_learned(page)
    goes_back_and_forks(page, f"Twin of {size[0]}")
    context.close()


def finds_out_why(page: Page) -> None:
    """The word under the reply opens what it came from, and what it changed."""
    page.locator("article.turn").last.get_by_role("link", name="Why this reply?").click()
    sheet = page.locator(".sheet", has_text="Why this reply?")
    expect(sheet).to_contain_text("My name is Noor")
    for heading in ("What started it", "Memories used", "Plan", "What it changed", "Model"):
        expect(sheet.get_by_role("heading", name=re.compile(heading))).to_be_visible()
    expect(sheet.locator("ins").first).to_be_visible()


def undoes_what_was_learned(page: Page) -> None:
    """One button takes back all that the reply changed; the same place then says so."""
    sheet = page.locator(".sheet", has_text="Why this reply?")
    sheet.get_by_role("button", name="Undo what it changed").click()
    expect(sheet).to_contain_text(re.compile("undone", re.I))
    sheet.get_by_role("link", name="Close").click()
    expect(sheet).to_be_hidden()


def goes_back_and_forks(page: Page, name: str) -> None:
    """From the talk to the entity, its versions, one of them; roll back to it, then fork it."""
    page.locator(".talk__name").click()
    page.get_by_role("link", name="Versions").first.click()
    page.locator("#v1").get_by_role("button", name="Roll back to here").click()
    expect(page.locator(".notice")).to_contain_text("Rolled back to version 1")
    page.get_by_role("link", name="Versions").first.click()
    page.locator("#v1").get_by_role("link").first.click()
    page.get_by_label("Name of the fork").fill(name)
    page.get_by_role("button", name="Fork from here").click()
    expect(page.locator("h1")).to_have_text(name)
    expect(page.locator("body")).to_contain_text("forked from")
