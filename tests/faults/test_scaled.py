"""The deployment of docs/deploy/: PostgreSQL, Redis, two workers, two web servers and nginx. Real processes."""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.find_nginx import find
from tests.plain_client import Frame, PlainClient, is_finished
from tests.postgres_server import PrivatePostgres
from tests.scaled_stack import ScaledStack
from tests.stub_answers import default_answer
from tests.stub_model import StubModel

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(240),
    pytest.mark.skipif(find() is None, reason="there is no nginx, and none could be had"),
    pytest.mark.skipif(not PrivatePostgres.is_installed(), reason="PostgreSQL is not installed"),
]

PASSWORD = "a-word-that-nobody-guesses"
SPEECH = " ".join(f"word{n}" for n in range(40))


def answer(request: dict[str, Any]) -> str:
    """The stub's own plan, with a speech that takes a second or so."""
    plan = json.loads(default_answer(request))
    for action in plan["actions"]:
        if action["action"] == "SPEAK":
            action["text"] = SPEECH
    return json.dumps(plan)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScaledStack]:
    folder: Path = tmp_path_factory.mktemp("scaled")
    with StubModel(answer=answer, pace=0.02) as model:
        env = {"MEMOS_MODEL": "openai:stub", "OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "k"}
        with ScaledStack(folder, **env) as running:
            yield running


SETUP = f"""
from django.contrib.auth.models import User
from django.core.management import call_command
admin = User.objects.get()
admin.set_password({PASSWORD!r})
admin.save()
call_command("create_token", "admin")
"""


@pytest.fixture(scope="module")
def token(stack: ScaledStack) -> str:
    """A token of the first user, who has a password now."""
    return stack.manage("shell", "-v0", "-c", SETUP)


@pytest.fixture
def client(stack: ScaledStack, token: str) -> Iterator[PlainClient]:
    with PlainClient(stack.url, token, stack.ssl) as plain:
        yield plain


def signed_in(stack: ScaledStack, token: str) -> httpx.Client:
    """A browser, through the proxy, after the form of the sign-in page."""
    browser = httpx.Client(base_url=stack.url, verify=stack.ssl, follow_redirects=True, timeout=20)
    page = browser.get("/login/")
    csrf = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert csrf, page.text[:500]
    form = {"username": "admin", "password": PASSWORD, "csrfmiddlewaretoken": csrf[1]}
    done = browser.post("/login/", data=form, headers={"Referer": str(page.url)})
    assert done.status_code == 200 and done.url.path == "/"
    return browser


def test_a_browser_chats_through_the_proxy(stack: ScaledStack, client: PlainClient, token: str) -> None:
    talk = client.start()
    with closing(signed_in(stack, token)) as browser:
        assert all(cookie.secure for cookie in browser.cookies.jar)
        page = browser.get(f"/c/{talk}/")
        assert page.status_code == 200 and page.headers["Content-Encoding"] == "gzip"
        sheet = re.search(r'href="(/static/[^"]+\.css)"', page.text)
        assert sheet
        style = browser.get(sheet[1])
        assert style.status_code == 200 and "immutable" in style.headers["Cache-Control"]
        assert style.headers["X-Content-Type-Options"] == "nosniff"
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    asyncio.run(talk_by_page(stack, client, talk, cookies))


async def talk_by_page(stack: ScaledStack, client: PlainClient, talk: str, cookies: str) -> None:
    """Follow as the page does, with cookie and origin, until the last word of an answer is there."""
    url = f"{stack.url.replace('https', 'wss')}/ws/conversations/{talk}/?after=0&format=html"
    headers = {"Cookie": cookies, "Origin": stack.url}
    async with asyncio.timeout(40), connect(url, additional_headers=headers, ssl=stack.ssl) as socket:
        await asyncio.to_thread(client.say, talk, "Hello there")
        async for text in socket:
            if SPEECH.split()[-1] in json.loads(text).get("html", ""):
                return
    raise AssertionError("the socket closed")


def test_what_the_proxy_does_itself(stack: ScaledStack, client: PlainClient) -> None:
    plain = httpx.get(f"http://127.0.0.1:{stack.ports['80']}/x", headers={"Host": "localhost"})
    assert (plain.status_code, plain.headers["Location"]) == (301, "https://localhost/x")
    assert client.http.post("/conversations", content=b" " * 2_000_000).status_code == 413
    # What a client claims is not believed; over plain HTTP it would be sent to HTTPS.
    assert client.http.get("/entities", headers={"X-Forwarded-Proto": "http"}).status_code == 200


async def test_both_web_servers_see_what_both_workers_do(stack: ScaledStack, client: PlainClient, token: str) -> None:
    control = stack.celery.control
    names = [f"{worker.partition('@')[2]}@here" for worker in stack.workers]
    for only, other in (names, reversed(names)):
        talk = await asyncio.to_thread(client.start)
        control.cancel_consumer("runs", destination=[other], reply=True, timeout=3)
        try:
            async with asyncio.timeout(40), AsyncExitStack() as sockets:
                views = [PlainClient(stack.url_of(web), token) for web in stack.webs]
                lines = [await sockets.enter_async_context(view.socket(talk)) for view in views]
                await asyncio.to_thread(client.say, talk, f"Only {only} hears this.")
                both = await asyncio.gather(*map(until_finished, lines))
        finally:
            control.add_consumer("runs", destination=[other], reply=True, timeout=3)
        for frames in both:
            assert sum(frame["kind"] == "text.delta" for frame in frames) > 5, "live, and not only from the log"
            assert [frame["seq"] for frame in frames if "seq" in frame] == list(range(1, len(client.events(talk)) + 1))


async def until_finished(line: Any) -> list[Frame]:
    frames: list[Frame] = []
    async for text in line:
        frames.append(json.loads(text))
        if is_finished(frames[-1]):
            return frames
    raise AssertionError("the socket closed")


async def test_signing_out_at_one_web_server_closes_the_sockets_of_the_other(
    stack: ScaledStack, client: PlainClient, token: str
) -> None:
    talk = await asyncio.to_thread(client.start)
    browser = await asyncio.to_thread(signed_in, stack, token)
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    one, other = map(stack.url_of, stack.webs)
    url = f"{other.replace('http', 'ws')}/ws/conversations/{talk}/?after=0&format=html"
    async with asyncio.timeout(40), connect(url, additional_headers={"Cookie": cookies, "Origin": stack.url}) as socket:
        assert json.loads(await socket.recv())["notice"] == "ready"
        headers = {
            "Cookie": cookies, "Host": stack.url.removeprefix("https://"), "X-Forwarded-Proto": "https",
            "Referer": f"{stack.url}/", "X-CSRFToken": browser.cookies["csrftoken"],
        }  # fmt: skip
        done = await asyncio.to_thread(httpx.post, f"{one}/logout/", headers=headers)
        assert done.status_code == 302, done.text[:500]
        with pytest.raises(ConnectionClosed) as closed:
            async with asyncio.timeout(5):
                while True:
                    await socket.recv()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401
    browser.close()


@dataclass
class Person:
    """Somebody who talks without pause, through the proxy, as the contract says: what was not acknowledged is sent
    again under the same id, and a socket that closes is opened again behind the last event."""

    number: int
    client: PlainClient
    http: httpx.AsyncClient
    talk: str = ""
    sent: list[str] = field(default_factory=list)
    seen: list[Frame] = field(default_factory=list)
    closes: list[int | None] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)

    async def live(self, stop: asyncio.Event) -> None:
        """Talk until told to stop, and then until the last answer is there."""
        self.talk = (await self._post("/conversations", {"entity": "ottilie"}))["id"]
        follow = asyncio.create_task(self._follow())
        try:
            while not stop.is_set():
                text = f"Person {self.number} says sentence {len(self.sent)}."
                name = f"p{self.number}-{len(self.sent)}"
                await self._post(f"/conversations/{self.talk}/messages", {"text": text, "client_message_id": name})
                self.sent.append(text)
                await self._answered()
                await asyncio.sleep(0.1)
        finally:
            follow.cancel()
            await asyncio.gather(follow, return_exceptions=True)

    async def _answered(self) -> None:
        async with asyncio.timeout(60):
            while sum(map(is_finished, self.seen)) < len(self.sent):
                await asyncio.sleep(0.02)

    async def _post(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        while True:
            try:
                answer = await self.http.post(path, json=body)
            except httpx.TransportError as error:
                self.repeated.append(repr(error))
            else:
                if answer.status_code < 500:
                    assert answer.status_code in (201, 202), answer.text
                    found: dict[str, Any] = answer.json()
                    return found
                self.repeated.append(str(answer.status_code))
            assert "client_message_id" in body, f"only a message may be sent again, and not {path}: {self.repeated}"
            await asyncio.sleep(0.2)

    async def _follow(self) -> None:
        while True:
            after = max((frame.get("seq") or 0 for frame in self.seen), default=0)
            try:
                async with self.client.socket(self.talk, after) as socket:
                    async for text in socket:
                        self.seen.append(json.loads(text))
                    self.closes.append(socket.close_code)
            except (OSError, ConnectionClosed) as error:
                self.closes.append(error.rcvd.code if isinstance(error, ConnectionClosed) and error.rcvd else None)
            await asyncio.sleep(0.1)


async def test_a_rolling_restart_under_load_loses_nothing(stack: ScaledStack, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"{stack.url}/api/v1", headers=headers, verify=stack.ssl, timeout=20) as http:
        people = [Person(number, PlainClient(stack.url, token, stack.ssl), http) for number in range(4)]
        stop = asyncio.Event()
        lives = [asyncio.create_task(person.live(stop)) for person in people]
        await asyncio.sleep(1)
        for name in stack.all:
            await asyncio.to_thread(stack.restart, name)
            assert not any(life.done() for life in lives), [life for life in lives if life.done()]
        await asyncio.sleep(1)
        stop.set()
        await asyncio.gather(*lives)
        for person in people:
            check(person, person.client.events(person.talk))
            person.client.http.close()
    closes = {code for person in people for code in person.closes}
    assert closes == {1012}, "every socket was told to come back, and none was dropped"
    assert sum(len(person.repeated) for person in people) <= 2, [person.repeated for person in people]
    assert "All invariants hold." in stack.manage("check_invariants")


def check(person: Person, log: list[Frame]) -> None:
    """Everything that was said is there, once and answered, and was seen, once and in order."""
    assert len(person.sent) >= 3
    assert [event["seq"] for event in log] == list(range(1, len(log) + 1))
    assert [event["text"] for event in log if event["kind"] == "message.received"] == person.sent
    assert [event["status"] for event in log if is_finished(event)] == ["finished"] * len(person.sent)
    speeches = [event for event in log if event["kind"] == "text.finished" and not event["is_thought"]]
    assert [event["text"] for event in speeches] == [SPEECH] * len(person.sent)
    assert [frame["seq"] for frame in person.seen if frame.get("seq")] == [event["seq"] for event in log]


def test_the_backup_unit_makes_a_backup(stack: ScaledStack, tmp_path: Path) -> None:
    said = stack.run("memos-backup.service", {"/var/backups/memos": str(tmp_path)})
    (archive,) = tmp_path.glob("memos-*.tar.zst")
    assert str(archive) in said
    assert archive.stat().st_mode & 0o777 == 0o600
