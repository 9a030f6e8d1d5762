"""The browser that the tests of this folder share, file by file. Whatever a page complains of fails the test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.chromium import launched, watched


@pytest.fixture(scope="module")
def watched_browser() -> Iterator[tuple[Browser, list[str]]]:
    """A headless Chromium, and what its pages have complained of."""
    with pytest.MonkeyPatch.context() as patch, launched() as running:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps a loop in this thread
        yield running, watched(running)


@pytest.fixture(scope="module")
def browser(watched_browser: tuple[Browser, list[str]]) -> Browser:
    """The browser."""
    return watched_browser[0]


@pytest.fixture(autouse=True)
def no_complaints(watched_browser: tuple[Browser, list[str]]) -> Iterator[None]:
    """Fail the test whose pages broke the content security policy, threw an exception or logged an error."""
    found = watched_browser[1]
    found.clear()
    yield
    assert found == []
