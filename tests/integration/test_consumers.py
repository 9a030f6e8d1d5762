"""The socket of a conversation: what a client gets, whatever happens in between. Real database, real Redis."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from agents import state
from agents.changes import DesireValue, Mood, PutDesire, SetMood
from agents.events import LoggedEvent, StateChanged
from agents.llm import catalog
from agents.mind import fold, inverse
from agents.models import Desire, Goal, Memory
from agents.triggers import Trigger
from interactions import hub, live, log, runs, worker
from interactions.models import ApiToken, Conversation, Run
from memos_site.asgi import application
from tests.redis_server import PrivateRedis
from tests.scripted import plan
from tests.stub_model import StubModel

pytestmark = pytest.mark.django_db(transaction=True)

Headers = list[tuple[bytes, bytes]]
HTML = "?format=html"
ORIGIN = (b"origin", b"http://127.0.0.1:8000")


@pytest.fixture(autouse=True)
async def fresh_hub() -> AsyncIterator[None]:
    yield
    await hub.close()


@pytest.fixture
def headers(owner: User) -> Headers:
    _token, secret = ApiToken.make(owner, "test")
    return [(b"authorization", f"Bearer {secret}".encode())]


@asynccontextmanager
async def socket(
    conversation: Conversation | str, headers: Headers, query: str = ""
) -> AsyncIterator[WebsocketCommunicator]:
    name = conversation.pk if isinstance(conversation, Conversation) else conversation
    communicator = WebsocketCommunicator(application, f"/ws/conversations/{name}/{query}", headers)
    connected, _protocol = await communicator.connect(timeout=5)
    assert connected
    try:
        yield communicator
    finally:
        await communicator.disconnect()


async def frames(communicator: WebsocketCommunicator, until: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """Receive frames up to the first that `until` likes."""
    seen: list[dict[str, Any]] = []
    while not seen or not until(seen[-1]):
        seen.append(json.loads(await communicator.receive_from(timeout=8)))
    return seen


async def send(conversation: Conversation, owner: User, text: str = "Hello.") -> Run:
    return (await sync_to_async(runs.send)(conversation, owner, text)).run


def working(run: Run) -> "asyncio.Future[None]":
    return asyncio.get_running_loop().run_in_executor(None, worker.execute, str(run.pk))


def is_ready(frame: dict[str, Any]) -> bool:
    return frame.get("notice") == "ready"


def is_kind(kind: str) -> Callable[[dict[str, Any]], bool]:
    return lambda frame: frame.get("kind") == kind


@pytest.fixture
def model() -> Any:
    with StubModel(pace=0.003) as stub:
        catalog.set_provider("openai", "stub", stub.base_url, "key")
        yield stub


async def test_a_client_sees_every_event_once_and_in_order_and_the_text_stream(
    model: StubModel, conversation: Conversation, owner: User, headers: Headers
) -> None:
    async with socket(conversation, headers, "?after=0&format=json") as client:
        run = await send(conversation, owner)
        work = working(run)
        seen = await frames(client, is_kind("run.finished"))
        await work
    events = [frame for frame in seen if frame["kind"] != "text.delta"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events == [line.wire() for line in await sync_to_async(log.read)(conversation.pk)]
    for finished in (event for event in events if event["kind"] == "text.finished"):
        deltas = [f for f in seen if f["kind"] == "text.delta" and f["action"] == finished["action"]]
        text = ""
        for delta in deltas:
            assert delta["offset"] == len(text) and delta["is_thought"] == finished["is_thought"]
            assert delta["run"] == str(run.pk) and "seq" not in delta
            text += delta["text"]
        assert text == finished["text"]


def every_change(entity_id: int) -> list[dict[str, Any]]:
    """A plan with one action for each way in which an entity changes itself, and the ids that it has."""
    state.apply(entity_id, [PutDesire(desire=DesireValue(text="A pot of marmalade"))], cause="for the test")
    goal, memory, desire = (model.objects.get(entity=entity_id).pk for model in (Goal, Memory, Desire))
    return [
        {"action": "UPDATE_MOOD", "mood": "curious", "intensity": 0.7, "emotions": {"anticipation": 0.6}},
        {"action": "UPDATE_APPEARANCE", "appearance": "Sleeves pushed up."},
        {"action": "UPDATE_ENVIRONMENT", "environment": "The attic."},
        {"action": "ADD_GOAL", "goal": "Find whose hand it is"},
        {"action": "UPDATE_GOAL", "goal": goal, "progress": 0.5},
        {"action": "REMOVE_GOAL", "goal": goal, "outcome": "completed", "reason": "All in order."},
        {"action": "ADD_DESIRE", "desire": "To hold the paper"},
        {"action": "REMOVE_DESIRE", "desire": desire, "outcome": "abandoned", "reason": "No matter."},
        {"action": "ADD_MEMORY", "content": "Noor found a letter."},
        {"action": "REFLECT", "text": "Noor is careful with old things."},
        {"action": "REMOVE_MEMORY", "memory": memory},
    ]


async def test_f1_every_action_is_a_typed_live_event_and_a_state_diff(
    conversation: Conversation, owner: User, headers: Headers
) -> None:
    planned = await sync_to_async(every_change)(conversation.entity_id)
    answer = plan(*planned, {"action": "SPEAK", "text": "So."}, {"action": "DONE"})
    with StubModel(answer=answer, pace=0.003) as stub:
        await sync_to_async(catalog.set_provider)("openai", "stub", stub.base_url, "key")
        async with socket(conversation, headers, "?after=0&format=json") as client:
            work = working(await send(conversation, owner))
            seen = await frames(client, is_kind("state.changed"))
            assert not work.done(), "what it changes is seen while it still acts"
            seen += await frames(client, is_kind("run.finished"))
            await work
    # Refuses what is not typed.
    lines = [LoggedEvent.from_wire(frame) for frame in seen if frame["kind"] != "text.delta"]
    started = {line.action: line.event.name for line in lines if line.event.kind == "action.started"}
    assert list(started.values()) == [each["action"] for each in planned]
    for action, name in started.items():
        told = {line.event.kind: line.event for line in lines if line.action == action}
        assert list(told) == ["action.started", "state.changed", "action.finished"], name
        changed = told["state.changed"]
        assert isinstance(changed, StateChanged)
        before, after = [
            await sync_to_async(state.state_at)(conversation.entity_id, number)
            for number in (changed.version - 1, changed.version)
        ]
        assert before.model_copy(update={"version": after.version}) != after, name
        assert fold(before, changed.changes).model_copy(update={"version": after.version}) == after, name
        back = fold(after, [inverse(change) for change in reversed(changed.changes)])
        assert back.model_copy(update={"version": before.version}) == before, f"{name} says what was there before"
        card = await sync_to_async(shown)(owner, conversation, action, lines[0].run)
        assert ("<ins>" in card or "<del>" in card) and f"v {changed.version - 1} → v {changed.version}" in card, name


def shown(owner: User, conversation: Conversation, action: str, run: str | None) -> str:
    """The card of an action, as the page shows it."""
    browser = Client()
    browser.force_login(owner)
    return browser.get(f"/c/{conversation.pk}/actions/{action}/?run={run}").content.decode()


@pytest.mark.parametrize("after", [0, 2])
async def test_who_joins_in_the_middle_gets_the_text_so_far_as_one_delta(
    conversation: Conversation, owner: User, headers: Headers, after: int
) -> None:
    with StubModel(answer="one two three four five six seven eight nine ten " * 15, pace=0.02) as stub:
        await sync_to_async(catalog.set_provider)("openai", "stub", stub.base_url, "key")
        run = await send(conversation, owner)
        work = working(run)
        async with socket(conversation, headers) as first:
            await frames(first, lambda frame: frame.get("offset", 0) > 40)
            async with socket(conversation, headers, f"?after={after}") as late:
                seen = await frames(late, is_kind("run.finished"))
        await work
    deltas = [frame for frame in seen if frame["kind"] == "text.delta"]
    assert deltas[0]["offset"] == 0 and len(deltas[0]["text"]) > 40
    assert "".join(delta["text"] for delta in deltas) == next(f["text"] for f in seen if f["kind"] == "text.finished")
    assert next(frame["seq"] for frame in seen if frame.get("seq")) == after + 1


async def test_who_comes_back_gets_exactly_what_was_missed(
    model: StubModel, conversation: Conversation, owner: User, headers: Headers
) -> None:
    await working(await send(conversation, owner))
    events = await sync_to_async(log.read)(conversation.pk)
    async with socket(conversation, headers, f"?after={events[4].seq}") as client:
        seen = await frames(client, is_kind("run.finished"))
        assert await client.receive_nothing(0.2)
    assert [frame["seq"] for frame in seen] == [event.seq for event in events[5:]]


async def test_lost_live_frames_are_made_up_from_the_log(
    model: StubModel, conversation: Conversation, owner: User, headers: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "CHECK_SECONDS", 0.3)
    monkeypatch.setattr(live, "publish", lambda *_frames: None)
    async with socket(conversation, headers) as client:
        await working(await send(conversation, owner))
        seen = await frames(client, is_kind("run.finished"))
    assert [frame["seq"] for frame in seen] == list(range(1, len(seen) + 1))


async def test_a_redis_that_hangs_only_delays_and_the_page_says_so(
    model: StubModel, conversation: Conversation, owner: User, headers: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "CHECK_SECONDS", 0.2)
    server = PrivateRedis.of(settings.MEMOS.redis_socket)
    async with socket(conversation, headers, "?format=html") as client:
        await frames(client, lambda frame: frame.get("notice") == "ready")
        server.poke(signal.SIGSTOP)
        try:
            await frames(client, lambda frame: frame.get("notice") == "delayed")
            await send(conversation, owner)
            assert "Hello." in (await frames(client, lambda frame: frame.get("seq") == 1))[-1]["html"]
        finally:
            server.poke(signal.SIGCONT)
        await frames(client, lambda frame: frame.get("notice") == "ready")


async def test_two_clients_see_the_same(
    model: StubModel, conversation: Conversation, owner: User, headers: Headers
) -> None:
    async with socket(conversation, headers) as one, socket(conversation, headers) as two:
        work = working(await send(conversation, owner))
        first, second = await asyncio.gather(*(frames(client, is_kind("run.finished")) for client in (one, two)))
        await work
    assert [f for f in first if "seq" in f] == [f for f in second if "seq" in f]


async def test_the_page_hears_of_what_begins_in_another_talk_of_the_person(
    conversation: Conversation, owner: User, headers: Headers
) -> None:
    async with socket(conversation, headers, "?after=0&format=html") as client:
        await frames(client, lambda frame: frame.get("notice") == "ready")
        other = await sync_to_async(runs.start_conversation)(owner, conversation.entity)
        await sync_to_async(runs.start)(other, Trigger(kind="timer", content="Water the plants.", at=timezone.now()))
        assert (await frames(client, lambda frame: "notice" in frame))[-1] == {"seq": None, "notice": "talks"}


async def test_the_page_hears_that_another_talk_was_read_and_not_that_its_own_was(
    conversation: Conversation, owner: User, headers: Headers
) -> None:
    other = await sync_to_async(runs.start_conversation)(owner, conversation.entity)
    for talk in (conversation, other):
        await send(talk, owner)

    def read(talk: Conversation) -> None:
        client = Client()
        client.force_login(owner)
        assert client.post(f"/c/{talk.pk}/read/", {"seq": 1}).status_code == 204

    async with socket(conversation, headers, "?after=1&format=html") as client:
        await frames(client, lambda frame: frame.get("notice") == "ready")
        await sync_to_async(read)(conversation)
        await sync_to_async(read)(other)
        await sync_to_async(read)(other)  # nothing new
        await sync_to_async(state.apply)(
            conversation.entity_id, [SetMood(mood=Mood(label="wistful", intensity=0.8))], cause="edited", author="noor"
        )
        heard = await frames(client, lambda frame: frame.get("notice") == "state")
        assert [frame["notice"] for frame in heard if "notice" in frame] == ["talks", "state"]


async def test_the_page_gets_html_and_the_notice_of_an_edit(
    conversation: Conversation, owner: User, headers: Headers
) -> None:
    async with socket(conversation, headers, "?after=0&format=html") as client:
        ready = await frames(client, lambda frame: frame.get("notice") == "ready")
        assert ready[-1]["seq"] == 0
        await send(conversation, owner, "Hello <b>you</b>.")
        (received,) = await frames(client, lambda frame: frame.get("seq") == 1)
        assert "Hello &lt;b&gt;you&lt;/b&gt;." in received["html"]
        mood = SetMood(mood=Mood(label="wistful", intensity=0.8))
        await sync_to_async(state.apply)(conversation.entity_id, [mood], cause="edited", author="noor")
        assert (await frames(client, lambda frame: "notice" in frame))[-1] == {
            "seq": None,
            "notice": "state",
            "version": 2,
        }


async def closed(communicator: WebsocketCommunicator) -> tuple[dict[str, Any], int]:
    """Return the error and the close code that a refused client gets."""
    error = json.loads(await communicator.receive_from(timeout=5))["error"]
    end = await communicator.receive_output(timeout=5)
    assert end["type"] == "websocket.close"
    return error, end["code"]


async def test_who_is_not_signed_in_is_told_so(conversation: Conversation) -> None:
    async with socket(conversation, [ORIGIN]) as client:
        error, code = await closed(client)
    assert (error["code"], code) == ("not_signed_in", 4401)


async def test_a_bad_token_is_no_way_in(conversation: Conversation) -> None:
    async with socket(conversation, [(b"authorization", b"Bearer memos_wrong")]) as client:
        assert (await closed(client))[1] == 4401


async def test_foreign_and_unknown_conversations_look_the_same(conversation: Conversation, stranger: User) -> None:
    _token, secret = await sync_to_async(ApiToken.make)(stranger, "test")
    headers = [(b"authorization", f"Bearer {secret}".encode())]
    answers = []
    for name in (str(conversation.pk), str(uuid4())):
        async with socket(name, headers) as client:
            answers.append(await closed(client))
    assert answers[0] == answers[1] and answers[0][1] == 4404


async def test_a_session_cookie_signs_in(conversation: Conversation, owner: User) -> None:
    browser = Client()
    await sync_to_async(browser.force_login)(owner)
    cookie = f"sessionid={browser.cookies['sessionid'].value}".encode()
    async with socket(conversation, [(b"cookie", cookie), ORIGIN], "?format=html") as client:
        assert (await frames(client, lambda frame: True))[0]["notice"] == "ready"


async def signed_in(browser: Client, owner: User) -> Headers:
    """A browser's headers after signing in."""
    await sync_to_async(browser.force_login)(owner)
    return [(b"cookie", f"sessionid={browser.cookies['sessionid'].value}".encode()), ORIGIN]


async def test_logout_closes_the_sockets_of_that_session_alone(conversation: Conversation, owner: User) -> None:
    here, there = Client(), Client()
    first, second = await signed_in(here, owner), await signed_in(there, owner)
    async with socket(conversation, first, HTML) as one, socket(conversation, second, HTML) as two:
        await asyncio.gather(*(frames(client, is_ready) for client in (one, two)))
        await sync_to_async(here.post)("/logout/", headers={"host": "localhost"})
        assert (await closed(one))[1] == 4401
        await two.send_to(text_data='{"type": "ping"}')
        assert json.loads(await two.receive_from()) == {"type": "pong"}


@pytest.mark.parametrize("change", [{"password": "x"}, {"is_active": False}])
async def test_a_new_password_or_a_deactivation_closes_the_sockets(
    conversation: Conversation, owner: User, change: dict[str, Any]
) -> None:
    headers = await signed_in(Client(), owner)
    async with socket(conversation, headers, HTML) as client:
        await frames(client, is_ready)
        for name, value in change.items():
            setattr(owner, name, value)
        await sync_to_async(owner.save)()
        assert (await closed(client))[1] == 4401


async def test_a_revoked_token_closes_its_socket(conversation: Conversation, owner: User, headers: Headers) -> None:
    async with socket(conversation, headers, HTML) as client:
        await frames(client, is_ready)
        await sync_to_async(ApiToken.objects.all().delete)()
        assert (await closed(client))[1] == 4401


async def test_another_site_is_refused_before_anything_else(conversation: Conversation) -> None:
    for origin in (b"http://evil.example", b"https://127.0.0.1:8000", b"http://127.0.0.1:8001", b"null"):
        path = f"/ws/conversations/{conversation.pk}/"
        communicator = WebsocketCommunicator(application, path, [(b"origin", origin)])
        connected, code = await communicator.connect()
        assert (connected, code) == (False, 1008)


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "99999999999999999999", "٣", ""])
async def test_a_cursor_that_is_no_number_is_an_error(conversation: Conversation, headers: Headers, after: str) -> None:
    async with socket(conversation, headers, f"?after={after or '%20'}") as client:
        error, code = await closed(client)
    assert (error["code"], error["field"], code) == ("invalid_cursor", "after", 1008)


async def test_a_cursor_from_the_future_means_resync(conversation: Conversation, headers: Headers) -> None:
    async with socket(conversation, headers, "?after=50") as client:
        assert json.loads(await client.receive_from()) == {"notice": "resync", "seq": 0}


@pytest.mark.parametrize(
    ("frame", "code"),
    [("{", "not_json"), ("[1]", "unknown_type"), ('"x"', "unknown_type"), ('{"type": "eval"}', "unknown_type"),
     ("[" * 60_000, "not_json"), (b"\x00\x01", "not_text")],
)  # fmt: skip
async def test_a_bad_frame_is_an_error_in_words_and_the_socket_lives(
    conversation: Conversation, headers: Headers, frame: str | bytes, code: str
) -> None:
    async with socket(conversation, headers) as client:
        await (client.send_to(bytes_data=frame) if isinstance(frame, bytes) else client.send_to(text_data=frame))
        assert json.loads(await client.receive_from())["error"]["code"] == code
        await client.send_to(text_data='{"type": "ping"}')
        assert json.loads(await client.receive_from()) == {"type": "pong"}


async def test_a_frame_that_is_too_big_ends_the_socket(conversation: Conversation, headers: Headers) -> None:
    async with socket(conversation, headers) as client:
        await client.send_to(text_data="x" * 65_537)
        error, code = await closed(client)
    assert (error["code"], code) == ("frame_too_big", 1009)


async def test_a_flood_of_frames_ends_the_socket(conversation: Conversation, headers: Headers) -> None:
    async with socket(conversation, headers) as client:
        for _ in range(60):
            await client.send_to(text_data='{"type": "ping"}')
        while "error" not in (frame := json.loads(await client.receive_from())):
            assert frame == {"type": "pong"}
        assert frame["error"]["code"] == "too_many_frames"
