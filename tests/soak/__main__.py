"""Run a soak: `python -m tests.soak --minutes 20 --seed 7`; on PostgreSQL with DATABASE=postgresql in the environment.

Prints a summary and exits with 1, and the seed, when anything was lost, doubled or out of order.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.faults.crashing_postgres import CrashingPostgres
from tests.soak.judge import judge
from tests.soak.mischief import do, schedule
from tests.soak.person import Person
from tests.soak.scene import MAKE_PEOPLE, Scene
from tests.stub_model import StubModel
from tests.system import System, SystemFailed

# Seconds after the last fault until every run has ended.
DRAIN = 90.0
ENV = {"MEMOS_LEASE_SECONDS": "4", "MEMOS_RUN_SECONDS": "40", "MEMOS_SWEEP_SECONDS": "1", "MEMOS_LOG_LEVEL": "WARNING"}


class Crowd:
    """The people, in a loop and a thread of their own."""

    def __init__(self, seed: int, url: str, tokens: list[str]) -> None:
        self.loop = asyncio.new_event_loop()
        self.people: list[Person] = []
        self._thread = threading.Thread(target=self.loop.run_forever, name="people", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._come(seed, url, tokens), self.loop).result(10)

    async def _come(self, seed: int, url: str, tokens: list[str]) -> None:
        self.people = [Person(number, seed, url, token) for number, token in enumerate(tokens)]
        self._lives = [asyncio.create_task(person.live()) for person in self.people]

    def leave(self, seconds: float) -> list[str]:
        """Let them finish what they do; return complaints of those who could not."""
        return asyncio.run_coroutine_threadsafe(self._leave(seconds), self.loop).result(seconds + 30)

    async def _leave(self, seconds: float) -> list[str]:
        for person in self.people:
            person.leaving.set()
        deadline = time.monotonic() + seconds
        done, late = await asyncio.wait(self._lives, timeout=seconds)
        complaints = [f"a person broke: {task.exception()!r}" for task in done if task.exception()]
        complaints += ["a person waited in vain for an answer" for _ in late]
        while not all(person.is_settled() for person in self.people) and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        await asyncio.sleep(1)  # nothing more may come
        for task in (*late, *(talk.task for person in self.people for talk in person.talks if talk.task)):
            task.cancel()
        return complaints


def soak(options: argparse.Namespace, stack: ExitStack) -> Iterator[str]:
    """Run it and yield what was wrong."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
    postgres = stack.enter_context(CrashingPostgres()) if options.database == "postgresql" else None
    model = stack.enter_context(StubModel(pace=0.02))
    system = stack.enter_context(System(folder, model.port, database_url=postgres.url if postgres else "", env=ENV))
    tokens = json.loads(system.manage("shell", "-v", "0", "-c", MAKE_PEOPLE.format(count=options.people)))
    faults = schedule(options.seed, options.minutes * 60, options.every, postgres=postgres is not None)
    scene, crowd, began = Scene(system, model, postgres), Crowd(options.seed, system.url, tokens), time.monotonic()
    for fault in faults:
        time.sleep(max(0.0, began + fault.at - time.monotonic()))
        say(f"{time.monotonic() - began:6.0f} s  {fault.kind} for {fault.seconds:.1f} s")
        do(scene, fault)
    time.sleep(max(0.0, began + options.minutes * 60 - time.monotonic()))
    system.mend()
    ended = time.monotonic()
    yield from crowd.leave(DRAIN)
    say(f"all was quiet {time.monotonic() - ended:.0f} s after the last fault")
    for person in crowd.people:
        yield from person.complaints
        yield from judge(person)
    try:
        system.check()
    except SystemFailed as error:
        yield str(error)
    Path("build").mkdir(exist_ok=True)
    Path("build/soak.log").write_text(system.log)
    summarize(crowd.people, Counter(fault.kind for fault in faults))


def summarize(people: list[Person], faults: "Counter[str]") -> None:
    """Print what there was."""
    talks = [talk for person in people for talk in person.talks]
    sent = [message for talk in talks for message in talk.sent]
    ends = Counter(end["status"] for talk in talks for end in talk.ends.values())
    codes = Counter(end["code"] for talk in talks for end in talk.ends.values() if end["status"] == "failed")
    acknowledged = sorted(m.acknowledged_at - m.asked_at for m in sent if m.acknowledged_at)
    ended = sorted(m.ended_at - m.acknowledged_at for m in sent if m.ended_at and m.acknowledged_at)
    say(f"{len(people)} people, {len(talks)} conversations, {len(sent)} messages")
    say("runs: " + ", ".join(f"{count} {status}" for status, count in ends.most_common()))
    say("failed: " + (", ".join(f"{count} {code}" for code, count in codes.most_common()) or "none"))
    say("faults: " + ", ".join(f"{count} {kind}" for kind, count in faults.most_common()))
    for what, times in (("acknowledged", acknowledged), ("answered", ended)):
        if times:
            middle, late, worst = times[len(times) // 2], times[len(times) * 99 // 100], times[-1]
            say(f"{what}: p50 {middle:.2f} s, p99 {late:.2f} s, worst {worst:.1f} s")


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Read the options, run, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--seed", type=int, default=0, help="0: a new one")
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--every", type=float, default=10, help="seconds between two faults")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default=os.environ.get("DATABASE") or "sqlite")
    options = parser.parse_args()
    options.seed = options.seed or random.SystemRandom().randrange(1, 2**31)
    say(f"seed {options.seed}, {options.minutes:g} minutes on {options.database}")
    with ExitStack() as stack:
        wrong = list(soak(options, stack))
    for line in wrong[:50]:
        say(f"WRONG: {line}")
    verdict = f"{len(wrong)} things were wrong" if wrong else "nothing lost, doubled or out of order"
    say(f"seed {options.seed}: {verdict}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
