"""WebSocket frames: binary, no JSON, deep, unknown, too big, too many. A typed error or a close; the server lives."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from interactions.models import Conversation
from tests.bad_input.nasty import raw_texts, values
from tests.integration.test_consumers import Headers, closed, fresh_hub, headers, is_ready, socket
from tests.integration.test_consumers import frames as frames_of
from tests.plain_client import PlainClient
from tests.stack import Stack

__all__ = ["fresh_hub", "headers"]  # fixtures

DEEP = "[" * 32_000
OBJECTS = st.dictionaries(st.sampled_from(["type", "seq", "x"]), values() | st.just("ping"), max_size=3)
FRAMES = (
    OBJECTS.map(json.dumps)
    | raw_texts()
    | st.binary(max_size=50)
    | st.sampled_from(['{"type":"ping","type":"eval"}', '{"type":"\\ud800"}', DEEP, '{"type":' + "9" * 5_000 + "}"])
)


async def alive(client: WebsocketCommunicator) -> bool:
    await client.send_to(text_data='{"type": "ping"}')
    return bool(json.loads(await client.receive_from(timeout=5)) == {"type": "pong"})


@pytest.mark.django_db(transaction=True)
def test_websocket_frames_of_any_kind_get_a_typed_answer(conversation: Conversation, headers: Headers) -> None:
    @settings(max_examples=25)
    @given(sent=st.lists(FRAMES, min_size=1, max_size=20))
    def send(sent: list[str | bytes]) -> None:
        asyncio.run(exchange(sent))

    async def exchange(sent: list[str | bytes]) -> None:
        from interactions import hub

        try:
            async with socket(conversation, headers) as other, socket(conversation, headers) as client:
                for frame in sent:
                    kind = "bytes" if isinstance(frame, bytes) else "text"
                    await client.send_input({"type": "websocket.receive", kind: frame})
                    answer = json.loads(await client.receive_from(timeout=5))
                    assert answer == {"type": "pong"} or set(answer["error"]) == {"code", "message", "field"}
                assert await alive(client) and await alive(other)
        finally:
            await hub.close()

    send()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("big", ["x" * 65_537, "€" * 22_000, b"x" * 65_537], ids=["text", "bytes of text", "binary"])
async def test_websocket_frames_over_64_kb_end_the_socket(
    conversation: Conversation, headers: Headers, big: str | bytes
) -> None:
    async with socket(conversation, headers, "?after=0") as other:
        async with socket(conversation, headers) as client:
            await (client.send_to(bytes_data=big) if isinstance(big, bytes) else client.send_to(text_data=big))
            error, code = await closed(client)
            assert (error["code"], code) == ("frame_too_big", 1009)
        assert await alive(other)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Real processes: Daphne reads the frames."""
    with Stack(tmp_path_factory.mktemp("frames") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def talk(stack: Stack) -> tuple[PlainClient, str]:
    found = stack.manage("create_token", "admin").split()[-1]
    client = PlainClient(stack.url, found)
    return client, client.start()


async def until_closed(socket: Any) -> int:
    """Read the socket to its end and return the code it was closed with."""
    try:
        async with asyncio.timeout(20):
            while True:
                await socket.recv()
    except ConnectionClosed as end:
        return end.rcvd.code if end.rcvd else 1006


def raw_frame(opcode: int, size: int, sent: int) -> bytes:
    """Return a masked frame that announces `size` bytes and brings `sent` of them."""
    head = bytes([0x80 | opcode, 0x80 | 127]) + size.to_bytes(8, "big") + b"\0\0\0\0"
    return head + b"x" * sent


async def test_websocket_frames_do_not_disturb_the_real_server(stack: Stack, talk: tuple[PlainClient, str]) -> None:
    client, name = talk
    web = stack.pid("web")
    async with client.socket(name) as other:
        for hostile, code in (("x" * 70_000, 1009), (b"\0" * 70_000, 1009), ("x" * 3_000_000, 1006)):
            async with client.socket(name) as socket:
                with suppress(ConnectionClosed):
                    await socket.send(hostile)
                assert await until_closed(socket) == code
        async with client.socket(name) as socket:  # announced only: it must not be waited for
            socket.transport.write(raw_frame(1, 2**40, 100))
            assert await until_closed(socket) in (1009, 1006)
        async with client.socket(name) as socket:  # endless fragments of one message

            async def pieces() -> Any:
                for _ in range(2_000):
                    yield "x" * 60_000

            with suppress(ConnectionClosed):
                await socket.send(pieces())
            assert await until_closed(socket) in (1009, 1006)
        async with client.socket(name) as socket:  # a flood
            with suppress(ConnectionClosed):
                for _ in range(5_000):
                    await socket.send('{"type": "ping"}')
            assert await until_closed(socket) == 1008
        async with client.socket(name) as socket:  # bytes that are no UTF-8 in a text frame
            socket.transport.write(bytes([0x81, 0x82, 0, 0, 0, 0, 0xFF, 0xFE]))
            assert await until_closed(socket) in (1007, 1006)
        await other.send('{"type": "ping"}')
        async with asyncio.timeout(10):
            while json.loads(await other.recv()) != {"type": "pong"}:
                pass
    assert stack.pid("web") == web
    assert "Traceback" not in stack.log, stack.log[-3_000:]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "query",
    ["after=-1", "after=x", "after=1.5", "after=" + "9" * 400, "after=%D9%A3", "after=1e3", "after=%00", "after=+1",
     "after=0x1", "after=1&after=x", "after=%ff", "after[]=1&after=-0", "after=true", "after=null"],
)  # fmt: skip
async def test_resume_cursor_that_is_none_is_refused(conversation: Conversation, headers: Headers, query: str) -> None:
    async with socket(conversation, headers, f"?{query}") as client:
        error, code = await closed(client)
    assert (error["code"], error["field"], code) == ("invalid_cursor", "after", 1008)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("query", ["after=9", "after=9007199254740991", "after=x&after=9", "after=0009"])
async def test_resume_cursor_from_the_future_means_resync(
    conversation: Conversation, headers: Headers, query: str
) -> None:
    async with socket(conversation, headers, f"?{query}&format=html") as client:
        seen = await frames_of(client, is_ready)
    assert {"notice": "resync", "seq": 0} in seen


@pytest.mark.django_db(transaction=True)
def test_resume_cursor_of_any_text_is_refused_or_resumes(conversation: Conversation, headers: Headers) -> None:
    from urllib.parse import urlencode

    @settings(max_examples=30)
    @given(
        cursors=st.lists(raw_texts().map(lambda text: text.encode("utf-8", "surrogatepass")), min_size=1, max_size=3)
    )
    def connect_with(cursors: list[bytes]) -> None:
        asyncio.run(exchange(urlencode([("after", cursor) for cursor in cursors])))

    async def exchange(query: str) -> None:
        from interactions import hub

        try:
            async with socket(conversation, headers, f"?{query}&format=html") as client:
                first = json.loads(await client.receive_from(timeout=5))
                assert first.get("notice") or first["error"]["code"] == "invalid_cursor"
        finally:
            await hub.close()

    connect_with()
