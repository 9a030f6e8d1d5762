"""What one entity tells another, in Chromium: told and unread, held, dropped and brought back, taken back, undone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("told") / "data", MEMOS_SWEEP_SECONDS="0.5") as running:
        yield running


@pytest.fixture(scope="module")
def page(stack: Stack, browser: Browser) -> Page:
    """A talk with Ottilie, who has greeted."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(stack.login_link)
    page.locator("article.entity", has_text="Ottilie").locator("form button").first.click()
    page.wait_for_url("**/c/**")
    ends(page)
    return page


@pytest.fixture
def talk(page: Page) -> Iterator[str]:
    """Where that talk is; the page is left there."""
    place = page.url.partition("?")[0].partition("#")[0]
    yield place
    page.goto(place)


def ends(page: Page) -> None:
    expect(page.locator("article.turn").last).to_have_attribute("data-status", "finished", timeout=30_000)


def tell(page: Page, what: str) -> Locator:
    """Have Ottilie tell Ishbel something, and return the opened card that says so."""
    page.locator("textarea[name=text]").fill(f"Tell Ishbel that {what}.")
    page.keyboard.press("Enter")
    exchange = page.locator(".exchange", has_text=f"Tell Ishbel that {what}.")
    expect(exchange.locator("article.turn")).to_have_attribute("data-status", "finished", timeout=30_000)
    expect(exchange.locator(".speech")).to_have_text("I am telling Ishbel now.")
    return opened(page, what)


def opened(page: Page, what: str) -> Locator:
    """Open the card of what was told."""
    exchange = page.locator(".exchange", has_text=f"Tell Ishbel that {what}.")
    exchange.locator("[data-step][aria-label^=Tell]").click()
    card = exchange.get_by_role("region", name="Tell")
    expect(card).to_contain_text("Told somebody")
    return card


def allow(page: Page, stack: Stack, times: int) -> None:
    """Let Ishbel begin so often a day by itself."""
    page.goto(f"{stack.url}/e/ishbel/triggers/")
    page.locator("input[name=runs_per_day]").fill(str(times))
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".notice", has_text="The settings are saved.")).to_be_visible()


def test_what_was_told_shows_as_unread_and_in_the_others_talk(page: Page, talk: str) -> None:
    tell(page, "the bread is ready")
    row = page.locator("#rows li", has=page.locator(".unread"))
    expect(row).to_contain_text("Ottilie has told me this", timeout=30_000)
    expect(row.locator(".unread")).to_contain_text("unread")
    with page.expect_response("**/read/"):  # a moment after it was seen
        row.locator("a").first.click()
    why = page.locator(".turn__why")
    expect(why).to_contain_text("Ottilie told Ishbel:")
    expect(page.locator(".speech").last).to_contain_text("the bread is ready")
    why.get_by_role("link", name="Where it was told").click()
    page.wait_for_url(f"{talk}?at=*")
    expect(page.locator("#rows .unread")).to_have_count(0)
    expect(opened(page, "the bread is ready").get_by_role("link", name="Ishbel has heard it")).to_be_visible()


def test_what_is_held_is_dropped_brought_back_and_taken_back(page: Page, stack: Stack, talk: str) -> None:
    allow(page, stack, 0)
    page.goto(talk)
    expect(tell(page, "the kettle is on")).to_contain_text("Waits until you let Ishbel begin by itself")
    page.goto(f"{stack.url}/e/ishbel/triggers/")
    told = page.get_by_role("region", name="Told by others")
    row = told.locator("li", has_text="the kettle is on")
    expect(row).to_contain_text("Waits until you let Ishbel begin by itself")
    row.get_by_role("button", name="Drop").click()
    expect(told.locator(".notice")).to_contain_text("Ishbel will not hear this")
    expect(row).to_have_count(0)
    told.get_by_role("button", name="Undo").click()
    expect(row).to_be_visible()
    page.goto(talk)
    card = opened(page, "the kettle is on")
    card.get_by_role("button", name="Take it back").click()
    expect(card).to_contain_text("Taken back before Ishbel heard it")
    page.goto(f"{stack.url}/e/ishbel/triggers/")
    expect(page.get_by_role("region", name="Told by others")).to_have_count(0)


def test_f9_the_undo_of_a_turn_takes_back_what_waits_and_is_undone_itself(page: Page, stack: Stack, talk: str) -> None:
    allow(page, stack, 0)
    page.goto(talk)
    tell(page, "the lamp is lit")
    page.locator("article.turn").last.hover()
    page.locator("article.turn .tools__why").last.click()
    sheet = page.locator(".sheet__body")
    expect(sheet).to_contain_text("who has not heard it yet")
    sheet.get_by_role("button", name="Undo what it changed").click()
    undone = sheet.locator(".undoing")
    expect(undone).to_contain_text("Ishbel will not be told.")
    expect(undone).to_contain_text("taken back before it was heard")
    undone.get_by_role("button", name="Undo that").click()
    expect(undone).to_contain_text("Ishbel will be told after all.")
    allow(page, stack, 20)

    def is_heard() -> bool:
        page.reload()
        return page.get_by_role("region", name="Told by others").count() == 0

    stack.wait_for(is_heard, "what was told to be heard", 30)
    page.goto(talk)
    page.locator("article.turn .tools__why").last.click()
    expect(sheet.get_by_role("link", name="has heard it")).to_be_visible()
