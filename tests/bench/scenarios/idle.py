"""What it takes to be there: memory of all processes, and the time to be ready."""

import time

from tests.bench import products
from tests.bench.bench import Bench
from tests.bench.figures import Figure

SETTLE_SECONDS = 3.0


def measure(bench: Bench) -> list[Figure]:
    """Return the memory after a fresh start, and the seconds of a warm start."""
    with products.memos(bench.model_port) as memos:
        memos.stack.stop()
        began = time.monotonic()
        memos.stack.start()
        ready = time.monotonic() - began
        time.sleep(SETTLE_SECONDS)
        size = products.memory(memos.pid)
    least = products.memory(bench.least.pid)
    return [
        Figure("idle", "all processes, MB PSS", (size,), (220.0,), least=(least,)),
        Figure("idle", "ready, warm, s", (ready,), (4.0,)),
    ]
