"""Two workers and a person in the admin at one entity at once."""

import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from django.test.html import Element, parse_html

from tests import dom
from tests.faults.talk import Talk
from tests.stub_answers import said
from tests.stub_model import StubModel
from tests.system import System

EDITS_PER_RUN = 4


def four_changes(request: dict[str, Any]) -> str:
    """A plan of four changes that bear the number of the message, without a word of speech."""
    number = re.findall(r"number (\d+)", " ".join(said(request, "user")))[-1]
    actions = [
        {"action": "UPDATE_MOOD", "mood": f"mood {number}", "intensity": 0.5},
        {"action": "ADD_MEMORY", "content": f"Learned {number}."},
        {"action": "UPDATE_APPEARANCE", "appearance": f"Clothes {number}."},
        {"action": "UPDATE_ENVIRONMENT", "environment": f"Room {number}."},
        {"action": "DONE"},
    ]
    return json.dumps({"reasoning": "Change.", "can_extend": False, "actions": actions})


class Admin:
    """A person at the entity's form in the admin, who saves it as it came but for the tagline."""

    def __init__(self, system: System) -> None:
        self.http = httpx.Client(base_url=system.url, follow_redirects=True, timeout=30)
        link = re.findall(r"http://\S+", system.manage("login_link", "admin"))[-1]
        self._post(self.http.get(link), "")
        found = re.findall(
            r"/admin/agents/entity/(\d+)/change/[^>]*>Ottilie", self.http.get("/admin/agents/entity/").text
        )
        self.page = f"/admin/agents/entity/{found[0]}/change/"

    def edit_often(self, first: int, count: int) -> None:
        """Save `count` taglines, one after the other, from number `first` on."""
        for number in range(first, first + count):
            self.edit(number)

    def edit(self, number: int) -> None:
        """Save tagline `number`; when somebody was faster, look again and save again, as the page asks for."""
        tagline = f"Tagline {number}"
        while True:
            answer = self._post(self.http.get(self.page), self.page, tagline=tagline)
            if answer.status_code == 200 and answer.url.path != self.page:
                return
            assert "changed" in answer.text, answer.text[:2000]

    def _post(self, shown: httpx.Response, page: str, **typed: str) -> httpx.Response:
        fields = form_of(parse_html(re.sub(r"<(script|style).*?</\1>", "", shown.text, flags=re.DOTALL)))
        return self.http.post(page or shown.url, data={**fields, **typed}, headers={"Referer": str(shown.url)})


def form_of(page: Element) -> dict[str, str]:
    """Return what a browser would send of the fields on a page."""
    fields: dict[str, str] = {}
    for element in dom.elements(page):
        name, kind = dom.attribute(element, "name"), dom.attribute(element, "type")
        if not name or kind in ("submit", "button", "file"):
            continue
        if element.name == "textarea":
            fields[name] = "".join(str(child) for child in element.children)
        elif element.name == "select":
            chosen = [each for each in dom.elements(element) if dom.attribute(each, "selected") is not None]
            fields[name] = dom.attribute(chosen[0], "value") or "" if chosen else ""
        elif element.name == "input" and (kind != "checkbox" or dom.attribute(element, "checked") is not None):
            fields[name] = dom.attribute(element, "value") or ("on" if kind == "checkbox" else "")
    return fields


def check_that_no_edit_is_lost(system: System, model: StubModel, edits: int) -> None:
    """Make so many edits of Ottilie, a multiple of 40: four in five by workers, from ten talks, the others by forms."""
    runs_each, forms = edits // 50, edits // 5
    usual, model.answer = model.answer, four_changes
    try:
        before = _version(system)
        talks = [Talk(system.client) for _ in range(10)]
        runs = [
            _ask(talk, before * 10_000 + turn * 10 + n) for turn in range(runs_each) for n, talk in enumerate(talks)
        ]
        with ThreadPoolExecutor(1) as person:
            editing = person.submit(Admin(system).edit_often, before, forms)
            for talk in talks:
                talk.wait_end(240)
            editing.result()
    finally:
        model.answer = usual
    now = _version(system)
    assert now == before + edits, f"{edits} edits of version {before} led to {now}: each is a version of its own"
    told = Counter(event["run"] for talk in talks for event in talk.events() if event["kind"] == "state.changed")
    assert told == dict.fromkeys(runs, EDITS_PER_RUN)


def _ask(talk: Talk, number: int) -> str:
    talk.text, talk.client_message_id = f"Change, number {number}.", f"{talk.id}-{number}"
    talk.say()
    return talk.run


def _version(system: System) -> int:
    return int(system.client.http.get("/entities/ottilie").raise_for_status().json()["version"])
