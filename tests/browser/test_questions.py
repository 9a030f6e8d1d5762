"""Questions and timers in Chromium: answered by keyboard, twice, without a line; a timer set and taken back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(Path(tmp_path_factory.mktemp("questions")) / "data", MEMOS_SWEEP_SECONDS="0.5") as running:
        yield running


@pytest.fixture(scope="module")
def page(stack: Stack, browser: Browser) -> Page:
    """A talk with the offline responder, which has greeted."""
    page = browser.new_context(viewport={"width": 390, "height": 844}, timezone_id="Asia/Tokyo").new_page()
    page.goto(stack.login_link)
    page.locator("article.entity", has_text="Ottilie").locator("form button").first.click()
    page.wait_for_url("**/c/**")
    ends(page, "finished")
    return page


def say(page: Page, text: str) -> None:
    page.locator("textarea[name=text]").fill(text)
    page.locator(".composer__send").click()


def ends(page: Page, status: str) -> None:
    expect(page.locator("article.turn").last).to_have_attribute("data-status", status, timeout=30_000)


def test_a_question_is_answered_by_keyboard(page: Page) -> None:
    say(page, "Remind me to water the fern.")
    ends(page, "waiting")
    choices = page.locator(".question__choices button")
    assert choices.all_inner_texts() == ["In 10 minutes", "In an hour", "Tomorrow at 9:00"]
    choices.nth(1).focus()
    page.keyboard.press("Enter")
    ends(page, "finished")
    turn = page.locator("article.turn").last
    expect(turn.locator(".said__text")).to_have_text("In an hour")
    expect(turn.locator(".speech").last).to_have_text("I will remind you in 1 hour to water the fern.")
    expect(choices).to_have_count(0)
    live = page.locator("#turns").inner_text()
    page.reload()
    assert page.locator("#turns").inner_text() == live


def test_without_a_connection_an_answer_changes_nothing_and_can_be_given_again(
    page: Page, watched_browser: tuple[Browser, list[str]]
) -> None:
    say(page, "Remind me to feed the cat.")
    ends(page, "waiting")
    page.context.set_offline(True)
    button = page.locator(".question__choices button").first
    button.click()
    expect(page.locator("#toasts")).to_contain_text("Nothing was changed")
    expect(button).to_be_enabled()
    page.context.set_offline(False)
    button.click()
    ends(page, "finished")
    found = watched_browser[1]
    assert [words for words in found if not words.startswith("htmx:")] == []
    found.clear()  # what htmx says of a request that could not be sent


def test_words_of_ones_own_answer_too(page: Page) -> None:
    say(page, "Remind me to ring the bell.")
    ends(page, "waiting")
    say(page, "in 2 seconds")
    expect(page.locator("article.turn .said__text").last).to_have_text("in 2 seconds", timeout=20_000)
    rung = page.locator(".speech", has_text="You asked me to remind you to ring the bell.")
    expect(rung).to_be_visible(timeout=20_000)  # the timer came, by itself
    expect(page.locator(".turn__why").last).to_contain_text("A timer of Ottilie’s own")


def test_a_timer_is_set_paused_removed_and_brought_back(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/e/ottilie/triggers/")
    expect(page.get_by_text("Times of day are those of Asia/Tokyo.")).to_be_visible()
    page.get_by_label("What for").fill("Ask how the day was.")
    page.get_by_label("When", exact=True).select_option("daily")
    page.get_by_label("How long, or what time").fill("21:00")
    page.get_by_role("button", name="Set a timer").click()
    row = page.locator("li", has_text="Ask how the day was.")
    expect(row).to_contain_text("every day at 21:00 (Asia/Tokyo)")
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("Paused")
    row.get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row).to_contain_text("Next")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
