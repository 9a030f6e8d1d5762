"""What pages may cost: queries that do not grow with the account, rows within a window, and kilobytes on the wire."""

import gzip
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents.models import Entity, ModelCall
from interactions import talk
from interactions.invariants import violations
from interactions.models import Conversation, Run
from interactions.web import chat, home, overview
from tests.bench import seed
from tests.weight import parts

SMALL = {"entities": 5, "conversations": 50, "messages": 50}
LARGE = {"entities": 60, "conversations": 300, "messages": 400}
PAGES = {
    "home": "/",
    "the live part of home": "/home/live/",
    "chat": "/c/{latest}/",
    "the list of conversations": "/c/{latest}/list/",
    "a search in it": "/c/{latest}/list/?q=mind+2",
    "older turns": "/c/{latest}/older/?before=90",
    "the state panel": "/c/{latest}/state/",
    "timeline": "/c/{latest}/timeline/",
    "timeline, at an event": "/c/{latest}/timeline/?at=20",
    "timeline, a kind": "/c/{latest}/timeline/?kind=run.started",
    "timeline, words that are nowhere": "/c/{latest}/timeline/?q=nowhere",
    "timeline, the state at an event": "/c/{latest}/events/20/state/",
    "timeline, an event": "/c/{latest}/events/20/",
    "replay": "/c/{latest}/replay/?from=20",
    "replay, frames": "/c/{latest}/replay/frames/?after=20",
    "the menu of a new talk": "/c/new/",
    "chains": "/chains/",
    "insights": "/insights/",
    "entities": "/entities/",
    "entity": "/e/{slug}/",
    "entity, state": "/e/{slug}/state/",
    "entity, memories": "/e/{slug}/memories/",
    "entity, a search in them": "/e/{slug}/memories/?q=fact",
    "entity, an edit": "/e/{slug}/edit/persona/",
    "entity, versions": "/e/{slug}/versions/",
    "entity, a version": "/e/{slug}/versions/1/",
    "entity, two versions": "/e/{slug}/versions/compare/?one=1&other=1",
    "entity, settings": "/e/{slug}/settings/",
    "API, versions": "/api/v1/entities/{slug}/versions?limit=5",
    "API, conversations": "/api/v1/conversations?limit=50",
    "API, entities": "/api/v1/entities?limit=5",
    "API, events": "/api/v1/conversations/{latest}/events?limit=100",
}
COMPRESSED = 150_000


def latest(user: User) -> str:
    return str(Conversation.objects.filter(owner=user).order_by("-updated_at").values_list("pk", flat=True)[0])


def cost(user: User) -> dict[str, int]:
    """Return the queries of each page."""
    browser, pk = seed.sign_in(user), latest(user)
    slug = Entity.objects.filter(owner=user).order_by("pk").values_list("slug", flat=True)[0]
    return {page: seed.queries(browser, path.format(latest=pk, slug=slug)) for page, path in PAGES.items()}


def test_pages_cost_twelve_queries_at_most_and_no_more_for_a_large_account(db):
    few, many = seed.account("few", **SMALL), seed.account("many", **LARGE)
    assert list(violations()) == []
    small, large = cost(few), cost(many)
    assert large == small
    assert max(large.values()) <= 12


def test_pages_show_a_window_of_a_large_account(db):
    many = seed.account("many", **{**LARGE, "conversations": 100, "messages": 100})
    browser, pk = seed.sign_in(many), latest(many)
    page = browser.get(f"/c/{pk}/").content.decode()
    assert page.count('class="exchange"') == talk.WINDOW
    assert page.count('class="rows__title"') == chat.LISTED
    assert browser.get("/").content.decode().count('<article class="entity"') == home.CARDS_PER_PAGE
    assert browser.get("/c/new/").content.decode().count('class="menu__item"') == chat.OFFERED


def test_the_open_runs_of_a_long_talk_are_found_without_reading_those_that_are_over(db):
    if connection.vendor != "sqlite":
        pytest.skip("SQLite says how it would search whatever is stored; PostgreSQL goes by what is there")
    many = seed.account("many", **SMALL)
    runs = Run.objects.filter(conversation_id=latest(many))
    for found in (runs.filter(status__in=Run.OPEN).order_by(), runs.filter(status=Run.Status.QUEUED)):
        assert "run_by_status (conversation_id=? AND status=?)" in found.explain()


def test_what_was_asked_of_models_is_summed_from_the_index_alone(db):
    if connection.vendor != "sqlite":
        pytest.skip("SQLite says how it would search whatever is stored; PostgreSQL goes by what is there")
    few = seed.account("few", **SMALL)
    with CaptureQueriesContext(connection) as captured:
        used = overview.usage(few)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {captured[0]['sql']}")
        assert "COVERING INDEX model_call_usage" in str(cursor.fetchall())
    moments = list(ModelCall.objects.values_list("started_at", flat=True))
    now = timezone.now()
    assert used.requests == sum(moment > now - timedelta(hours=24) for moment in moments)
    ages = [int(now.timestamp()) // 3600 - int(moment.timestamp()) // 3600 for moment in moments]
    assert used.by_hour == [940 * ages.count(age) for age in range(23, -1, -1)]


# ---- The list of conversations ----


@pytest.fixture
def many(db):
    user = seed.account("many", entities=3, conversations=2 * chat.LISTED + 5, messages=2)
    return seed.sign_in(user), f"/c/{latest(user)}/"


def titles(html: str) -> int:
    return html.count('class="rows__title"')


def test_more_conversations_come_with_each_click_until_all_are_there(many):
    browser, url = many
    html = browser.get(url).content.decode()
    counts = [titles(html)]
    while more := re.search(r'id="more-rows"[^>]* hx-get="([^"]+)"', html):
        html = browser.get(more[1].replace("&amp;", "&")).content.decode()
        counts.append(titles(html))
    assert counts == [chat.LISTED, 2 * chat.LISTED, 2 * chat.LISTED + 5]


def test_the_list_that_was_made_longer_stays_so_when_it_is_renewed(many):
    browser, url = many
    html = browser.get(f"{url}list/?rows={2 * chat.LISTED}&q=mind").content.decode()
    renewed = re.search(r'<div id="rows" hx-get="([^"]+)"', html)
    assert renewed and renewed[1].endswith(f"?rows={2 * chat.LISTED}&amp;q=mind")


def test_without_script_the_page_itself_shows_more(many):
    browser, url = many
    more = re.search(r'id="more-rows" href="([^"]+)"', browser.get(url).content.decode())
    assert more
    assert titles(browser.get(url + more[1].replace("&amp;", "&")).content.decode()) == 2 * chat.LISTED


def test_a_conversation_is_found_by_title_or_by_who_is_in_it_however_old(many):
    browser, url = many
    oldest = Conversation.objects.order_by("updated_at").first()
    assert oldest is not None
    Conversation.objects.filter(pk=oldest.pk).update(title="The Rosewood box")
    assert str(oldest.pk) not in browser.get(f"{url}list/").content.decode()
    for words in ("rosewood", "BOX rose", f"{oldest.entity.name} box"):
        html = browser.get(f"{url}list/", {"q": words}).content.decode()
        assert titles(html) == 1
        assert f'href="/c/{oldest.pk}/"' in html
    assert "No conversation is called that" in browser.get(f"{url}list/", {"q": "rosewood nobody"}).content.decode()


@pytest.mark.parametrize("query", ["rows=-1", "rows=x", "rows=99999999999", "q=%00", "q=%25", "q=" + "a" * 5_000])
def test_a_list_that_makes_no_sense_is_still_a_list(many, query):
    browser, url = many
    response = browser.get(f"{url}list/?{query}")
    assert response.status_code == 200
    assert titles(response.content.decode()) <= chat.MOST


def test_the_search_is_inert(many):
    browser, url = many
    html = browser.get(url, {"q": '"><script>x</script>'}).content.decode()
    assert "<script>x" not in html


def test_somebody_is_found_in_the_menu_of_a_new_talk(db):
    user = seed.account("many", entities=chat.OFFERED + 3, conversations=1, messages=2)
    browser = seed.sign_in(user)
    last = f"Mind {chat.OFFERED + 2}"
    assert last not in browser.get("/c/new/").content.decode()
    html = browser.get("/c/new/", {"q": last.lower()}).content.decode()
    assert last in html
    assert html.count('class="menu__item"') == 1


# ---- Weight ----


def test_the_chat_page_weighs_little(db):
    user = seed.account("many", **{**SMALL, "messages": 100})
    url = f"/c/{latest(user)}/"
    response = seed.sign_in(user).get(url, headers={"Accept-Encoding": "gzip, br"})
    assert response["Content-Encoding"] == "gzip"
    weights = {url: len(response.content)}
    for part in parts(gzip.decompress(response.content).decode(), url):
        found = finders.find(part.removeprefix("/static/"))
        assert found, part
        weights[part] = len(gzip.compress(Path(found).read_bytes(), 9))
    assert len(weights) > 15
    assert sum(weights.values()) <= COMPRESSED, weights


def test_what_is_short_or_sent_is_not_compressed(client, owner, conversation):
    client.force_login(owner)
    gzipped = {"Accept-Encoding": "gzip"}
    assert "Content-Encoding" not in client.get("/c/new/", headers=gzipped)
    sent = client.post(f"{conversation.get_absolute_url()}messages/", {"text": "x " * 5_000}, headers={
        **gzipped, "Accept": "application/json"})  # fmt: skip
    assert sent.status_code == 202
    assert "Content-Encoding" not in sent
