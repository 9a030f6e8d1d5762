"""The shell in Chromium: no complaint in the console, the theme, live parts, names, focus and narrow windows."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from agents import state
from agents.models import Entity
from interactions import runs
from interactions.models import Conversation, Message, Run
from tests.stub_model import StubModel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = ("/", "/account/", "/settings/models/", "/entities/new/")
UNNAMED = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea')]
  .filter((el) => el.checkVisibility() && !(el.ariaLabel || el.title || el.innerText?.trim() || el.labels?.length))
  .map((el) => el.outerHTML)"""


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A page of the running site. Whatever the console complains of fails the test."""
    context = browser.new_context(base_url=live_server.url, color_scheme="light")
    context.set_default_timeout(10_000)
    page = context.new_page()
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # A refused form is a 400, which the console always notes; this server speaks no WebSocket.
        expected = "status of 400" in message.text or "WebSocket connection" in message.text
        if message.type in ("error", "warning") and not expected:
            complaints.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def noor(page: Page, live_server: LiveServer, client: Client, owner: User) -> Page:
    """The owner, signed in."""
    client.force_login(owner)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    return page


def theme(page: Page) -> str:
    background: str = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    return background


def test_pages_load_without_a_complaint_and_everything_has_a_name(noor: Page, conversation: Conversation):
    for url in PAGES:
        noor.goto(url)
        assert noor.evaluate(UNNAMED) == [], url
        expect(noor.get_by_role("main")).to_be_visible()
        expect(noor.get_by_role("heading", level=1)).to_have_count(1)
    noor.goto("/")
    box = noor.locator(".icon use").first.bounding_box()
    assert box is not None and box["width"] > 5  # the sprite was allowed and found


def test_nothing_is_wider_than_a_phone(noor: Page, conversation: Conversation):
    noor.set_viewport_size({"width": 360, "height": 740})
    for url in PAGES:
        noor.goto(url)
        assert noor.evaluate("document.documentElement.scrollWidth") == 360, url
    expect(noor.get_by_role("navigation", name="Main, small screens")).to_be_visible()
    expect(noor.get_by_role("navigation", name="Main", exact=True)).to_be_hidden()


def test_the_theme_is_switched_and_remembered(noor: Page):
    noor.goto("/")
    light = theme(noor)
    noor.get_by_role("button", name="Light or dark").click()
    assert theme(noor) != light
    noor.goto("/account/")
    assert noor.locator("html").get_attribute("data-theme") == "dark" and theme(noor) != light
    noor.get_by_role("button", name="Light or dark").click()
    assert theme(noor) == light


def test_the_keyboard_reaches_the_content_first(noor: Page):
    noor.goto("/account/")
    noor.keyboard.press("Tab")
    assert noor.evaluate("document.activeElement.textContent") == "Skip to content"
    noor.keyboard.press("Tab")
    assert noor.evaluate("document.activeElement.getAttribute('href')") == "/"


def test_one_click_sends_the_first_sentence(noor: Page, entity: Entity):
    entity.openers = ["I found a box of old letters."]
    entity.save()
    noor.goto("/")
    noor.get_by_role("button", name="I found a box of old letters.").click()
    noor.wait_for_url("**/c/*/")
    assert Message.objects.get().text == "I found a box of old letters."
    expect(noor.get_by_text("I found a box of old letters.").first).to_be_visible()


def test_an_impatient_second_click_sends_nothing_more(noor: Page, entity: Entity):
    asked: list[Route] = []
    noor.route("**/talk/", lambda route: asked.append(route))
    noor.goto("/")
    box = noor.get_by_role("button", name="Talk to Ottilie").bounding_box()
    assert box is not None
    for _ in range(2):
        noor.mouse.click(box["x"] + 9, box["y"] + 9)
        noor.wait_for_timeout(200)
    assert len(asked) == 1
    asked[0].continue_()
    noor.wait_for_url("**/c/*/")


def test_home_shows_what_happens_by_itself_and_keeps_the_focus(noor: Page, owner: User, conversation: Conversation):
    noor.goto("/")
    talk = noor.get_by_role("link", name="Talk to Ottilie")
    talk.focus()
    runs.send(conversation, owner, "Are you there?")
    noor.evaluate("htmx.trigger('#live', 'refresh')")
    expect(noor.get_by_text("waits its turn", exact=False).last).to_be_visible()
    expect(noor.locator("#lead")).to_have_text("One mind is here. Ottilie is busy.")
    expect(talk).to_be_focused()


def test_a_running_sequence_is_stopped_from_home(noor: Page, owner: User, conversation: Conversation):
    sent = runs.send(conversation, owner, "Are you there?")
    noor.goto("/")
    noor.get_by_role("button", name="Stop Ottilie").click()
    expect(noor.get_by_role("heading", name="Running")).to_have_count(0)
    sent.run.refresh_from_db()
    assert sent.run.status == Run.Status.CANCELLED


def test_times_are_told_in_the_viewers_zone(browser: Browser, live_server: LiveServer, owner: User, entity: Entity):
    context = browser.new_context(base_url=live_server.url, timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.goto("/login/")
    words = page.evaluate(
        """() => { const time = document.createElement('time');
        time.dateTime = '2025-01-02T20:07:00+00:00'; time.dataset.time = 'clock'; document.body.append(time);
        return new Promise((done) => setTimeout(() => done([time.textContent, time.title]), 50)); }"""
    )
    assert words == ["05:07", "3 January 2025 at 05:07:00"]
    context.close()


def test_a_mistake_keeps_what_was_typed_and_gets_the_focus(noor: Page):
    noor.goto("/entities/new/")
    noor.get_by_label("Who they are").fill("Keeps a light.")
    noor.get_by_role("button", name="Create and talk").click()
    expect(noor.get_by_text("This field is required.")).to_be_visible()
    expect(noor.get_by_label("Name", exact=True)).to_be_focused()
    expect(noor.get_by_label("Who they are")).to_have_value("Keeps a light.")


def test_the_test_button_answers_in_place(noor: Page, owner: User):
    owner.is_staff = True
    owner.save()
    with StubModel() as stub:
        noor.goto("/settings/models/")
        noor.get_by_label("Address").fill(stub.base_url)
        noor.get_by_role("button", name="Test").click()
        expect(noor.locator("#tested .result")).to_contain_text("answered in")
        noor.get_by_label("Address").fill("http://127.0.0.1:9/v1")
        noor.get_by_role("button", name="Test").click()
        expect(noor.get_by_role("alert")).to_contain_text("That does not work yet.")
    expect(noor.get_by_label("Address")).to_have_value("http://127.0.0.1:9/v1")


def test_many_entities_stand_in_rows_of_three(noor: Page, owner: User, conversation: Conversation):
    for number in range(4):
        state.create(Entity(owner=owner, slug=f"e{number}", name=f"Name{number}", tagline="A line."))
    noor.set_viewport_size({"width": 1440, "height": 900})
    noor.goto("/")
    edges = [card.bounding_box() for card in noor.locator(".entity").all()]
    lefts = [box["x"] for box in edges if box]
    assert len(lefts) == 5 and lefts[3] == lefts[0] and lefts[4] == lefts[1]


def test_signing_in_and_out(page: Page, owner: User):
    page.goto("/account/")
    page.wait_for_url("**/login/?next=/account/")
    page.get_by_label("Name").fill("noor")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(page.get_by_label("Name")).to_have_value("noor")
    page.get_by_label("Password").fill("secret-of-noor")
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login/")
