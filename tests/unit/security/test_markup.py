"""Every page as it is sent: nothing inline that could run, htmx on a short leash, words of others fenced in."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.security.people import Person, settle

pytestmark = pytest.mark.django_db

HTMX = {
    "allowEval": False,
    "allowScriptTags": False,
    "selfRequestsOnly": True,
    "includeIndicatorStyles": False,
    "historyCacheSize": 0,
}
PAGES = ("/", "/c/", "/c/new/", "/account/", "/settings/models/", "/entities/new/", "/api/v1/docs", "/nothing-here/")
ADMIN = ("/admin/agents/entity/", "/admin/agents/entity/add/", "/admin/interactions/message/", "/admin/auth/user/")
DATA_ONLY = {"application/json", "text/html", "text/template"}
# What shows words that a model or a person wrote as HTML, by class.
FENCED = {"speech", "thought"}


class Elements(HTMLParser):
    """The start tags of a page, each with its attributes and whether it stands within hx-disable."""

    VOID = {"meta", "link", "input", "img", "br", "hr", "use", "path", "source", "base", "area", "col", "wbr"}

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str], bool]] = []
        self._fences: list[bool] = [False]
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        is_fenced = self._fences[-1] or "hx-disable" in given
        self.found.append((tag, given, is_fenced))
        if tag not in self.VOID:
            self._fences.append(is_fenced)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID and len(self._fences) > 1:
            self._fences.pop()


@pytest.fixture
def noor(owner: User) -> Person:
    return settle(owner, "zqnoor")


def page(user: User, path: str) -> str:
    client = Client()
    client.force_login(user)
    return str(client.get(path, follow=True).content.decode())


def own_pages(person: Person) -> list[str]:
    return [*PAGES, *(f"/c/{talk.pk}/{tail}" for talk in person.conversations for tail in ("", "timeline/"))]


def test_no_page_has_anything_inline_that_acts(noor: Person, teammate: User) -> None:
    pages = {path: page(noor.user, path) for path in own_pages(noor)}
    pages |= {"signed out": Client().get("/login/").content.decode()}
    for path, html in pages.items():
        for tag, given, _ in Elements(html).found:
            assert not [name for name in given if name.startswith("on") or name in ("style", "srcdoc")], (path, tag)
            assert tag not in ("style", "base", "iframe", "object", "embed"), path
            if tag == "script":
                assert given.get("src", "").startswith("/static/"), path
            for name in ("src", "href", "action"):
                assert not re.match(r"(?i)javascript:|data:text", given.get(name, "")), (path, tag)
            if tag in ("link", "img"):
                assert given.get("href", given.get("src", "")).startswith(("/", "data:image/")), (path, tag)


def test_the_admin_has_no_inline_script_that_runs(noor: Person, teammate: User) -> None:
    for path in (*ADMIN, f"/admin/agents/entity/{noor.entity.pk}/change/"):
        for tag, given, _ in Elements(page(teammate, path)).found:
            if tag == "script":
                assert given.get("src", "").startswith("/") or given.get("type") in DATA_ONLY, (path, given)
            assert not [name for name in given if re.match(r"on[a-z]+$", name)], (path, tag)


def test_htmx_is_on_a_short_leash_and_sends_the_csrf_token(noor: Person) -> None:
    for path in own_pages(noor):
        found = Elements(page(noor.user, path)).found
        if found[0][0] != "html":
            continue  # a fragment, which goes into a page that has it
        configs = [given["content"] for tag, given, _ in found if given.get("name") == "htmx-config"]
        assert len(configs) == 1, path
        config: dict[str, Any] = json.loads(configs[0])
        assert {name: config.get(name) for name in HTMX} == HTMX, path
        headers = [json.loads(given["hx-headers"]) for tag, given, _ in found if tag == "body"]
        assert len(headers[0]["x-csrftoken"]) == 64, path


def test_words_of_others_are_fenced_in(noor: Person) -> None:
    fenced = [
        is_fenced
        for path in own_pages(noor)
        for _tag, given, is_fenced in Elements(page(noor.user, path)).found
        if FENCED & set(given.get("class", "").split())
    ]
    assert fenced and all(fenced)


def test_no_template_switches_escaping_off() -> None:
    from memos_site.env import BASE_DIR

    for path in (BASE_DIR / "templates").rglob("*.html"):
        text = path.read_text().replace("{{ field.help_text|safe }}", "")  # Django's own words on passwords, a list
        assert not re.search(r"\|\s*safe(seq)?\b|autoescape\s+off", text), path
