import pytest

from memos_site.websocket_origin import WebSocketOrigin, normal

ALLOWED = ["https://memos.example.org", "http://localhost:8000", "http://[::1]:8000"]


async def passes(*headers):
    """Whether a handshake with these headers reaches the application."""
    reached = []

    async def app(scope, receive, send):
        reached.append(True)

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        assert message == {"type": "websocket.close", "code": 1008}

    await WebSocketOrigin(app, ALLOWED)({"type": "websocket", "headers": list(headers)}, receive, send)
    return bool(reached)


@pytest.mark.parametrize(
    "origin",
    [
        b"https://memos.example.org",
        b"https://memos.example.org:443",
        b"HTTPS://MEMOS.example.org",
        b"http://localhost:8000",
        b"http://[::1]:8000",
    ],
)
async def test_our_own_pages_may(origin):
    assert await passes((b"origin", origin))


@pytest.mark.parametrize(
    "origin",
    [
        b"http://memos.example.org",
        b"https://memos.example.org:8443",
        b"https://memos.example.org.evil.example",
        b"https://evil.example",
        b"http://localhost:8001",
        b"http://localhost",
        b"null",
        b"",
        b"https://",
        b"http://[::1",
        b"https://memos.example.org:port",
        b"\xff\xfe",
    ],
)
async def test_pages_of_others_may_not(origin):
    assert not await passes((b"origin", origin))


async def test_without_an_origin_only_with_a_token():
    assert not await passes()
    assert not await passes((b"authorization", b"Basic x"))
    assert await passes((b"authorization", b"Bearer memos_x"))


async def test_a_token_does_not_rescue_a_foreign_origin():
    assert not await passes((b"origin", b"https://evil.example"), (b"authorization", b"Bearer memos_x"))


async def test_two_origins_are_none():
    assert not await passes((b"origin", b"http://localhost:8000"), (b"origin", b"https://evil.example"))


async def test_http_passes():
    reached = []

    async def app(scope, receive, send):
        reached.append(scope["type"])

    await WebSocketOrigin(app, ALLOWED)({"type": "http", "headers": []}, None, None)  # type: ignore[arg-type]
    assert reached == ["http"]


def test_ports_are_filled_in():
    assert normal("https://a.example") == ("https", "a.example", 443)
    assert normal("ftp://a.example") is None
