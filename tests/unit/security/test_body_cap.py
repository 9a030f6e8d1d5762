import json

import pytest

from memos_site.body_cap import BodyCap


async def reader(scope, receive, send):
    """An application that reads the whole body and answers with its length."""
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


async def ask(chunks, path="/c/", declared=None, kind="http", app=reader):
    """Send a body in chunks through a cap of 10 bytes; return what was answered and how many chunks were taken."""
    headers = [] if declared is None else [(b"content-length", declared)]
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": "http.request", "body": b"", "more_body": False})
    sent, taken = [], 0

    async def receive():
        nonlocal taken
        taken += 1
        return messages[taken - 1]

    async def send(message):
        sent.append(message)

    await BodyCap(app, 10)({"type": kind, "path": path, "headers": headers}, receive, send)
    return sent, taken


async def test_a_body_within_the_cap_passes():
    sent, _ = await ask([b"12345", b"67890"], declared=b"10")
    assert (sent[0]["status"], sent[1]["body"]) == (200, b"10")


async def test_a_declared_body_is_refused_before_a_byte_is_read():
    sent, taken = await ask([b"x" * 11], declared=b"11")
    assert (sent[0]["status"], taken) == (413, 0)


@pytest.mark.parametrize("declared", [None, b"3", b"nonsense", b"-1"])
async def test_a_body_that_grows_too_big_is_refused_while_it_arrives(declared):
    sent, taken = await ask([b"x" * 6] * 1000, declared=declared)
    assert (sent[0]["status"], taken) == (413, 2)


async def test_the_api_is_told_in_json():
    sent, _ = await ask([b"x" * 11], path="/api/v1/conversations")
    error = json.loads(sent[1]["body"])["error"]
    assert (error["code"], error["field"]) == ("body_too_big", None)


async def test_people_are_told_in_a_page():
    sent, _ = await ask([b"x" * 11])
    assert b"That is too big" in sent[1]["body"]
    assert (b"x-content-type-options", b"nosniff") in sent[0]["headers"]


async def test_an_answer_that_has_begun_is_left_alone():
    async def early(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await reader(scope, receive, send)

    sent, _ = await ask([b"x" * 11], app=early)
    assert [message["type"] for message in sent] == ["http.response.start"]


async def test_sockets_pass():
    async def socket(scope, receive, send):
        await send({"type": "websocket.accept"})

    sent, _ = await ask([], kind="websocket", declared=b"99", app=socket)
    assert sent == [{"type": "websocket.accept"}]
