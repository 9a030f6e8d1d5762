"""The main job as a person does it: sign in by the printed link, talk ten turns with each entity, see it live."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import complaints
from tests.stack import Stack
from tests.stub_model import StubModel

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

TALK = (
    "Hello there.",
    "My name is Noor.",
    "I love rooibos tea.",
    "My sister Mira lives in Oslo.",
    "I am a little sad today.",
    "Tomorrow I am going to repair the old clock.",
    "What are you doing tonight?",
    "That is great news, thank you!",
    "What do you know about me?",
    "What is my name?",
)


@pytest.fixture(scope="module", params=["offline", "server"])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The product, once with the offline responder and once with a server over the wire."""
    folder = tmp_path_factory.mktemp(request.param) / "data"
    if request.param == "offline":
        with Stack(folder) as running:
            yield running
        return
    with (
        StubModel(pace=0.002) as model,
        Stack(folder, MEMOS_MODEL="openai:stub", OPENAI_BASE_URL=model.base_url, OPENAI_API_KEY="k") as running,
    ):
        yield running


@pytest.fixture(scope="module")
def page(browser: Browser, stack: Stack) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(stack.login_link)
    page.wait_for_url(f"{stack.url}/")
    yield page
    context.close()


def say(page: Page, number: int, text: str) -> None:
    """Send a message and wait until its turn is over."""
    page.locator("textarea[name=text]").fill(text)
    page.keyboard.press("Enter")
    expect(page.locator(".said").nth(number)).to_contain_text(text)
    turn = page.locator("article.turn").nth(number)
    expect(turn).to_have_attribute("data-status", "finished", timeout=15_000)


def texts(page: Page) -> list[str]:
    """Everything the talk shows, as a reader sees it."""
    return [
        text.strip() for text in page.locator("#turns .said__text, #turns .thought, #turns .speech").all_inner_texts()
    ]


@pytest.mark.parametrize("name", ["Ottilie", "Ishbel", "Shim"])
def test_ten_turns_show_thoughts_moods_memories_and_speech_live(page: Page, stack: Stack, name: str) -> None:
    found = complaints(page)
    page.goto(f"{stack.url}/")
    card = page.locator("article.entity", has_text=name)
    moods = {card.locator(".mood__word").inner_text()}
    card.locator("form button, button.opener").first.click()
    page.wait_for_url("**/c/**")
    is_first_start = page.locator(".said").count() == 1
    start = 1 if is_first_start else 0
    if is_first_start:
        expect(page.locator("article.turn").first).to_have_attribute("data-status", "finished", timeout=15_000)
    for number, text in enumerate(TALK, start=start):
        say(page, number, text)
        if "tea" in text:
            expect(page.locator("#state")).to_contain_text("tea")  # remembered, and shown at once
        moods.add(page.locator("#state .mood__word").first.inner_text())
    turns = page.locator("article.turn")
    assert turns.count() == start + len(TALK)
    assert page.locator(".turn .thought").count() >= 5
    assert page.locator(".turn .speech").count() >= 8
    assert page.locator(".strip__step--change").count() >= 2
    assert len(moods) >= 2
    if "offline" in str(stack.data_dir):
        assert "Noor" in turns.last.locator(".speech").inner_text()
    live = texts(page)
    page.reload()
    assert texts(page) == live
    assert found == []


# Leaves the page as soon as it shows a turn that is under way: to look from here would often be too late.
LEAVE_IN_MID_REPLY = """() => new MutationObserver(() => {
    if (document.querySelector("article.turn[aria-busy=true]")) location.assign("about:blank");
}).observe(document.getElementById("turns"), {subtree: true, childList: true, attributes: true})"""


def test_closing_the_tab_in_mid_reply_loses_nothing(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/c/")
    address = page.url
    page.evaluate(LEAVE_IN_MID_REPLY)
    page.locator("textarea[name=text]").fill("Tell me what you see from where you stand, and why it matters to you.")
    page.keyboard.press("Enter")
    page.wait_for_url("about:blank")
    other = page.context.new_page()
    other.goto(address)
    expect(other.locator("article.turn").last).to_have_attribute("data-status", "finished", timeout=15_000)
    shown = texts(other)
    page.goto(address)
    assert texts(page) == shown
    other.close()
