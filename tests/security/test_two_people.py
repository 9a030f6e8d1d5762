"""Nothing of one person reaches another: neither by any address found on anybody's pages, nor by asking around.

`tests/unit/security/test_routes.py` asks every route there is, one by one; here people walk through the product.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from agents import state
from agents.models import Entity, ModelCall
from interactions.models import ApiToken, Conversation, EventRecord, Folder, Message, Rating, Run
from tests.security.crawler import Address, Visit, answered, normal, walk
from tests.security.people import Person, settle
from tests.unit.security.test_routes import ROUTES

pytestmark = pytest.mark.django_db

NOOR, WREN = "zqnoor", "zqwren"
STARTS = ("/", "/api/v1/docs", "/api/v1/conversations", "/api/v1/entities")
SEARCHES = (
    "?q=Lighthouse",
    "?search=Lighthouse",
    "?kind=message.received",
    "?page=1",
    "?after=0",
    "?before=9",
    "?at=1",
)
# Not found on any page by walking: one makes something new, the others are asked by scripts or by people without pages.
NOT_LINKED = {
    "api/v1/runs/<uuidstr:run_id>/rating",
    "healthz", "readyz", "login/", "login/link/<str:uidb64>/<str:token>/", "admin/login/", "admin/", "api/v1/",
    "api/v1/<path:rest>", "api/v1/openapi.json", "api/v1/conversations/<uuidstr:conversation_id>/messages",
    "api/v1/conversations/<uuidstr:conversation_id>/results",
    "chains/<int:pk>/restore/",  # shown once, behind a removal
    "c/<uuid:pk>/older/",  # in talks of more than a page
    "c/<uuid:pk>/messages/<uuid:message>/edit/", "c/<uuid:pk>/commands/", "palette/",  # asked by scripts
    "runs/<uuid:pk>/restore/", "runs/<uuid:pk>/redo/",  # offered once, after deleting, and after undoing
    "api/v1/entities/<slug:slug>/rollback", "api/v1/entities/<slug:slug>/undo", "api/v1/entities/<slug:slug>/fork",
    "e/<slug:slug>/unarchive/", "e/<slug:slug>/restore/",  # on the pages of those that were put away
    "account/zone/", "api/v1/entities/<slug:slug>/timers", "api/v1/timers/<int:timer_id>/stop",
    "api/v1/timers/<int:timer_id>/start", "api/v1/entities/<slug:slug>/tellings",
    "api/v1/tellings/<int:telling_id>/drop", "api/v1/tellings/<int:telling_id>/restore",
    "settings/models/test/", "settings/models/offline/", "settings/models/clear/",
}  # fmt: skip


@pytest.fixture
def noor(owner: User) -> Person:
    """Whose things are to stay hers."""
    return settle(owner, NOOR)


@pytest.fixture
def wren(stranger: User) -> Person:
    """Somebody with a life of their own here, who looks around."""
    return settle(stranger, WREN)


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def staff() -> User:
    """Somebody who may see the admin's door, and nothing behind it."""
    return User.objects.create_user("clerk", password="secret-of-clerk", is_staff=True)


def route_of(path: str) -> str:
    try:
        return resolve(path.partition("?")[0]).route
    except Resolver404:
        return ""  # a file, or a socket


def test_the_walk_reaches_every_page_that_a_person_has(noor: Person) -> None:
    """Without this the tests below could pass because the walker saw nothing."""
    visit = walk(signed_in(noor.user), STARTS)
    reached = {route_of(address.path) for address in visit.addresses}
    reached |= {route.removesuffix("$").removeprefix("^") for route in reached}
    listed = {route.path or "/" for route in ROUTES}
    missing = {path for path in listed - NOT_LINKED if path.removeprefix("/") not in reached and path not in reached}
    assert missing == set(), "link to them, or list them in NOT_LINKED with the reason"
    assert len(visit.holding(NOOR)) >= 15
    for words in (
        "Memory",
        "Goal",
        "Desire",
        "Told",
        "Lighthouse question",
        "Lighthouse answer",
        "Lighthouse title",
        "Token",
    ):
        assert visit.holding(f"{words} {NOOR}"), f"nowhere to be seen: {words}"


@pytest.mark.timeout(300)  # three visitors, some hundred addresses each
def test_whoever_has_the_addresses_of_somebody_else_gets_nothing(noor: Person, wren: Person) -> None:
    hers = walk(signed_in(noor.user), STARTS).addresses
    before = facts(noor.user)
    for who, visitor in (("wren", signed_in(wren.user)), ("clerk", signed_in(staff())), ("nobody", Client())):
        for address in sorted(hers):
            if "logout" not in address.path:
                gets_nothing(visitor, address, who)
        assert facts(noor.user) == before, who


def gets_nothing(visitor: Client, address: Address, who: str) -> None:
    for response in asked(visitor, address):
        said = answered(response).replace(address.path, "")  # a redirect to the sign-in page names it
        assert NOOR not in re.sub(r"next=\S+", "", said), f"{address} answers {who} with {response.status_code}"
        assert response.status_code < 500, (address, who)


def asked(client: Client, address: Address) -> list[Any]:
    """Ask as a page would, and with a body that both forms and the API understand in part."""
    if address.method == "GET":
        return [client.get(address.path), client.get(address.path, headers={"hx-request": "true"})]
    body = {"text": "Mine now", "title": "Mine now", "name": "Mine now", "client_message_id": "mine"}
    as_json = client.generic(address.method, address.path, json.dumps(body), content_type="application/json")
    return [client.generic(address.method, address.path, "text=Mine&title=Mine&name=Mine", FORM), as_json]


FORM = "application/x-www-form-urlencoded"


def test_what_somebody_walks_into_is_all_their_own(noor: Person, wren: Person) -> None:
    visit = walk(signed_in(wren.user), STARTS)
    assert visit.holding(NOOR) == []
    assert visit.holding(WREN)
    known = {str(talk.pk) for talk in noor.conversations} | {str(noor.run.pk), noor.entity.slug}
    assert [address for address in visit.addresses if any(each in address.path for each in known)] == []


def test_searching_and_paging_find_what_is_ones_own(noor: Person, wren: Person) -> None:
    client = signed_in(wren.user)
    visit = walk(client, STARTS)
    pages = {normal(path): path.partition("?")[0] for path in visit.pages}  # one of each kind
    found = Visit()
    for path in pages.values():
        for query in SEARCHES:
            found.pages[path + query] = answered(client.get(path + query))
    assert found.holding(NOOR) == []
    assert found.holding(f"Lighthouse title {WREN}")


def test_a_token_opens_what_is_its_owners_alone(noor: Person, wren: Person) -> None:
    client = Client(headers={"authorization": f"Bearer {wren.secret}"})
    visit = walk(client, STARTS[2:])
    assert visit.holding(NOOR) == [] and visit.holding(WREN)
    assert not any(path.startswith(("/c/", "/account/")) for path in visit.pages)
    assert client.get("/").status_code == 302, "a token is for the API, not for pages"


def test_the_admin_tells_nothing_to_whom_it_was_not_opened(noor: Person, wren: Person) -> None:
    root = signed_in(User.objects.create_superuser("root", password="secret-of-root"))
    reverse("admin:index")  # which loads it
    pages = list(admin_pages())
    telling = [path for path in pages if NOOR in answered(root.get(path))]
    assert len(telling) > 20, "an administrator sees it all"
    for visitor in (signed_in(wren.user), signed_in(staff()), Client()):
        for path in telling:
            response = visitor.get(path)
            assert NOOR not in answered(response).replace(path, ""), path
            assert response.status_code in (302, 403, 404), path


def test_no_member_of_the_staff_deletes_without_the_right_to(noor: Person) -> None:
    idle = User.objects.create_user("idle")  # has nothing, so that an administrator could delete them
    attempt = AccessAttempt.objects.create(username="noor", ip_address="127.0.0.1", failures_since_start=8)
    clerk = signed_in(staff())
    before = facts(noor.user)
    rows: list[Model] = [idle, attempt, noor.token, noor.entity, noor.conversations[0], noor.run]
    for row in rows:
        path = f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/delete/"
        assert clerk.post(path, {"post": "yes"}).status_code in (302, 403), path
        row.refresh_from_db()  # which fails for one that is gone
    assert facts(noor.user) == before


def admin_pages() -> Iterator[str]:
    """Yield the admin's lists, searches in them, and the pages of the newest rows."""
    for model in admin.site._registry:
        home = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        yield from (home, f"{home}?q=Lighthouse", f"{home}add/")
        for row in model._default_manager.order_by("-pk")[:2]:
            yield from (f"{home}{row.pk}/change/", f"{home}{row.pk}/history/", f"{home}{row.pk}/delete/")


def facts(user: User) -> list[object]:
    """Return what is the user's, as it is stored."""
    return [
        *Conversation.objects.for_user(user).values_list("pk", "title", "last_seq", "read_seq", "folder", "deleted_at"),
        *Message.objects.for_user(user).values_list("pk", "text", "withdrawn_at", "off_branch", "deleted_at"),
        *Run.objects.for_user(user).values_list("pk", "status", "reason", "rating", "off_branch", "deleted_at"),
        *Rating.objects.for_user(user).values_list("pk", "value", "note"),
        *Folder.objects.for_user(user).values_list("pk", "name", "deleted_at"),
        *EventRecord.objects.filter(conversation__owner=user).values_list("pk", "kind"),
        *ApiToken.objects.for_user(user).values_list("pk", "name"),
        *ModelCall.objects.for_user(user).values_list("pk", "model"),
        *[state.read(entity) for entity in Entity.objects.for_user(user)],
        user.get_session_auth_hash(),
    ]
