"""Secrets and sockets over real processes: what is scanned here is what an operator and an attacker could see."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.stack import Stack
from tests.stub_model import StubModel

pytestmark = pytest.mark.timeout(120)

KEY = "sk-proj-Kq7wZx2mNv9pTy4bRd6h"  # of the environment; the server refuses it and repeats it
TYPED = "typed-Lm5nBv8cXz1aSd3fGh6j"  # entered on the settings page
SECRET = "installation-Uy7tRe4wQa9sDf2gHj5kLz8xCv1bNm3qWe6rTy0u"
ACCOUNTS = """
from django.contrib.auth.models import User
from agents import state
from agents.models import Entity
from interactions import runs
from interactions.models import ApiToken
for name in ("noor", "wren"):
    person = User.objects.create_superuser(name, password="secret-of-" + name)
    entity = state.create(Entity(owner=person, slug=name, name=name.title(), persona="Reads."), [])
    print("MADE", name, runs.start_conversation(person, entity).pk, ApiToken.make(person, "t")[1])
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The product as talkative as it can be, with a model server that refuses its key and repeats it."""
    folder = tmp_path_factory.mktemp("secrets") / "data"
    with StubModel(key="another-key") as model:
        own = {"MEMOS_MODEL": "openai:stub-1", "OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": KEY}
        with Stack(folder, MEMOS_DEBUG="1", MEMOS_LOG_LEVEL="DEBUG", MEMOS_SECRET_KEY=SECRET, **own) as running:
            yield running


@pytest.fixture(scope="module")
def people(stack: Stack) -> dict[str, tuple[str, str]]:
    """Conversation and token of each person."""
    made = re.findall(r"MADE (\w+) (\S+) (\S+)", stack.manage("shell", "-v", "0", "-c", ACCOUNTS))
    return {name: (talk, token) for name, talk, token in made}


def sign_in(stack: Stack, name: str) -> httpx.Client:
    client = httpx.Client(base_url=stack.url, timeout=20, follow_redirects=True)
    client.get("/login/")
    post(client, "/login/", username=name, password=f"secret-of-{name}")
    assert "sessionid" in client.cookies
    return client


def post(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    fields["csrfmiddlewaretoken"] = client.cookies["csrftoken"]
    return client.post(path, data=fields, headers={"origin": str(client.base_url).rstrip("/")})


@contextmanager
def socket(stack: Stack, talk: str, client: httpx.Client) -> Iterator[ClientConnection]:
    """An open page's socket, caught up."""
    cookie = f"sessionid={client.cookies['sessionid']}"
    address = f"{stack.websocket_url}/ws/conversations/{talk}/?format=html"
    with connect(address, origin=Origin(stack.url), additional_headers={"Cookie": cookie}) as line:
        while '"ready"' not in str(line.recv(timeout=15)):
            pass
        yield line


def seconds_until_closed(line: ClientConnection, limit: float) -> float:
    began = time.monotonic()
    try:
        while True:
            line.recv(timeout=limit - (time.monotonic() - began))
    except ConnectionClosed as closed:
        assert closed.rcvd is not None and closed.rcvd.code == 4401
        return time.monotonic() - began


def lives(line: ClientConnection) -> bool:
    line.send('{"type": "ping"}')
    while '"pong"' not in (said := str(line.recv(timeout=15))):
        assert '"error"' not in said
    return True


@pytest.mark.parametrize("is_redis_there", [True, False], ids=["told", "while Redis hangs"])
def test_a_logout_closes_ones_sockets_within_five_seconds(
    stack: Stack, people: dict[str, tuple[str, str]], is_redis_there: bool
) -> None:
    noor, wren = sign_in(stack, "noor"), sign_in(stack, "wren")
    with (
        socket(stack, people["noor"][0], noor) as mine,
        socket(stack, people["wren"][0], wren) as theirs,
    ):
        if not is_redis_there:
            stack.kill("redis", signal.SIGSTOP)
        try:
            post(noor, "/logout/")
            assert seconds_until_closed(mine, 15) < 5
        finally:
            if not is_redis_there:
                stack.kill("redis", signal.SIGCONT)
        assert lives(theirs)


def command_lines(stack: Stack) -> str:
    """What `ps` shows of all processes of the stack."""
    root = psutil.Process(stack.processes["supervisor"])
    pids = [str(process.pid) for process in (root, *root.children(recursive=True))]
    done = subprocess.run(["ps", "-ww", "-o", "args", "-p", ",".join(pids)], capture_output=True, text=True, check=True)
    return done.stdout


def until_ended(program: httpx.Client, talk: str, run: str) -> str:
    """The log of the talk once the run has ended."""
    deadline = time.monotonic() + 30
    while True:
        answer = program.get(f"/conversations/{talk}/events", params={"limit": 500})
        if any(line["kind"] == "run.finished" and line["run"] == run for line in answer.json()["items"]):
            return answer.text
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)


def test_no_secret_is_to_be_seen_anywhere(stack: Stack, people: dict[str, tuple[str, str]]) -> None:
    talk, token = people["noor"]
    api: dict[str, Any] = {"base_url": f"{stack.url}/api/v1", "headers": {"Authorization": f"Bearer {token}"}}
    seen: dict[str, str] = {}
    noor = sign_in(stack, "noor")
    with httpx.Client(timeout=20, **api) as program:
        for attempt in ("by the environment", "by the settings"):
            sent = program.post(f"/conversations/{talk}/messages", json={"text": f"Hello {attempt}."}).json()
            seen[f"events {attempt}"] = until_ended(program, talk, sent["run"])
            seen[f"run {attempt}"] = program.post(f"/runs/{sent['run']}/cancel").text
            address = httpx.URL(stack.env["OPENAI_BASE_URL"])
            fields = {"kind": "openai", "model": "stub-1", "base_url": str(address), "key": TYPED}
            seen[f"test {attempt}"] = post(noor, "/settings/models/test/", **fields).text
            seen[f"save {attempt}"] = post(noor, "/settings/models/", **fields).text
    assert "The key was refused" in seen["events by the environment"], "the test provokes what it looks for"
    assert "The key was refused" in seen["test by the environment"]
    pages = (
        "/",
        f"/c/{talk}/",
        f"/c/{talk}/timeline/",
        "/account/",
        "/settings/models/",
        "/nothing-here/",
        "/api/v1/docs",
    )
    tables = (
        "agents/provider",
        "agents/modelcall",
        "interactions/eventrecord",
        "interactions/run",
        "interactions/apitoken",
    )
    for path in (*pages, "/admin/agents/provider/1/change/", *(f"/admin/{table}/" for table in tables)):
        seen[path] = noor.get(path).text
    for number in re.findall(r"/admin/agents/modelcall/(\d+)/change/", seen["/admin/agents/modelcall/"]):
        seen[f"call {number}"] = noor.get(f"/admin/agents/modelcall/{number}/change/").text
    assert any(path.startswith("call") for path in seen), "the admin shows the calls that failed"
    seen["processes.json"] = (stack.data_dir / "processes.json").read_text()
    seen["ps"] = command_lines(stack)
    seen["log"] = stack.log
    assert "DEBUG" in seen["log"] and "daphne" in seen["ps"] and "celery" in seen["ps"]
    secrets = (KEY, KEY[3:], TYPED, SECRET, token, noor.cookies["sessionid"], "secret-of-noor", "another-key")
    leaks = [(where, secret) for where, text in seen.items() for secret in secrets if secret in text]
    assert leaks == []
    assert not any(key.encode() in database.read_bytes() for key in (TYPED, SECRET) for database in databases(stack))


def databases(stack: Stack) -> list[Path]:
    """The database's files."""
    return list(stack.data_dir.glob("memos.sqlite3*"))
