"""`make bench`: what MemOS adds to a message, measured on the real processes with a stub model server.

The stub answers at once, so all time that passes is ours: from the POST to the model's request (up), and from the
model's first byte to the client's first frame of speech (down). Milliseconds; other machines give other figures.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.plain_client import PlainClient, frames, is_finished
from tests.stack import Stack
from tests.stub_model import StubModel

MESSAGES = 50
FAST_TOKENS = 2_000
CHATS = 100


class Clock:
    """The stub's answers, with the moment each request came."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.speech = "A short answer in a few words."

    def __call__(self, request: dict[str, Any]) -> str:
        self.asked.append(time.perf_counter())
        if "can_extend" not in str(request["messages"][0]):
            return self.speech
        return json.dumps({"reasoning": "", "actions": [{"action": "SPEAK", "text": self.speech}, {"action": "DONE"}]})


@contextmanager
def running(model: StubModel, strategy: str) -> Iterator[tuple[Stack, PlainClient]]:
    """The product with one strategy, and a signed-in client."""
    with tempfile.TemporaryDirectory() as folder:
        env = {
            "MEMOS_MODEL": "openai:stub", "OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "k",
            "MEMOS_STRATEGY": strategy, "MEMOS_MESSAGES_PER_MINUTE": "100000",
        }  # fmt: skip
        with (
            Stack(Path(folder) / "data", **env) as stack,
            PlainClient(stack.url, stack.manage("create_token", "admin").strip()) as client,
        ):
            yield stack, client


async def one_message(client: PlainClient, clock: Clock, conversation: str, socket: Any) -> tuple[float, float]:
    """Send one message and return (up, down) in milliseconds."""
    clock.asked.clear()
    posted = time.perf_counter()
    sending = asyncio.get_running_loop().run_in_executor(None, client.say, conversation, "Hello.")
    first = 0.0
    async for frame in frames(socket):
        if not first and frame.get("kind") == "text.delta" and not frame["is_thought"]:
            first = time.perf_counter()
        if is_finished(frame):
            break
    await sending
    return (clock.asked[0] - posted) * 1000, (first - clock.asked[0]) * 1000


async def one_user(client: PlainClient, clock: Clock) -> list[tuple[float, float]]:
    """Fifty messages, one after another; the first three only warm up."""
    conversation = client.start()
    async with client.socket(conversation) as socket:
        found = [await one_message(client, clock, conversation, socket) for _ in range(MESSAGES + 3)]
    return found[3:]


async def fast_text(client: PlainClient, clock: Clock) -> float:
    """Tokens a second of one long answer, from the model's first byte to the client's last frame."""
    clock.speech = " ".join(f"token{n}" for n in range(FAST_TOKENS))
    conversation = client.start()
    async with client.socket(conversation) as socket:
        await asyncio.get_running_loop().run_in_executor(None, client.say, conversation, "Go on.")
        async for frame in frames(socket):
            if frame.get("kind") == "text.finished" and not frame["is_thought"]:
                break
    return FAST_TOKENS / (time.perf_counter() - clock.asked[-1])


async def one_chat(client: PlainClient, conversation: str) -> float:
    """One of many chats: milliseconds from the POST to the first frame of speech."""
    async with client.socket(conversation) as socket:
        posted = time.perf_counter()
        await asyncio.get_running_loop().run_in_executor(None, client.say, conversation, "Hello.")
        first = 0.0
        async for frame in frames(socket):
            if not first and frame.get("kind") == "text.delta" and not frame["is_thought"]:
                first = time.perf_counter()
            if is_finished(frame):
                assert frame["status"] == "finished", frame
                return (first - posted) * 1000
    raise AssertionError("the socket closed before the answer was complete")


async def many_chats(client: PlainClient) -> list[float]:
    """A hundred chats at once."""
    conversations = [client.start() for _ in range(CHATS)]
    return list(await asyncio.gather(*(one_chat(client, conversation) for conversation in conversations)))


def cpu_seconds(stack: Stack) -> float:
    """CPU time of all processes so far."""
    times = [psutil.Process(pid).cpu_times() for pid in set(stack.processes.values())]
    return float(sum(time.user + time.system for time in times))


def memory(stack: Stack) -> float:
    """Proportional set size of all processes, in MB."""
    sizes = [psutil.Process(pid).memory_full_info().pss for pid in set(stack.processes.values())]
    return float(sum(sizes)) / 1e6


def spread(values: list[float]) -> str:
    """Median and 99th percentile."""
    ordered = sorted(values)
    last = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"{statistics.median(ordered):7.1f} {last:7.1f}"


def say(line: str) -> None:
    """Print a line of the table."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Print the table."""
    clock = Clock()
    say(f"{'':34} p50     p99")
    with StubModel(answer=clock) as model:
        for strategy in ("reactive", "inline"):
            with running(model, strategy) as (stack, client):
                idle = memory(stack)
                found = asyncio.run(one_user(client, clock))
                say(f"{strategy}: POST to model, ms         {spread([up for up, _down in found])}")
                say(f"{strategy}: model to first frame, ms  {spread([down for _up, down in found])}")
                say(f"{strategy}: both, ms                  {spread([up + down for up, down in found])}")
                say(f"{strategy}: 2,000 tokens, tokens/s    {asyncio.run(fast_text(client, clock)):9.0f}")
                clock.speech = "A short answer in a few words."
                say(f"idle, all processes, MB PSS       {idle:9.0f}")
                began = time.perf_counter()
                stack.restart()
                say(f"ready again, warm, s              {time.perf_counter() - began:9.1f}")
    with StubModel(answer="word " * 200, pace=1 / 30) as model, running(model, "reactive") as (stack, client):
        before = cpu_seconds(stack)
        say(f"100 chats: POST to first frame, ms {spread(asyncio.run(many_chats(client)))}")
        say(f"100 chats: CPU, s                 {cpu_seconds(stack) - before:9.1f}")


if __name__ == "__main__":
    main()
