"""Ids: malformed, foreign, overlong, `../`, other digits, on every address with a parameter: 404, and no hint."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from tests.unit.security.test_routes import ROUTES, Route, all_addresses, ask, facts, filled, things

__all__ = ["things"]  # a fixture
pytestmark = pytest.mark.django_db

BAD = (
    "..",
    "../..",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "%00",
    "a%00b",
    "0",
    "-1",
    "1.5",
    "٣",
    "９",
    "x",
    "null",
    "%ff",
    "00000000-0000-0000-0000-00000000000g",
    "{00000000-0000-0000-0000-000000000000}",
    "0" * 32,
    "9" * 30,
    "9" * 5_000,
    "a" * 2_000,
    "%E2%80%AE",
    "' OR 1=1",
    "<script>",
    "%0d%0aX-Evil: 1",
    "*",
    "1e3",
    "0x1",
    "+1",
    " 1",
)
WITH_ID = [route for route in ROUTES if "<" in route.path and "login" not in route.path and "rest" not in route.path]


@pytest.mark.parametrize("route", WITH_ID, ids=str)
def test_ids_that_are_none_are_not_found(client: Client, things: dict[str, Any], owner: Any, route: Route) -> None:
    client.force_login(owner)
    before = facts()
    names = re.findall(r"<\w+:(\w+)>", route.path)
    for name in names:
        for bad in BAD:
            path = filled(re.sub(rf"<\w+:{name}>", "BAD", route.path), things)
            response = ask(client, route, path.replace("BAD", quote(bad, safe="%./")))
            # Without ids of its own a path may be that of another page.
            assert response.status_code in (404, 405, 400, 301) or ".." in bad, (bad, response.status_code)
            assert response.status_code < 500
            assert "X-Evil" not in response
            text = response.content.decode()
            assert "Ottilie" not in text and "Traceback" not in text
    assert facts() == before


@pytest.mark.parametrize("bad", BAD)
def test_ids_in_sign_in_links_are_not_found(client: Client, bad: str) -> None:
    for path in (f"/login/link/{quote(bad, safe='%')}/x/", f"/login/link/MQ/{quote(bad, safe='%')}/"):
        for answer in (client.get(path), client.post(path)):
            assert answer.status_code in (404, 410), (path, answer.status_code)


@pytest.mark.parametrize("bad", BAD)
def test_ids_in_queries_are_refused(client: Client, things: dict[str, Any], owner: Any, bad: str) -> None:
    client.force_login(owner)
    talk = f"/c/{things['conversation']}"
    assert client.get(f"{talk}/actions/1/?run={quote(bad, safe='%')}").status_code == 404
    timeline = [f"timeline/?{name}=" for name in ("run", "kind", "show", "at", "zoom")]
    for path in ("older/?before=", "new/?after=", "?before=", "replay/?from=", "replay/frames/?after=", *timeline):
        answer = client.get(f"{talk}/{path}{quote(bad, safe='%')}")
        if answer.status_code == 200:  # a number that is one, whatever lies there
            assert bad.isascii() and re.fullmatch(r"[0-9]+|\{[0-]+\}", bad), (path, bad)
        else:
            assert answer.status_code == 400, (path, bad, answer.status_code)


@pytest.mark.parametrize("bad", BAD)
def test_ids_in_the_admin_are_not_found(client: Client, teammate: Any, entity: Any, bad: str) -> None:
    client.force_login(teammate)
    pages = [path for path in all_addresses() if path.startswith("admin/") and "<path:object_id>/change/" in path]
    assert len(pages) > 8
    if bad.strip("+ ") == "1":
        return  # a number for Django; the page is the staff's
    for path in pages:
        answer = client.get("/" + re.sub(r"<\w+:\w+>", quote(bad, safe="%"), path))
        assert answer.status_code in (302, 404), (path, bad, answer.status_code)


@pytest.mark.parametrize(
    "query",
    [
        "entity__id__exact=x",
        "entity__id__exact=" + "9" * 30,
        "q=%00",
        "q=" + "x" * 5_000,
        "p=-1",
        "p=x",
        "p=99999999",
        "o=x",
        "o=99.-99",
        "_facets=x",
        "at__year=0",
        "at__year=99999",
        "at__month=x",
        "owner__password__startswith=a",
        "all=1",
        "entity__id__exact=%00",
        "status__exact=%ff",
        "nonsense=1",
        "_changelist_filters=%00",
        "e=2",
    ],
)
def test_ids_and_filters_of_admin_lists_are_refused(client: Client, teammate: Any, entity: Any, query: str) -> None:
    client.force_login(teammate)
    for path in [path for path in all_addresses() if re.fullmatch(r"admin/\w+/\w+/", path)]:
        assert client.get(f"/{path}?{query}").status_code in (200, 302, 400, 404), (path, query)
