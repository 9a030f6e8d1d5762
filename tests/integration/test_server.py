"""The web server's end: what is under way is answered, sockets are told to come back. A real process."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.stack import ROOT, free_port


class Server:
    """`memos_site.server` with an application that takes its time."""

    def __init__(self) -> None:
        self.port = free_port()
        options = ("-v", "0", "-p", str(self.port), "tests.slow_app:application")
        self.process = subprocess.Popen([sys.executable, "-m", "memos_site.server", *options], cwd=ROOT, env=os.environ)

    def wait(self) -> None:
        deadline = time.monotonic() + 20
        while True:
            try:
                assert httpx.get(self.url("0")).text == "begunended"
                return
            except httpx.TransportError:
                assert time.monotonic() < deadline
                time.sleep(0.05)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    def socket(self) -> "connect":
        return connect(f"ws://127.0.0.1:{self.port}/")


@pytest.fixture
def server() -> Iterator[Server]:
    new = Server()
    try:
        new.wait()
        yield new
    finally:
        new.process.kill()
        new.process.wait()


async def test_asked_to_stop_it_answers_what_is_under_way(server: Server) -> None:
    async with (
        httpx.AsyncClient() as client,
        client.stream("GET", server.url("1")) as answer,
        server.socket() as socket,
    ):
        server.process.terminate()
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 5)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1012
        with pytest.raises(httpx.ConnectError):
            await client.get(server.url("0"))
        assert await answer.aread() == b"begunended"
    assert await asyncio.to_thread(server.process.wait, 5) == 0


async def test_what_does_not_end_is_cut_in_time(server: Server) -> None:
    async with httpx.AsyncClient(timeout=20) as client, client.stream("GET", server.url("60")) as answer:
        began = time.monotonic()
        server.process.terminate()
        with pytest.raises(httpx.RemoteProtocolError):
            await answer.aread()
        assert await asyncio.to_thread(server.process.wait, 5) == 0
        assert 3 < time.monotonic() - began < 10


async def test_every_close_code_arrives(server: Server) -> None:
    for code in (1000, 1008, 1009, 4401):
        async with server.socket() as socket:
            await socket.send(str(code))
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == code
