"""The browser that the tests of this folder share, file by file."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.chromium import launched


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with pytest.MonkeyPatch.context() as patch, launched() as running:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps a loop in this thread
        yield running
