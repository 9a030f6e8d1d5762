"""Every socket there is, and who gets nothing from it. A socket that nobody listed fails the first test."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from interactions import hub
from interactions.models import ApiToken
from interactions.routing import websocket_urlpatterns
from memos_site.asgi import application
from tests.security.people import Person, settle

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = (b"origin", b"http://127.0.0.1:8000")
Headers = list[tuple[bytes, bytes]]
# The route, the address of something of the owner's, and the code that tells others that there is nothing.
LISTED: dict[str, Callable[[Person], str]] = {
    "ws/conversations/<uuid:conversation>/": lambda person: f"/ws/conversations/{person.conversations[0].pk}/",
}
SHUT_OUT, NOTHING_THERE, POLICY = 4401, 4404, 1008


@pytest.fixture(autouse=True)
async def fresh_hub() -> AsyncIterator[None]:
    yield
    await hub.close()


@pytest.fixture
def noor(owner: User) -> Person:
    return settle(owner, "zqnoor")


def test_every_socket_is_listed() -> None:
    assert {str(route.pattern) for route in websocket_urlpatterns} == LISTED.keys()


def by_session(user: User) -> Headers:
    browser = Client()
    browser.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return [(b"cookie", f"{name}={browser.cookies[name].value}".encode()), ORIGIN]


def by_token(secret: str) -> Headers:
    return [(b"authorization", f"Bearer {secret}".encode())]


def revoked(noor: Person, _stranger: User) -> Headers:
    _token, secret = ApiToken.make(noor.user, "revoked")
    _token.delete()
    return by_token(secret)


def deactivated(noor: Person, _stranger: User, *, token: bool) -> Headers:
    headers = by_token(noor.secret) if token else by_session(noor.user)
    User.objects.filter(pk=noor.user.pk).update(is_active=False)
    return headers


def signed_out(noor: Person, _stranger: User) -> Headers:
    browser = Client()
    browser.force_login(noor.user)
    value = browser.cookies[settings.SESSION_COOKIE_NAME].value
    browser.post("/logout/")
    return [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={value}".encode()), ORIGIN]


def token_of_another_kind(noor: Person, _stranger: User) -> Headers:
    return [(b"authorization", f"Token {noor.secret}".encode()), ORIGIN]


VISITORS: dict[str, tuple[Callable[[Person, User], Headers], int]] = {
    "nobody": (lambda _noor, _stranger: [ORIGIN], SHUT_OUT),
    "stranger": (lambda _noor, stranger: by_session(stranger), NOTHING_THERE),
    "stranger's token": (lambda _noor, stranger: by_token(ApiToken.make(stranger, "t")[1]), NOTHING_THERE),
    "revoked token": (revoked, SHUT_OUT),
    "no token": (lambda _noor, _stranger: by_token("memos_" + "x" * 43), SHUT_OUT),
    "token of another kind": (token_of_another_kind, SHUT_OUT),
    "deactivated, by session": (lambda noor, stranger: deactivated(noor, stranger, token=False), SHUT_OUT),
    "deactivated, by token": (lambda noor, stranger: deactivated(noor, stranger, token=True), SHUT_OUT),
    "signed out": (signed_out, SHUT_OUT),
    "other site": (lambda noor, _: [by_session(noor.user)[0], (b"origin", b"https://evil.example")], POLICY),
    "other port": (lambda noor, _: [by_session(noor.user)[0], (b"origin", b"http://127.0.0.1:8001")], POLICY),
    "other scheme": (lambda noor, _: [by_session(noor.user)[0], (b"origin", b"https://127.0.0.1:8000")], POLICY),
    "no origin": (lambda noor, _: [by_session(noor.user)[0]], POLICY),
}


@pytest.mark.parametrize("route", LISTED)
@pytest.mark.parametrize("who", VISITORS)
async def test_who_gets_nothing(noor: Person, stranger: User, route: str, who: str) -> None:
    make, expected = VISITORS[who]
    headers = await sync_to_async(make)(noor, stranger)
    for form in ("json", "html"):
        heard, code = await everything(f"{LISTED[route](noor)}?after=0&format={form}", headers)
        assert code == expected
        assert "zqnoor" not in heard


@pytest.mark.parametrize("route", LISTED)
async def test_its_owner_hears_everything(noor: Person, route: str) -> None:
    for headers in (await sync_to_async(by_session)(noor.user), by_token(noor.secret)):
        client = WebsocketCommunicator(application, f"{LISTED[route](noor)}?after=0", headers)
        assert (await client.connect(timeout=5))[0]
        assert "zqnoor" in await client.receive_from(timeout=5)
        await client.disconnect()


async def everything(path: str, headers: Headers) -> tuple[str, int]:
    """All that a visitor hears until the end, and the code of the end."""
    client = WebsocketCommunicator(application, path, headers)
    connected, code = await client.connect(timeout=5)
    heard: list[str] = []
    end: dict[str, Any] = {"type": "websocket.close", "code": code}
    while connected and (end := await client.receive_output(timeout=5))["type"] == "websocket.send":
        heard.append(end["text"])
        json.loads(end["text"])
    await client.disconnect()
    return "".join(heard), int(end["code"] or 0)
