"""`make screenshots`: the pictures of docs/images, made from a real talk on the real product."""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.chromium import launched
from tests.stack import Stack

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
TALK = (
    "Good evening. My name is Noor, and I found a box of old letters.",
    "They are from 1933. My grandmother kept them in a biscuit tin.",
    "I am a little sad that nobody read them for so long.",
)


def say(page: Page, number: int, text: str) -> None:
    """Send a message and wait for the whole answer."""
    page.locator("textarea[name=text]").fill(text)
    page.keyboard.press("Enter")
    turn = page.locator("article.turn").nth(number)
    expect(turn).to_have_attribute("data-status", "finished", timeout=30_000)


def talk(page: Page, stack: Stack) -> str:
    """Talk with Ottilie and return where that was."""
    page.goto(stack.login_link)
    page.wait_for_url(f"{stack.url}/")
    page.screenshot(path=FOLDER / "home.png")
    page.locator("article.entity", has_text="Ottilie").locator("form button").first.click()
    page.wait_for_url("**/c/**")
    expect(page.locator("article.turn").first).to_have_attribute("data-status", "finished", timeout=30_000)
    for number, text in enumerate(TALK, start=1):
        say(page, number, text)
    return page.url


def take(browser: Browser, stack: Stack) -> None:
    """Take all pictures."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, device_scale_factor=1)
    page = context.new_page()
    address = talk(page, stack)
    page.wait_for_timeout(2_000)  # the flash of what changed last
    page.screenshot(path=FOLDER / "chat.png")
    page.goto(f"{address}timeline/")
    page.screenshot(path=FOLDER / "timeline.png")
    page.emulate_media(color_scheme="dark")
    page.goto(address)
    page.screenshot(path=FOLDER / "chat-dark.png")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address)
    page.screenshot(path=FOLDER / "chat-phone.png")


def main() -> None:
    """Write the pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder) / "data") as stack, launched() as browser:
        take(browser, stack)


if __name__ == "__main__":
    main()
