"""Open sockets: how many one person may have, and that they close when a session or a role ends, told or not."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from interactions import hub, notices, runs, sockets
from interactions.models import ApiToken, Conversation
from interactions.sessions import shut_out
from memos_site.asgi import application

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = (b"origin", b"http://127.0.0.1:8000")
Headers = list[tuple[bytes, bytes]]


@pytest.fixture(autouse=True)
async def fresh_hub() -> AsyncIterator[None]:
    yield
    await hub.close()


def signed_in(user: User) -> tuple[Client, Headers]:
    """A browser and the headers of its sockets."""
    browser = Client()
    browser.force_login(user)
    cookie = f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"
    return browser, [(b"cookie", cookie.encode()), ORIGIN]


def with_token(user: User) -> Headers:
    return [(b"authorization", f"Bearer {ApiToken.make(user, 'test')[1]}".encode())]


async def opened(conversation: Conversation, headers: Headers) -> WebsocketCommunicator:
    """A socket that is accepted and has caught up."""
    path = f"/ws/conversations/{conversation.pk}/?format=html"
    client = WebsocketCommunicator(application, path, headers)
    assert (await client.connect(timeout=5))[0]
    return client


async def close_of(client: WebsocketCommunicator) -> tuple[str, int]:
    """The code of the error and the one of the close, which have to come within five seconds."""
    while "error" not in (frame := json.loads(await client.receive_from(timeout=5))):
        pass
    return frame["error"]["code"], (await client.receive_output(timeout=5))["code"]


async def lives(client: WebsocketCommunicator) -> bool:
    await client.send_to(text_data='{"type": "ping"}')
    while (frame := json.loads(await client.receive_from(timeout=5))) != {"type": "pong"}:
        assert "error" not in frame
    return True


def log_out(browser: Client, _user: User) -> None:
    browser.post("/logout/", headers={"host": "localhost"})


def set_password(_browser: Client, user: User) -> None:
    user.set_password("another-secret-of-noor")
    user.save()


def deactivate(_browser: Client, user: User) -> None:
    user.is_active = False
    user.save()


def demote(_browser: Client, user: User) -> None:
    user.is_staff = False
    user.save()


def expire(_browser: Client, user: User) -> None:
    Session.objects.update(expire_date=timezone.now())


@pytest.mark.parametrize("is_heard", [True, False], ids=["told", "not told"])
@pytest.mark.parametrize("end", [log_out, set_password, deactivate, demote, expire])
async def test_what_ends_a_session_or_a_role_closes_its_sockets_alone(
    conversation: Conversation,
    owner: User,
    stranger: User,
    monkeypatch: pytest.MonkeyPatch,
    end: Callable[[Client, User], None],
    is_heard: bool,
) -> None:
    owner.is_staff = True
    await sync_to_async(owner.save)()
    theirs = await sync_to_async(runs.start_conversation)(owner, conversation.entity)
    await sync_to_async(Conversation.objects.filter(pk=theirs.pk).update)(owner=stranger)
    if is_heard and end is not expire:
        monkeypatch.setattr(sockets, "CHECK_SECONDS", 60)
    else:
        monkeypatch.setattr(sockets, "CHECK_SECONDS", 0.3)
        monkeypatch.setattr(notices, "_send", lambda _notice: None)
    browser, headers = await sync_to_async(signed_in)(owner)
    mine = await opened(conversation, headers)
    others = await opened(theirs, await sync_to_async(with_token)(stranger))
    assert await lives(mine) and await lives(others)
    await sync_to_async(end)(browser, owner)
    assert await close_of(mine) == ("not_signed_in", 4401)
    assert await lives(others)
    for client in (mine, others):
        await client.disconnect()


@pytest.mark.parametrize("is_heard", [True, False], ids=["told", "not told"])
async def test_a_revoked_token_closes_its_sockets_alone(
    conversation: Conversation, owner: User, monkeypatch: pytest.MonkeyPatch, is_heard: bool
) -> None:
    if is_heard:
        monkeypatch.setattr(sockets, "CHECK_SECONDS", 60)
    else:
        monkeypatch.setattr(sockets, "CHECK_SECONDS", 0.3)
        monkeypatch.setattr(notices, "_send", lambda _notice: None)
    kept = await opened(conversation, await sync_to_async(with_token)(owner))
    revoked = await opened(conversation, await sync_to_async(with_token)(owner))
    assert await lives(kept) and await lives(revoked)
    newest = await ApiToken.objects.alatest("pk")
    await newest.adelete()
    assert await close_of(revoked) == ("not_signed_in", 4401)
    assert await lives(kept)
    for client in (kept, revoked):
        await client.disconnect()


async def test_one_person_has_only_so_many_sockets_and_others_theirs(
    conversation: Conversation, owner: User, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.MEMOS, "sockets_per_user", 3)
    mine, theirs = await sync_to_async(with_token)(owner), await sync_to_async(with_token)(stranger)
    async with AsyncExitStack() as stack:
        clients = [await opened(conversation, mine) for _ in range(3)]
        for client in clients[1:]:
            stack.push_async_callback(client.disconnect)
        refused = await opened(conversation, mine)
        assert await close_of(refused) == ("too_many_sockets", 1008)
        await refused.disconnect()
        other = await opened(conversation, theirs)  # counted for them, and closed because it is not theirs to see
        assert await close_of(other) == ("not_found", 4404)
        await other.disconnect()
        await clients[0].disconnect()
        again = await opened(conversation, mine)
        stack.push_async_callback(again.disconnect)
        assert await lives(again)


async def test_nothing_watches_when_no_socket_is_open(conversation: Conversation, owner: User) -> None:
    client = await opened(conversation, await sync_to_async(with_token)(owner))
    watch: Any = sockets.the_sockets()._watching
    assert watch is not None and not watch.done()
    await client.disconnect()
    assert watch.cancelling() or watch.cancelled()
    assert sockets.the_sockets()._watching is None


def test_many_sockets_are_looked_at_with_three_queries(owner: User, stranger: User) -> None:
    scopes: list[dict[str, Any]] = []
    for user in (owner, stranger):
        browser, _headers = signed_in(user)
        scopes += [{"user": user, "session": browser.session} for _ in range(40)]
        scopes += [{"user": user, "token": ApiToken.make(user, "t")[1]} for _ in range(10)]
        assert shut_out(scopes) == []
    ApiToken.objects.filter(owner=stranger).earliest("pk").delete()
    with CaptureQueriesContext(
        connection,
    ) as seen:
        gone = shut_out(scopes)
    assert len(gone) == 1 and scopes[gone[0]]["user"] == stranger
    assert len(seen) == 3
