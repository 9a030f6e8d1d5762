"""A thousand sockets that only listen: what they take, and whether they still live."""

import time

from tests.bench import products
from tests.bench.bench import Bench
from tests.bench.figures import Figure

SOCKETS = 1_000
MINUTES, MINUTES_ASKED_FOR = 1.0, 10.0


def measure(bench: Bench) -> list[Figure]:
    """Return the memory that the sockets add, and how many are dead at the end: every one has to answer a ping."""
    minutes = bench.options.minutes or (MINUTES_ASKED_FOR if "sockets" in bench.options.asked_for else MINUTES)
    before = products.memory(bench.memos.pid)
    chats = bench.memos.chats("browser", "inline", SOCKETS)
    opened = bench.client.call("hold", port=bench.memos.port, chats=chats)
    time.sleep(5)
    added = products.memory(bench.memos.pid) - before
    time.sleep(minutes * 60)
    alive = bench.client.call("ping", within=30)
    why = bench.client.call("drop")
    if why:
        bench.remarks.append(f"{len(why)} sockets had ended, such as: {why[0]}")
    return [
        Figure("sockets", f"{opened:,} idle sockets: added, MB PSS", (added,), (150.0,)),
        Figure("sockets", f"{opened:,} idle sockets: dead after {minutes:g} min", (float(opened - alive),), (0.0,)),
    ]
