"""A visitor who follows every address that a page or an answer of the API holds, as a curious person would."""

import json
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.test import Client

# What holds an address, and the method by which a browser uses it.
GET = {"href", "src", "hx-get", "data-src", "data-url", "data-more", "data-href"}
WRITE = {"hx-post": "POST", "hx-put": "PUT", "hx-patch": "PATCH", "hx-delete": "DELETE"}
MOST = 600


@dataclass(frozen=True, order=True)
class Address:
    """A path with its query, and the method it is asked with."""

    path: str
    method: str = "GET"


class _Addresses(HTMLParser):
    """Collects the addresses of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.found = page, set[Address]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name, value in given.items():
            if name in GET or (name.startswith("data-") and value.startswith("/")):
                self._add(value, "GET")
            elif name in WRITE:
                self._add(value, WRITE[name])
        if tag == "form":
            self._add(given.get("action") or self.page, given.get("method", "get").upper())

    def _add(self, value: str, method: str) -> None:
        parts = urlsplit(urljoin(self.page, value))
        if parts.netloc in ("", "testserver") and parts.scheme in ("", "http") and not value.startswith("#"):
            self.found.add(Address(parts.path + (f"?{parts.query}" if parts.query else ""), method))


def addresses_in(page: str, response: Any) -> set[Address]:
    """Return the addresses in the answer that `page` gave; an answer of the API names things by their ids."""
    kind = response.headers.get("Content-Type", "")
    text = "" if response.streaming else response.content.decode(errors="replace")
    found = set[Address]()
    if location := response.headers.get("Location") or response.headers.get("HX-Redirect"):
        found.add(Address(urlsplit(urljoin(page, location)).path))
    if kind.partition(";")[0] == "application/json" and page.startswith("/api/"):
        found |= _of_json(json.loads(text))
    elif kind.startswith("text/html"):
        parser = _Addresses(page)
        parser.feed(text)
        found |= parser.found
    return found


def _of_json(answer: object) -> set[Address]:
    found = set[Address]()
    items = answer.get("items", []) if isinstance(answer, dict) else []
    for item in items:
        if "slug" in item:
            entity = f"/api/v1/entities/{item['slug']}"
            found |= {Address(entity + tail) for tail in ("", "/versions", "/versions/1")}
        elif "id" in item:
            found |= {
                Address(f"/api/v1/conversations/{item['id']}{tail}")
                for tail in ("", "/events", "/events?after=1", "/events.jsonl")
            }
        elif item.get("run"):
            found.add(Address(f"/api/v1/runs/{item['run']}/cancel", "POST"))
    return found


@dataclass
class Visit:
    """What one visitor has found: every address, and the text of every page that was had."""

    addresses: set[Address] = field(default_factory=set)
    pages: dict[str, str] = field(default_factory=dict)

    def holding(self, words: str) -> list[str]:
        """Return the pages that hold `words`."""
        return sorted(path for path, text in self.pages.items() if words in text)


def walk(client: Client, starts: Iterable[str]) -> Visit:
    """Follow everything that can be had by GET from `starts` on."""
    visit, left, seen = Visit(), deque(starts), set[str]()
    while left and len(seen) < MOST:
        path = left.popleft()
        if path in seen or path.startswith("/static/"):
            continue
        seen.add(path)
        response = client.get(path)
        visit.pages[path] = answered(response)
        for address in addresses_in(path, response):
            visit.addresses.add(address)
            if address.method == "GET":
                left.append(address.path)
    visit.addresses |= {Address(path) for path in seen}
    assert len(seen) < MOST, "the walk never ends: an address changes with every look at it"
    return visit


def answered(response: Any) -> str:
    """Return all that an answer tells: headers and body. What is sent piece by piece can be read once."""
    head = "".join(f"{name}: {value}\n" for name, value in response.headers.items())
    return head + str(response.getvalue().decode(errors="replace"))


def normal(path: str) -> str:
    """Return a path without its query, with ids as “…”."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)\d+(?=/)", "…", path.partition("?")[0])
