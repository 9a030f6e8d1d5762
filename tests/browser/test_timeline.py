"""The timeline and the replay in Chromium: by key and by click, and with little motion."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("timeline") / "data", MEMOS_OFFLINE_PACE="0.03") as running:
        yield running


@pytest.fixture(scope="module")
def address(browser: Browser, stack: Stack) -> str:
    """A talk of two turns; where it is."""
    page = browser.new_page()
    page.goto(stack.login_link)
    page.wait_for_url(f"{stack.url}/")
    page.locator("article.entity", has_text="Ottilie").locator("form button").first.click()
    page.wait_for_url("**/c/**")
    turns = page.locator("article.turn")
    expect(turns.first).to_have_attribute("data-status", "finished", timeout=30_000)
    page.locator("textarea[name=text]").fill("I am a little sad about the letters.")
    page.keyboard.press("Enter")
    expect(turns.nth(1)).to_have_attribute("data-status", "finished", timeout=30_000)
    page.context.storage_state(path=stack.data_dir / "signed_in.json")
    return page.url


@pytest.fixture
def page(browser: Browser, stack: Stack, address: str) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, storage_state=stack.data_dir / "signed_in.json"
    )
    yield context.new_page()
    context.close()


def test_e3_events_are_picked_by_key_and_by_click(page: Page, address: str) -> None:
    page.goto(f"{address}timeline/")
    moment, head = page.locator("#moment"), page.locator(".lanes .head").first
    last = int(page.locator("#track").get_attribute("max") or 0)
    expect(moment).to_have_attribute("data-seq", str(last))
    before = head.get_attribute("x1")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(moment).to_have_attribute("data-seq", str(last - 3))
    assert head.get_attribute("x1") != before
    expect(page).to_have_url(re.compile(rf"at={last - 3}$"))
    expect(page.locator(".log__item[aria-current]")).to_have_id(f"e{last - 3}")
    page.reload()
    expect(moment).to_have_attribute("data-seq", str(last - 3))
    page.keyboard.press("Home")
    expect(moment).to_have_attribute("data-seq", "1")
    bar = page.locator(".lanes a", has=page.locator(".bar--speak")).last
    seq = bar.get_attribute("data-at") or ""
    bar.locator(".bar").click()
    expect(moment).to_have_attribute("data-seq", seq)
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()


def test_f2_rolled_back_from_the_timeline_with_a_way_to_undo_it(page: Page, address: str) -> None:
    page.goto(f"{address}timeline/?at=1")
    page.get_by_role("button", name="back to here").click()
    page.wait_for_url("**/versions/**")
    expect(page.get_by_text("rolled back to version", exact=False).first).to_be_visible()
    expect(page.get_by_role("button", name="Undo").first).to_be_visible()


def test_f10_a_replay_ends_in_the_talk_as_it_is(page: Page, address: str) -> None:
    page.goto(address)
    speeches = page.locator("#turns .speech")
    said = speeches.all_inner_texts()
    page.goto(f"{address}replay/")
    page.keyboard.press(" ")
    expect(page.locator("#play")).to_have_attribute("aria-label", "Pause")
    for _ in range(5):
        page.keyboard.press("+")
    expect(page.get_by_role("button", name="50×")).to_have_attribute("aria-pressed", "true")
    last = page.locator("#track").get_attribute("max") or ""
    expect(page.locator("#track-words")).to_have_text(last, timeout=30_000)
    expect(page.locator("#play")).to_have_attribute("aria-label", "Play")
    assert speeches.all_inner_texts() == said
    assert page.locator("#turns .tools, #turns [hx-post], #turns [hx-get]").count() == 0


def test_f10_it_pauses_steps_and_seeks_by_key(page: Page, address: str) -> None:
    page.goto(f"{address}replay/?from=3")
    words = page.locator("#track-words")
    page.keyboard.press("ArrowRight")
    expect(words).to_have_text("4")
    page.keyboard.press("ArrowRight")
    expect(words).to_have_text("5")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#turns")).to_have_attribute("data-seq", "4")
    page.keyboard.press(" ")
    page.keyboard.press(" ")
    expect(page.locator("#play")).to_have_attribute("aria-label", "Play")
    page.keyboard.press("Home")
    expect(page.locator("#turns")).to_have_attribute("data-seq", "0")
    expect(page.locator("#turns .exchange")).to_have_count(0)
    page.keyboard.press("End")
    expect(page.locator("#turns .exchange")).to_have_count(2)


@pytest.mark.parametrize(("motion", "is_written_out"), [("no-preference", True), ("reduce", False)])
def test_f10_who_wants_little_motion_gets_each_text_whole(
    page: Page, address: str, motion: str, is_written_out: bool
) -> None:
    page.emulate_media(reduced_motion=motion)  # type: ignore[arg-type]
    page.goto(f"{address}replay/")
    page.evaluate("""() => {
        window.streamed = 0;
        new MutationObserver(() => { if (document.querySelector("[data-streaming]")) window.streamed++; })
          .observe(document.getElementById("stage"), { childList: true, subtree: true });
    }""")
    page.keyboard.press(" ")
    page.keyboard.press("+")
    page.keyboard.press("+")
    last = page.locator("#track").get_attribute("max") or ""
    expect(page.locator("#track-words")).to_have_text(last, timeout=60_000)
    assert (page.evaluate("streamed") > 0) == is_written_out
