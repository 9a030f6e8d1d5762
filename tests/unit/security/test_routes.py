"""Every address of the product: what it takes and who may. An address that nobody listed here fails the tests."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from agents import state
from agents.llm import recording
from agents.llm.gateway import CallRecord
from agents.models import Chain, Entity, ModelCall
from interactions import filing, runs
from interactions.models import ApiToken, Conversation, Folder, Message, Rating, Run, Schedule, Telling

pytestmark = pytest.mark.django_db

# anyone: without signing in · person: whoever is signed in, with what is theirs · staff · owner: names something
# of one person's; for everybody else it does not exist.
Who = Literal["anyone", "person", "staff", "owner"]


@dataclass(frozen=True)
class Route:
    """One method of one address."""

    path: str
    method: str
    who: Who

    def __str__(self) -> str:
        return f"{self.method} /{self.path}"


def table() -> list[Route]:
    """Return the routes as listed below: address, methods, who may."""
    rows = [line.split() for line in LISTED.strip().splitlines()]
    return [
        Route("" if path == "/" else path, method, who)  # type: ignore[arg-type]
        for path, methods, who in rows
        for method in methods.split(",")
    ]


LISTED = """
healthz                                              GET       anyone
readyz                                               GET       anyone
login/                                               GET,POST  anyone
login/link/<str:uidb64>/<str:token>/                 GET,POST  anyone
admin/login/                                         GET       anyone
api/v1/                                              GET       anyone
api/v1/<path:rest>                                   GET       anyone
api/v1/docs                                          GET       person
api/v1/openapi.json                                  GET       person
api/v1/conversations                                 GET,POST  person
api/v1/conversations/<uuidstr:conversation_id>       GET       owner
api/v1/conversations/<uuidstr:conversation_id>/messages  POST  owner
api/v1/conversations/<uuidstr:conversation_id>/results   POST  owner
api/v1/conversations/<uuidstr:conversation_id>/events    GET   owner
api/v1/conversations/<uuidstr:conversation_id>/events.jsonl GET  owner
api/v1/runs/<uuidstr:run_id>/cancel                  POST      owner
api/v1/runs/<uuidstr:run_id>/rating                  POST      owner
api/v1/entities                                      GET       person
api/v1/entities/<slug:slug>                          GET,PATCH owner
api/v1/entities/<slug:slug>/versions                 GET       owner
api/v1/entities/<slug:slug>/versions/<int:number>    GET       owner
api/v1/entities/<slug:slug>/rollback                 POST      owner
api/v1/entities/<slug:slug>/undo                     POST      owner
api/v1/entities/<slug:slug>/fork                     POST      owner
api/v1/entities/<slug:slug>/timers                   GET,POST  owner
api/v1/timers/<int:timer_id>/stop                    POST      owner
api/v1/timers/<int:timer_id>/start                   POST      owner
api/v1/entities/<slug:slug>/tellings                 GET       owner
api/v1/tellings/<int:telling_id>/drop                POST      owner
api/v1/tellings/<int:telling_id>/restore             POST      owner
admin/                                               GET       staff
/                                                    GET       person
home/live/                                           GET       person
logout/                                              POST      person
account/                                             GET       person
account/name/                                        POST      person
account/password/                                    POST      person
account/zone/                                        POST      person
account/tokens/                                      POST      person
account/tokens/<int:pk>/revoke/                      POST      owner
settings/                                            GET       person
settings/models/                                     GET       person
settings/models/                                     POST      staff
settings/models/test/                                POST      staff
settings/models/offline/                             POST      staff
settings/models/clear/                               POST      staff
entities/new/                                        GET,POST  person
entities/                                            GET       person
e/<slug:slug>/                                       GET       owner
e/<slug:slug>/talk/                                  POST      owner
e/<slug:slug>/state/                                 GET       owner
e/<slug:slug>/edit/<slug:part>/                      GET,POST  owner
e/<slug:slug>/memories/                              GET       owner
e/<slug:slug>/memories/<int:key>/<slug:name>/        POST      owner
e/<slug:slug>/versions/                              GET       owner
e/<slug:slug>/versions/compare/                      GET       owner
e/<slug:slug>/versions/<int:number>/                 GET       owner
e/<slug:slug>/versions/<int:number>/memories/        GET       owner
e/<slug:slug>/versions/<int:number>/undo/            POST      owner
e/<slug:slug>/versions/<int:number>/rollback/        POST      owner
e/<slug:slug>/versions/<int:number>/fork/            POST      owner
e/<slug:slug>/triggers/                              GET,POST  owner
e/<slug:slug>/triggers/<int:pk>/<slug:deed>/         POST      owner
e/<slug:slug>/tellings/<int:pk>/<slug:act>/          POST      owner
e/<slug:slug>/initiative/                            POST      owner
e/<slug:slug>/settings/                              GET,POST  owner
e/<slug:slug>/archive/                               POST      owner
e/<slug:slug>/unarchive/                             POST      owner
e/<slug:slug>/delete/                                POST      owner
e/<slug:slug>/restore/                               POST      owner
c/                                                   GET       person
c/new/                                               GET       person
c/<uuid:pk>/                                         GET       owner
c/<uuid:pk>/list/                                    GET       owner
c/<uuid:pk>/title/                                   GET,POST  owner
c/<uuid:pk>/older/                                   GET       owner
c/<uuid:pk>/new/                                     GET       owner
c/<uuid:pk>/read/                                    POST      owner
c/<uuid:pk>/messages/                                POST      owner
c/<uuid:pk>/messages/<uuid:message>/withdraw/        POST      owner
c/<uuid:pk>/state/                                   GET       owner
c/<uuid:pk>/actions/<str:action>/                    GET       owner
c/<uuid:pk>/actions/<str:action>/undo/               POST      owner
c/<uuid:pk>/timeline/                                GET       owner
c/<uuid:pk>/timeline/events.jsonl                    GET       owner
c/<uuid:pk>/replay/                                  GET       owner
c/<uuid:pk>/replay/frames/                           GET       owner
c/<uuid:pk>/cost/                                    GET       owner
c/<uuid:pk>/events/<int:seq>/                        GET       owner
c/<uuid:pk>/events/<int:seq>/state/                  GET       owner
c/<uuid:pk>/chains/                                  GET       owner
c/<uuid:pk>/chains/<int:chain>/run/                  POST      owner
insights/                                            GET       person
insights/<slug:slug>/learning/                       POST      owner
insights/<slug:slug>/compare/                        POST      owner
chains/                                              GET       person
chains/new/                                          GET,POST  person
chains/<int:pk>/                                     GET,POST  owner
chains/<int:pk>/remove/                              POST      owner
chains/<int:pk>/restore/                             POST      owner
c/<uuid:pk>/messages/<uuid:message>/edit/            POST      owner
c/<uuid:pk>/runs/<uuid:run>/why/                     GET       owner
c/<uuid:pk>/runs/<uuid:run>/calls/<int:call>/        GET       owner
c/<uuid:pk>/runs/<uuid:run>/alternatives/            GET       owner
c/<uuid:pk>/runs/<uuid:run>/fork/                    POST      owner
c/<uuid:pk>/commands/                                POST      owner
c/<uuid:pk>/menu/                                    GET       owner
c/<uuid:pk>/move/                                    POST      owner
c/<uuid:pk>/delete/                                  POST      owner
c/<uuid:pk>/restore/                                 POST      owner
c/deleted/                                           GET       person
folders/<int:pk>/name/                               POST      owner
folders/<int:pk>/delete/                             POST      owner
folders/<int:pk>/restore/                            POST      owner
messages/<uuid:pk>/                                  GET       owner
search/                                              GET       person
palette/                                             GET       person
runs/<uuid:pk>/                                      GET       owner
runs/<uuid:pk>/regenerate/                           POST      owner
runs/<uuid:pk>/switch/                               POST      owner
runs/<uuid:pk>/rate/                                 POST      owner
runs/<uuid:pk>/undo/                                 POST      owner
runs/<uuid:pk>/redo/                                 POST      owner
runs/<uuid:pk>/delete/                               POST      owner
runs/<uuid:pk>/restore/                              POST      owner
runs/<uuid:pk>/cancel/                               POST      owner
runs/<uuid:pk>/retry/                                POST      owner
runs/<uuid:pk>/answer/<str:action>/                  POST      owner
"""
ROUTES = table()
# What an address of the API is sent, by how it ends.
BODIES = {
    "rating": b'{"value": 1}',
    "messages": b'{"text": "Hi"}',
    "results": b'{"tool": "backup", "content": "Hi"}',
    "rollback": b'{"to": 1, "version": 1}',
    "undo": b'{"number": 1, "version": 1}',
    "fork": b"{}",
    "timers": b'{"what": "Hi", "in_minutes": 5}',
}
ADMIN_OPEN = {"admin/login/", "admin/jsi18n/"}  # a page that redirects, and the names of the months


def addresses(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield every address below `resolver`."""
    for part in resolver.url_patterns:
        path = prefix + str(part.pattern)
        if isinstance(part, URLResolver):
            yield from addresses(part, path)
        else:
            yield path, part


def all_addresses() -> dict[str, URLPattern]:
    """Return every address of the product."""
    return dict(addresses(get_resolver()))


@pytest.fixture
def things(owner: Any, entity: Entity, conversation: Conversation) -> dict[str, Any]:
    """One of each thing of the owner's that an address can name, by the name in the address."""
    sent = runs.send(conversation, owner, "Hello")
    token, _ = ApiToken.make(owner, "phone")
    said = CallRecord("inline", "offline", "[]", "", 0, 0, "stop", timezone.now(), 1.0, 2.0, 1, "")
    recording.store(said, owner_id=owner.pk, entity_id=entity.pk, run=sent.run.pk)
    return {
        "conversation": conversation.pk,
        "run": sent.run.pk,
        "message": sent.message.pk,
        "slug": entity.slug,
        "token": token.pk,
        "chain": Chain.objects.create(owner=owner, name="Morning", actions=[{"action": "SPEAK"}]).pk,
        "call": ModelCall.objects.get(run=sent.run.pk).pk,
        "folder": filing.make(owner, "Attic").pk,
        "seq": sent.seq,
        "action": "1",
        "part": "appearance",
        "number": 1,
        "key": entity.memories.get().pk,
        "name": "pin",
        "deed": "pause",
        "act": "drop",
        "telling": Telling.objects.create(receiver=entity, text="Hello", run=sent.run, action="1").pk,
        "timer_id": Schedule.objects.create(
            entity=entity, what="Hello", set_by="person", next_at=timezone.now() + timedelta(days=1)
        ).pk,
    }


def filled(path: str, things: dict[str, Any]) -> str:
    """Return `path` with the owner's things in it."""
    kinds = {
        "api/v1/runs": "run",
        "runs": "run",
        "account/tokens": "token",
        "chains": "chain",
        "folders": "folder",
        "messages": "message",
        "c": "conversation",
    }
    main = next((kind for start, kind in kinds.items() if path.startswith(f"{start}/")), "conversation")
    main = "timer_id" if "/triggers/" in path else "telling" if "/tellings/" in path else main
    names = {"pk": main, "conversation_id": "conversation", "run_id": "run", "telling_id": "telling"}

    def fill(part: re.Match[str]) -> str:
        return str(things.get(names.get(part[1], part[1]), "x"))

    return "/" + re.sub(r"<\w+:(\w+)>", fill, path)


def ask(client: Client, route: Route, path: str) -> Any:
    """Send a request that is well-formed for `route`."""
    if not route.path.startswith("api/"):
        return client.generic(route.method, path, b"text=Hi", content_type="application/x-www-form-urlencoded")
    body = b""
    if route.method != "GET":
        body = b'{"version": 1}' if "entities" in path else b"{}"
        body = BODIES.get(path.rpartition("/")[2], body)
    return client.generic(route.method, path, body, content_type="application/json")


def listed(who: Who) -> Any:
    """Parametrize a test by the routes for `who`."""
    return pytest.mark.parametrize("route", [route for route in ROUTES if route.who == who], ids=str)


def test_every_address_is_listed():
    real = {path for path in all_addresses() if not path.startswith("admin/") or path in {"admin/", "admin/login/"}}
    known = {route.path for route in ROUTES}
    assert real - known == set(), "list these, with who may"
    assert known - real == set(), "these are gone"


def test_no_address_is_exempt_from_signing_in_by_accident():
    for path, pattern in all_addresses().items():
        is_open = not getattr(pattern.callback, "login_required", True)
        whos = {route.who for route in ROUTES if route.path == path}
        if path.startswith("admin/"):
            assert is_open <= (path in ADMIN_OPEN), path
        elif is_open and whos != {"anyone"}:
            assert path.startswith("api/v1/"), f"{path}: only the API signs people in by itself"


def test_no_address_is_exempt_from_the_csrf_check_but_the_api():
    for path, pattern in all_addresses().items():
        if getattr(pattern.callback, "csrf_exempt", False):
            assert path.startswith("api/v1/"), path


@pytest.mark.parametrize("route", [route for route in ROUTES if route.who != "anyone"], ids=str)
def test_nobody_in_particular_sees_nothing(client, things, route):
    response = ask(client, route, filled(route.path, things))
    if response.status_code == 302:
        assert response["Location"].startswith(("/login/", "/admin/login/"))
    else:
        assert response.status_code == 401


@listed("owner")
@pytest.mark.parametrize("who", ["teammate", "stranger"])
def test_what_is_somebody_elses_does_not_exist(client, things, route, who, request):
    client.force_login(request.getfixturevalue(who))
    response = ask(client, route, filled(route.path, things))
    assert response.status_code == 404
    for hidden in ("Ottilie", "Noor", "Hello", "phone"):
        assert hidden not in response.getvalue().decode()


@listed("owner")
def test_nothing_changes_by_a_strangers_request(client, things, stranger, route):
    before = facts()
    client.force_login(stranger)
    ask(client, route, filled(route.path, things))
    assert facts() == before


@listed("owner")
def test_what_never_was_is_told_in_the_same_words(client, things, stranger, route):
    unknown: dict[str, Any] = {name: uuid4() for name in ("conversation", "run", "message")} | {"slug": "nobody"}
    unknown |= {name: 999_999 for name in ("token", "call", "folder", "chain")}
    client.force_login(stranger)
    foreign = ask(client, route, filled(route.path, things))
    never = ask(client, route, filled(route.path, things | unknown))
    assert (foreign.status_code, plain(foreign)) == (never.status_code, plain(never))


@listed("owner")
def test_its_owner_gets_to_it(client, things, owner, route):
    client.force_login(owner)
    response = ask(client, route, filled(route.path, things))
    needs_an_action = "<str:action>" in route.path
    assert response.status_code < 500
    assert response.status_code not in (401, 403, 405)
    assert needs_an_action or response.status_code != 404


def test_a_child_of_another_parent_does_not_exist(client, things, owner, entity):
    other = runs.start_conversation(owner, entity)
    client.force_login(owner)
    for path in (f"/c/{other.pk}/messages/{things['message']}/withdraw/", f"/c/{other.pk}/events/{things['seq']}/"):
        assert (client.post(path) if "withdraw" in path else client.get(path)).status_code == 404, path


@listed("staff")
def test_staff_pages_are_for_staff(client, things, owner, route):
    client.force_login(owner)
    response = client.generic(route.method, filled(route.path, things))
    if response.status_code == 302:
        response = client.get(response["Location"])
    assert response.status_code == 403


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method == "POST"], ids=str)
def test_reading_never_writes(client, things, owner, route):
    before = facts()
    client.force_login(owner)
    response = client.get(filled(route.path, things))
    assert response.status_code < 500
    assert facts() == before


def test_the_admin_is_closed_whole(client, owner):
    paths = [path for path in all_addresses() if path.startswith("admin/") and path not in ADMIN_OPEN]
    assert len(paths) > 50
    for path in paths:
        address = "/" + re.sub(r"<\w+:\w+>", "1", path)
        if "(" in address:
            continue  # the catch-all at its end
        assert client.get(address)["Location"].startswith(("/login/", "/admin/login/")), path
    client.force_login(owner)
    for path in paths:
        address = "/" + re.sub(r"<\w+:\w+>", "1", path)
        if "(" not in address and path != "admin/logout/":
            assert client.get(address, follow=True).status_code in (403, 404), path


def facts() -> list[object]:
    """Return what requests could have changed."""
    return [
        *Conversation.objects.values_list("pk", "title", "last_seq", "read_seq", "folder", "deleted_at"),
        *Message.objects.values_list("pk", "text", "withdrawn_at"),
        *Run.objects.values_list("pk", "status", "deleted_at", "off_branch"),
        *Rating.objects.values_list("pk", "value"),
        *Folder.objects.values_list("pk", "name", "deleted_at"),
        *Entity.objects.values_list("pk", "version", "name"),
        *ApiToken.objects.values_list("pk", "name"),
        *Chain.objects.values_list("pk", "name", "removed_at"),
        *[state.read(entity) for entity in Entity.objects.all()],
    ]


def plain(response: Any) -> str:
    """Return a page's text without what differs from request to request: the CSRF token and its own address."""
    text = response.content.decode()
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[A-Za-z0-9]{64}|\b\d+\b|ottilie|nobody", "…", text)
