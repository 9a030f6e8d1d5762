"""axe-core finds nothing serious or critical on any page, in light and in dark, wide and narrow."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Browser, Page, expect

from tests import axe
from tests.stack import Stack
from tests.unit.security.test_routes import ROUTES, filled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

PAGES = sorted({route.path for route in ROUTES if route.method == "GET" and not route.path.startswith("api/v1/")})
MORE = (
    "api/v1/docs", "search/?q=Lighthouse", "c/{conversation}/?at={run}", "e/{other}/triggers/", "entities/?archived=1",
    "insights/?days=30", "nowhere/", "admin/agents/entity/", "admin/agents/entity/{entity}/change/",
    "admin/interactions/conversation/", "admin/interactions/telling/",
)  # fmt: skip
SIGNED_OUT = ("login/", "login/link/x/y/")
ERRORS = ("400.html", "403.html", "403_csrf.html", "404.html", "413.html", "500.html", "503.html")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("axe") / "data", MEMOS_SWEEP_SECONDS="3600") as running:
        yield running


@pytest.fixture(scope="module")
def things(stack: Stack) -> dict[str, Any]:
    """What there is, by the names that addresses have for it."""
    stack.login_link  # noqa: B018 - whoever it signs in is there from then on
    code = "import runpy; runpy.run_module('tests.browser.everything')"
    found: dict[str, Any] = json.loads(stack.manage("shell", "-v", "0", "-c", code).splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def session(browser: Browser, stack: Stack, things: dict[str, Any]) -> Any:
    context = browser.new_context()
    page = context.new_page()
    page.goto(stack.login_link)
    page.wait_for_url(f"{stack.url}/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def page(browser: Browser, session: Any) -> Iterator[Page]:
    context = browser.new_context(storage_state=session, viewport={"width": 1440, "height": 900}, bypass_csp=True)
    yield context.new_page()
    context.close()


def looked_at(page: Page) -> list[str]:
    """Return what is wrong on the page as it stands, in both themes and both widths."""
    found: list[str] = []
    rules: tuple[tuple[str, int, dict[str, Any]], ...] = (
        ("light", 1440, {}),
        ("dark", 1440, {"only": axe.COLOURS}),
        ("light", 390, {"but": axe.COLOURS}),
    )
    for theme, width, asked in rules:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{theme} {width}: {each}" for each in axe.grave(page, **asked)]
    return found


def test_what_is_wrong_is_found(page: Page) -> None:
    page.set_content("<html lang=en><title>A page</title><main><input><p style='color: #ccc'>Pale</p></main>")
    assert {words.split(": ")[0] for words in axe.grave(page)} == {"label", "color-contrast"}
    assert {words.split(": ")[0] for words in axe.grave(page, only=axe.COLOURS)} == {"color-contrast"}
    assert {words.split(": ")[0] for words in axe.grave(page, but=axe.COLOURS)} == {"label"}
    assert axe.grave(page, "p", but=axe.COLOURS) == []


@pytest.mark.parametrize("path", PAGES)
def test_every_page(page: Page, stack: Stack, things: dict[str, Any], path: str) -> None:
    """The list is that of all routes: a new page is looked at without being named here."""
    answer = page.request.get(stack.url + filled(path, things))
    if "<html" not in answer.text():
        pytest.skip("a part of a page, or no page")
    page.goto(stack.url + filled(path, things))
    assert looked_at(page) == []


@pytest.mark.parametrize("path", MORE)
def test_pages_with_something_special(page: Page, stack: Stack, things: dict[str, Any], path: str) -> None:
    page.goto(f"{stack.url}/{path.format(**things)}")
    assert looked_at(page) == []


@pytest.mark.parametrize("path", SIGNED_OUT)
def test_pages_of_who_is_signed_out(browser: Browser, stack: Stack, path: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{stack.url}/{path}")
    assert looked_at(page) == []
    page.context.close()


@pytest.mark.parametrize("template", ERRORS)
def test_error_pages(page: Page, stack: Stack, template: str) -> None:
    html = render_to_string(template, {"request_id": "0" * 32})
    page.route("**/broken/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(f"{stack.url}/broken/")
    assert looked_at(page) == []


@pytest.mark.parametrize("number", range(5))
def test_talks_of_every_kind(page: Page, stack: Stack, things: dict[str, Any], number: int) -> None:
    page.goto(f"{stack.url}/c/{things['talks'][number]}/")
    assert looked_at(page) == []


@pytest.mark.timeout(300)  # some fifty looks
def test_every_card(page: Page, stack: Stack, things: dict[str, Any]) -> None:
    page.goto(f"{stack.url}/c/{things['talks'][0]}/")
    steps = page.locator("article.turn").first.locator("[data-step]")
    card = page.locator("article.turn").first.locator(".turn__card")
    found: list[str] = []
    assert steps.count() > 20
    for theme, only in (("light", ()), ("dark", axe.COLOURS)):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        for number in range(steps.count()):
            steps.nth(number).click()
            expect(steps.nth(number)).to_have_attribute("aria-expanded", "true")
            expect(card.locator(".action")).to_have_count(1)
            found += [f"{theme}, card {number}: {each}" for each in axe.grave(page, ".turn__card", only=only)]
    assert found == []


def test_sheets_palette_and_menus(page: Page, stack: Stack, things: dict[str, Any]) -> None:
    page.goto(f"{stack.url}/c/{things['conversation']}/")
    page.locator("article.turn .tools__why").last.click()
    expect(page.locator(".sheet__body")).to_be_visible()
    assert looked_at(page) == []
    page.set_viewport_size({"width": 1440, "height": 900})
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.type("Lighthouse")
    page.wait_for_timeout(500)
    assert looked_at(page) == []
