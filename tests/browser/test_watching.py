"""That a page which breaks the policy, throws or logs an error fails its test: what `no_complaints` would see."""

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WRONG = {
    "CSP: style-src": "document.head.append(Object.assign(document.createElement('style'), { textContent: 'a {}' }))",
    "CSP: script-src": "const s = document.createElement('script'); s.text = 'window.ran = 1'; document.body.append(s)",
    "CSP: img-src": "new Image().src = 'https://evil.example/a.png'",
    "thrown": "setTimeout(() => { throw new Error('thrown'); })",
    "logged": "console.error('logged')",
}


@pytest.mark.parametrize("words", WRONG)
def test_what_goes_wrong_is_noticed(
    watched_browser: tuple[Browser, list[str]], live_server: LiveServer, words: str
) -> None:
    browser, found = watched_browser
    page = browser.new_page()
    page.goto(f"{live_server.url}/login/")
    assert found == []
    page.evaluate(f"() => {{ {WRONG[words]}; }}")
    for _ in range(100):
        if any(words in each for each in found):
            break
        page.wait_for_timeout(50)
    assert any(words in each for each in found), found
    assert page.evaluate("window.ran") is None
    page.context.close()
    found.clear()
