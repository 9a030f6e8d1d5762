"""A real browser for the tests: Chromium as the machine has it, watched for errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.find_chromium import find

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def complaints(page: Page) -> list[str]:
    """Return a list that fills with every error of the console and every exception of the page."""
    found: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            found.append(f"{message.text} ({message.location.get('url')})")

    page.on("console", heard)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


# What a browser itself says of requests that were refused or cut, which many tests bring about.
_OWN_WORDS = ("the server responded with a status of 4", "net::ERR_", "WebSocket connection to")
_LISTEN = """addEventListener("securitypolicyviolation", (event) => tellOfViolation(
  `CSP: ${event.effectiveDirective} forbids ${event.blockedURI} ${event.sample} (${document.URL})`));"""


def watched(browser: Browser) -> list[str]:
    """Return a list that fills with what goes wrong on any page of any context that `browser` opens from now on:
    violations of the content security policy, exceptions, and errors of the console."""
    found: list[str] = []
    make = browser.new_context

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(words in message.text for words in _OWN_WORDS):
            found.append(f"{message.text} ({message.location.get('url')})")

    def new_context(**options: Any) -> BrowserContext:
        context = make(**options)
        context.on("console", heard)
        context.on("weberror", lambda error: found.append(str(error.error)))
        if options.get("java_script_enabled", True):
            context.expose_binding("tellOfViolation", lambda _source, words: found.append(words))
            context.add_init_script(_LISTEN)
        return context

    def new_page(**options: Any) -> Page:
        return new_context(**options).new_page()

    vars(browser).update(new_context=new_context, new_page=new_page)
    return found
