"""The chat page in Chromium: what streams, what is sent, what is stopped, and what happens when the line is cut."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, WebSocketRoute, expect

from tests.chromium import complaints
from tests.stack import Stack
from tests.stub_answers import said
from tests.stub_model import StubModel

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

SPEECH = """Then somebody **finished** it for him. Three things to look at:

1. the crossing of the *t*;
2. the folds;
3. the *g* in any long word.

```py
hands = {"Tobias", "Wren"}

print(hands)
```

Could you send me the place where it turns?"""

ENTITY = """
from django.contrib.auth.models import User
from agents import state
from agents.changes import GoalValue, PutGoal
from agents.models import Entity
person = User.objects.get(username="admin")
entity = Entity(owner=person, slug="reader", name="Reader", persona="Reads.", mood="calm", emotions={"trust": 0.5})
state.create(entity, [PutGoal(goal=GoalValue(text="Read on", priority=0.5))])
from interactions import runs
for number in range(%d):
    print(runs.start_conversation(person, entity).pk)
"""
TALKS = 40


def answer(request: dict[str, Any]) -> str:
    """A plan about what was said last; asked for silence it has no speech, asked to go on it speaks long, and asked to
    brood it thinks the same again and again."""
    text = said(request, "user")[-1].lower()
    thoughts = 6 if "brood" in text else 1
    actions: list[dict[str, Any]] = [{"action": "THINK", "text": "Same ink, two hands."}] * thoughts
    if "change" in text:
        strength = round(0.5 + len(text) % 40 / 100, 2)  # another one for another text
        mood = {"action": "UPDATE_MOOD", "context": "It stirs me.", "mood": "intrigued", "intensity": strength}
        actions.append({**mood, "emotions": {"anticipation": 0.5}})
        content = f"They said: {text[:80]}"
        actions.append({"action": "ADD_MEMORY", "context": "Worth keeping.", "content": content, "importance": 0.8})
    if "silent" not in text:
        long = "\n\n".join(f"Line {number} of a long reply, word after word." for number in range(60))
        actions.append({"action": "SPEAK", "text": long if "long" in text else SPEECH})
    return json.dumps({"reasoning": "r", "can_extend": False, "actions": [*actions, {"action": "DONE"}]})


@pytest.fixture(scope="module")
def model() -> Iterator[StubModel]:
    with StubModel(answer=answer, pace=0.012) as running:
        yield running


@pytest.fixture(scope="module")
def stack(model: StubModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("chat") / "data"
    environment = {"MEMOS_MODEL": "openai:stub-1", "OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "k"}
    with Stack(folder, **environment) as running:
        yield running


@pytest.fixture(scope="module")
def talks(stack: Stack) -> Iterator[str]:
    """Addresses of conversations that nobody has written in yet."""
    ids = re.findall(r"[0-9a-f-]{36}", stack.manage("shell", "-v", "0", "-c", ENTITY % TALKS))
    assert len(ids) == TALKS
    return iter([f"{stack.url}/c/{each}/" for each in ids])


@pytest.fixture(scope="module")
def session(browser: Browser, stack: Stack) -> Any:
    """The cookies of whoever signed in by the printed link."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(stack.login_link)
    page.wait_for_url(f"{stack.url}/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def context(browser: Browser, session: Any) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, storage_state=session)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, talks: Iterator[str]) -> Iterator[Page]:
    """A new conversation, open; at the end its console must be clean."""
    page = context.new_page()
    found = complaints(page)
    page.goto(next(talks))
    expect(page.locator("#line")).to_be_hidden()
    yield page
    expected = ("net::ERR", "WebSocket", "status of 400")  # what a browser itself says of lines cut and forms refused
    assert [each for each in found if not any(words in each for words in expected)] == []


def say(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")


def done(page: Page, status: str = "finished", number: int = -1) -> None:
    turn = page.locator("article.turn").nth(number) if number >= 0 else page.locator("article.turn").last
    expect(turn).to_have_attribute("data-status", status, timeout=15_000)


def talk(page: Page) -> str:
    """The talk's markup, without what tells the time."""
    html = page.locator("#turns").inner_html()
    html = re.sub(r' (title|data-once|data-streaming)="[^"]*"', "", html)
    return re.sub(r"\s+", " ", re.sub(r">\s+<", "><", html)).strip()


# Keeps what each shift moved, so that a failure says it.
WATCH_SHIFTS = """() => {
  window.shifts = [];
  const from = performance.now();
  const named = (node) => node && (node.id || node.className || node.nodeName);
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (!entry.hadRecentInput && entry.startTime > from)
        window.shifts.push([entry.value, entry.sources.map((source) => named(source.node)).join(", ")]);
  }).observe({ type: "layout-shift", buffered: true });
}"""
SIZES = ((1440, 900), (390, 844))


# ---- Streaming ----


# Looked at in one moment, on each frame: from here it would take several looks, and the text may be over by then.
IS_STREAMING = """() => document.querySelector(".speech strong") && document.querySelector(".speech .caret")
    && document.querySelector("#doing").textContent.includes("speaking")
    && document.querySelector(".talk__head").textContent.includes("Stop")"""


def test_e1_text_is_formatted_while_it_streams_and_a_reload_shows_the_same(page: Page) -> None:
    say(page, "What is in the letter? It may change you.")
    speech = page.locator(".speech")
    page.wait_for_function(IS_STREAMING)
    expect(speech.locator("strong")).to_have_text("finished")
    expect(speech.locator("ol > li").nth(1)).to_be_visible()
    done(page)
    expect(speech.locator(".caret")).to_have_count(0)
    expect(speech.locator("pre code.language-py")).to_contain_text('hands = {"Tobias", "Wren"}')
    expect(page.locator("#announce")).to_contain_text("Then somebody")
    expect(page.locator("#stop button")).to_have_count(0)
    live = talk(page)
    page.reload()
    assert talk(page) == live


def test_e4_a_reload_in_mid_stream_goes_on(page: Page) -> None:
    say(page, "Go on for long.")
    expect(page.locator(".speech")).to_contain_text("Line 5")
    page.reload()
    expect(page.locator(".speech")).to_contain_text("Line 5", timeout=2_000)
    done(page)
    live = talk(page)
    page.reload()
    assert talk(page) == live
    assert page.locator(".speech p").count() == 60


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_nothing_jumps_while_text_streams(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.wait_for_timeout(300)
    page.evaluate(WATCH_SHIFTS)
    for number, text in enumerate(("One, to fill the page for long. It may change you.", "Two, for long.")):
        say(page, text)
        expect(page.locator("article.turn")).to_have_count(number + 1)
        done(page)
    page.wait_for_timeout(200)  # an entry is told of after its frame was painted
    shifts = page.evaluate("window.shifts")
    assert sum(value for value, _ in shifts) < 0.01, shifts


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_reader_who_scrolled_up_stays_there(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    say(page, "One, for long.")
    done(page)
    say(page, "Two, for long.")
    expect(page.locator(".speech").nth(1)).to_contain_text("Line 1")
    line = page.locator(".speech").first.locator("p").nth(20)
    line.scroll_into_view_if_needed()
    page.evaluate(WATCH_SHIFTS)
    before = line.bounding_box()
    expect(page.locator(".speech").nth(1)).to_contain_text("Line 30", timeout=10_000)
    done(page)
    after = line.bounding_box()
    assert before and after and abs(before["y"] - after["y"]) < 2
    assert sum(value for value, _ in page.evaluate("window.shifts")) < 0.01


def test_the_newest_line_stays_in_view(page: Page) -> None:
    say(page, "Go on for long.")
    expect(page.locator(".speech")).to_contain_text("Line 40", timeout=10_000)
    bottom = page.evaluate("document.querySelector('.speech').getBoundingClientRect().bottom")
    assert 600 < bottom < 900
    done(page)


def test_a_silent_turn_says_so(page: Page) -> None:
    say(page, "Be silent.")
    done(page)
    expect(page.locator(".silence")).to_have_text("Reader read this and chose not to answer.")


def test_f11_a_loop_is_broken_before_the_readers_eyes(page: Page) -> None:
    say(page, "Brood on it, then say something.")
    notice = page.locator(".turn__notices .notice")
    expect(notice).to_contain_text("Loop stopped.")
    expect(notice).to_contain_text("THINK")  # which pattern it was
    expect(notice).to_contain_text(re.compile(r"\(\d\.\d+ alike\)"))
    done(page)
    assert page.locator(".thought").count() < 6 and page.locator(".speech").count() == 0
    live = talk(page)
    page.reload()
    expect(notice).to_contain_text("Loop stopped.")
    assert talk(page) == live
    page.goto(f"{page.url}timeline/?show=trouble")
    expect(page.locator(".log__row.bad")).to_contain_text("Loop stopped.")


# ---- What it did ----


def test_opened_actions(page: Page) -> None:
    say(page, "This should change you.")
    done(page)
    steps = page.locator("[data-step]")
    mood, memory = steps.filter(has=page.locator('use[href$="#mood"]')), page.get_by_role("button", name="Remember")
    mood.focus()
    page.keyboard.press("Enter")
    card = page.locator(".turn__card")
    expect(card).to_contain_text("It stirs me.")
    expect(mood).to_have_attribute("aria-expanded", "true")
    memory.click()
    expect(card).to_contain_text("Worth keeping.")
    expect(card.locator("section.action")).to_have_count(1)
    expect(mood).to_have_attribute("aria-expanded", "false")
    memory.click()
    expect(card).to_be_empty()
    expect(memory).to_have_attribute("aria-expanded", "false")


def test_a_card_stays_open_while_the_turn_goes_on(page: Page) -> None:
    say(page, "Speak long, and change.")
    think = page.get_by_role("button", name="Think")
    expect(think).to_have_count(1)
    expect(page.locator(".speech")).to_be_visible()
    think.click()
    expect(page.locator(".turn__card")).to_contain_text("Thought")
    done(page)
    expect(page.locator(".turn__card")).to_contain_text("Thought")
    expect(think).to_have_attribute("aria-expanded", "true")


def test_undo_from_a_card_shows_in_the_panel_at_once(page: Page) -> None:
    say(page, "Undo will change it back.")
    done(page)
    panel = page.locator("#panel")
    expect(panel).to_contain_text("undo will change it back")
    page.get_by_role("button", name="Remember").click()
    page.get_by_role("button", name="Undo this change").click()
    expect(page.locator(".turn__card")).to_contain_text("This change was undone.")
    expect(panel.locator(".fresh s")).to_contain_text("undo will change it back")


def test_what_changed_is_marked_in_the_panel_and_the_accent_is_the_mood(page: Page) -> None:
    say(page, "Let it change, so that marks show.")
    done(page)
    panel = page.locator("#panel")
    expect(panel.locator(".panel__title.fresh")).to_contain_text("intrigued")
    expect(panel.locator("li.fresh")).to_contain_text("so that marks show")
    expect(page.locator("#talk-mood")).to_contain_text("intrigued")
    assert page.evaluate("document.body.dataset.mood === document.getElementById('panel').dataset.mood")
    page.reload()
    expect(panel.locator(".fresh")).to_have_count(0)


def test_edits_from_elsewhere_show_in_an_open_chat(page: Page, stack: Stack) -> None:
    code = (
        "from agents import state; from agents.changes import SetAppearance; from agents.models import Entity; "
        "e = Entity.objects.get(slug='reader'); state.apply(e.pk, [SetAppearance(text='A coat.')], cause='edited')"
    )
    stack.manage("shell", "-v", "0", "-c", code)
    expect(page.locator("#panel p.fresh")).to_contain_text("A coat.")


# ---- Writing ----


def test_enter_sends_and_shift_enter_breaks_the_line(page: Page) -> None:
    field = page.locator("#text")
    field.press_sequentially("Be silent")
    field.press("Shift+Enter")
    field.press_sequentially("please")
    expect(page.locator(".said")).to_have_count(0)
    field.press("Enter")
    expect(page.locator(".said__text")).to_have_text("Be silent\nplease")
    expect(field).to_have_value("")
    done(page)


def test_a_draft_survives_a_reload(page: Page) -> None:
    page.locator("#text").press_sequentially("Half a thou")
    page.reload()
    expect(page.locator("#text")).to_have_value("Half a thou")


def test_what_is_sent_while_busy_waits_visibly_and_can_be_withdrawn(page: Page) -> None:
    say(page, "Speak long.")
    expect(page.locator(".speech")).to_be_visible()
    say(page, "And the postmark? Be silent.")
    queued = page.locator(".said--queued")
    expect(queued).to_contain_text("Sent when Reader has finished")
    queued.get_by_role("button", name="Withdraw").click()
    expect(page.locator(".said--withdrawn")).to_contain_text("Withdrawn, not sent")
    expect(page.locator("#text")).to_have_value("And the postmark? Be silent.")
    page.locator("#text").press("Enter")
    expect(queued).to_have_count(1)
    done(page, number=0)
    expect(page.locator("article.turn")).to_have_count(2)
    done(page, number=1)
    expect(queued).to_have_count(0)
    live = talk(page)
    page.reload()
    assert talk(page) == live


def test_escape_stops_and_the_answer_can_be_asked_for_again(page: Page) -> None:
    say(page, "Speak long.")
    expect(page.locator(".speech")).to_contain_text("Line 3")
    page.keyboard.press("Escape")
    done(page, "cancelled")
    expect(page.locator(".turn")).to_contain_text("Stopped.")
    expect(page.locator(".speech")).to_contain_text("Line 3")
    page.get_by_role("button", name="Answer again").click()
    expect(page.locator("article.turn")).to_have_count(2)
    done(page)
    live = talk(page)
    page.reload()
    assert talk(page) == live


def test_a_stop_button_works_after_coming_back(page: Page) -> None:
    say(page, "Speak long.")
    expect(page.locator(".speech")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Stop").click()
    done(page, "cancelled")


def test_a_failed_answer_says_why_and_can_be_tried_again(page: Page, model: StubModel) -> None:
    model.fail("key_refused", -1)
    say(page, "Be silent.")
    done(page, "failed")
    model.heal()
    expect(page.locator(".notice--bad")).to_contain_text("No answer.")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("article.turn")).to_have_count(2)
    done(page)


def test_a_refused_message_is_given_back_with_the_reason(page: Page) -> None:
    text = "x" * 20_001
    say(page, text)
    expect(page.locator("#composer-error")).to_contain_text("20,000 are the most")
    expect(page.locator("#text")).to_have_value(text)
    expect(page.locator(".said")).to_have_count(0)
    page.locator("#text").fill("")


# ---- Lines that are cut ----


def test_what_could_not_be_sent_stays_survives_a_reload_and_is_sent_once(page: Page) -> None:
    page.route("**/messages/", lambda route: route.abort())
    say(page, "Be silent, wherever you are.")
    pending = page.locator("#outbox .said--failed")
    expect(pending).to_contain_text("Not sent")
    page.reload()
    expect(pending).to_contain_text("Be silent, wherever you are.")
    page.wait_for_timeout(1_000)  # the line comes up, and tries by itself, in vain
    page.unroute("**/messages/")
    pending.get_by_role("button", name="Try again").click()
    done(page)
    expect(page.locator(".said")).to_have_count(1)
    page.reload()
    expect(page.locator(".said")).to_have_count(1)


def test_a_lost_acknowledgement_doubles_nothing(page: Page) -> None:
    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/messages/", lose)
    say(page, "Be silent.")
    done(page)
    page.unroute("**/messages/")
    page.reload()
    expect(page.locator("#outbox .said")).to_have_count(0)
    expect(page.locator(".said")).to_have_count(1)


def test_without_a_socket_the_page_asks_and_says_so(page: Page) -> None:
    page.route_web_socket(re.compile("/ws/"), lambda socket: socket.close(code=1012))
    page.reload()
    expect(page.locator("#line")).to_have_text("Reconnecting…", timeout=6_000)
    say(page, "Be silent, and change.")
    done(page)
    expect(page.locator(".silence")).to_be_visible()
    expect(page.locator("#panel .panel__title")).to_contain_text("intrigued")


def test_a_socket_that_breaks_comes_back_where_it_was(page: Page) -> None:
    sockets: list[WebSocketRoute] = []

    def through(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    page.route_web_socket(re.compile("/ws/"), through)
    page.reload()
    say(page, "Speak long, and change.")
    expect(page.locator(".speech")).to_contain_text("Line 4")
    sockets[-1].close(code=1012)
    done(page)
    assert len(sockets) == 2
    assert int(re.search(r"after=(\d+)", sockets[1].url).group(1)) >= 5  # type: ignore[union-attr]
    live = talk(page)
    page.reload()
    assert talk(page) == live


def test_whoever_was_signed_out_is_sent_to_the_door(page: Page, stack: Stack) -> None:
    page.context.clear_cookies()
    page.route_web_socket(re.compile("/ws/"), lambda socket: socket.close(code=4401))
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    page.goto(page.url)
    page.wait_for_url(f"{stack.url}/login/**")


# ---- Two devices, narrow windows, no script ----


def test_two_tabs_show_the_same(page: Page, context: BrowserContext) -> None:
    other = context.new_page()
    other.goto(page.url)
    say(page, "This may change you.")
    done(page)
    done(other)
    assert talk(page) == talk(other)
    other.close()


def test_f8_refresh_tab_close_and_two_devices_lose_nothing(page: Page, browser: Browser, session: Any) -> None:
    phone = browser.new_context(viewport={"width": 390, "height": 844}, storage_state=session)
    other, closed = phone.new_page(), page.context.new_page()
    for each in (other, closed):
        each.goto(page.url)
        expect(each.locator("#line")).to_be_hidden()
    say(page, "Tell me, for long, what may change you.")
    for each in (page, other):
        expect(each.locator(".speech")).to_contain_text("Line 3")
    page.reload()  # in mid-stream
    expect(page.locator(".speech")).to_contain_text("Line 3", timeout=2_000)
    with closed.expect_response("**/messages/"):
        say(closed, "And then be silent.")
    closed.close()  # while the first answer is still being written, and before the second one is begun
    for each in (page, other):
        done(each, number=0)
        expect(each.locator("article.turn")).to_have_count(2)
        done(each, number=1)
    assert page.locator(".speech p").count() == 60
    assert page.locator(".said__text").all_inner_texts() == [
        "Tell me, for long, what may change you.",
        "And then be silent.",
    ]
    assert talk(other) == talk(page)
    live = talk(page)
    page.reload()
    assert talk(page) == live
    phone.close()


def test_a_phone_has_sheets_and_a_composer_that_fits(browser: Browser, session: Any, talks: Iterator[str]) -> None:
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, storage_state=session, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(next(talks))
    page.locator("#text").fill("This may change you.")
    page.get_by_role("button", name="Send").tap()
    done(page)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.get_by_role("button", name="State").tap()
    expect(page.locator("#panel")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Chats").tap()
    expect(page.locator("#rows")).to_be_visible()
    context.close()


def test_without_script_one_can_still_talk(browser: Browser, session: Any, talks: Iterator[str]) -> None:
    context = browser.new_context(storage_state=session, java_script_enabled=False)
    page = context.new_page()
    page.goto(next(talks))
    page.locator("#text").fill("Be silent.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".said__text")).to_have_text("Be silent.")
    for _ in range(50):
        if page.locator(".silence").count():
            break
        page.wait_for_timeout(200)
        page.reload()
    expect(page.locator(".silence")).to_be_visible()
    context.close()


# ---- The timeline ----


def test_the_timeline_filters_opens_and_goes_back(page: Page) -> None:
    say(page, "This may change you.")
    done(page)
    page.locator(".talk__head").get_by_role("link", name="Timeline").click()
    page.wait_for_url("**/timeline/")
    rows = page.locator(".log__row")
    everything = rows.count()
    assert everything >= 10
    page.locator("label.chip", has_text="Thought").click()
    expect(rows).to_have_count(1)
    assert "show=thought" in page.url
    rows.first.click()
    expect(page.locator(".log__fields")).to_contain_text('"is_thought": true')
    page.go_back()
    page.wait_for_url(re.compile(r"/timeline/$"))
    expect(rows).to_have_count(everything)
    page.locator("#q").fill("no such words at all")
    expect(page.locator("#events")).to_contain_text("No event is like that.")


# Makes each request for the panel wait, and counts how many are under way at once.
SLOW_PANEL = """() => {
    window.asked = window.most = 0;
    let underWay = 0;
    const { open, send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.open = function (method, url, ...rest) {
        this.isPanel = url.includes("/state/");
        return open.call(this, method, url, ...rest);
    };
    XMLHttpRequest.prototype.send = function (body) {
        if (!this.isPanel) return send.call(this, body);
        window.asked++;
        window.most = Math.max(window.most, ++underWay);
        this.addEventListener("readystatechange", () => this.readyState === 4 && underWay--);  // before what htmx does
        setTimeout(() => send.call(this, body), 1500);
    };
}"""


def test_a_slow_panel_is_asked_for_once_at_a_time_and_shows_the_newest_state(page: Page) -> None:
    page.evaluate(SLOW_PANEL)
    for number in range(3):
        say(page, f"Number {number} will change you.")
        done(page, number=number)
    newest = page.locator("#state-version").text_content() or ""
    expect(page.locator("#panel")).to_have_attribute("data-version", newest, timeout=15_000)
    assert page.evaluate("asked") > 1
    assert page.evaluate("most") == 1


def test_a_panel_that_comes_too_late_is_asked_for_again_and_still_once_at_a_time(page: Page) -> None:
    page.evaluate(SLOW_PANEL)
    changed = "version => document.dispatchEvent(new CustomEvent('talk:state', { detail: { version } }))"
    ahead = int(page.locator("#panel").get_attribute("data-version") or 0) + 1_000  # so that every answer is too late
    page.evaluate(changed, ahead)
    page.wait_for_function("() => window.asked === 2", timeout=15_000)
    page.wait_for_timeout(100)
    page.evaluate(changed, ahead + 1)
    page.wait_for_function("() => window.asked >= 4", timeout=15_000)
    assert page.evaluate("most") == 1


def test_who_leaves_at_once_has_read_it_all_the_same(page: Page) -> None:
    say(page, "Hello and goodbye.")
    done(page)
    talk_id = page.url.rstrip("/").rsplit("/", 1)[1]
    page.goto(page.url.split("/c/")[0])
    row = page.locator("li", has=page.locator(f"#talk-{talk_id}"))
    expect(row).to_be_visible()
    expect(row.locator(".unread")).to_have_count(0, timeout=10_000)
