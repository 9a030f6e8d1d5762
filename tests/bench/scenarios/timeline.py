"""The timeline of a conversation with a million events beside one with a thousand."""

import statistics

from tests.bench.bench import Bench
from tests.bench.figures import Figure, spread
from tests.bench.rpc import Remote

FEW, MANY = 1_000, 1_000_000
LIMIT_MS, TIMES = 100.0, 20
# Each with a place in the middle of the talk.
PAGES = {
    "newest window": "/c/{pk}/timeline/",
    "window at an event": "/c/{pk}/timeline/?at={middle}",
    "an earlier window": "/c/{pk}/timeline/?from={middle}",
    "one kind": "/c/{pk}/timeline/?kind=run.started",
    "words that are nowhere": "/c/{pk}/timeline/?q=nowhere",
    "state at an event": "/c/{pk}/events/{middle}/state/",
    "replay": "/c/{pk}/replay/?from={middle}",
    "replay, frames": "/c/{pk}/replay/frames/?after={middle}",
}


def measure(bench: Bench) -> list[Figure]:
    """Return the median and the 99th percentile of each page in ms, and their queries, in the database's process."""
    stack = bench.memos.stack
    figures = []
    with Remote("tests.bench.seed", env={**stack.env, "REDIS_URL": stack.redis_url}) as seed:
        seconds: dict[int, list[list[float]]] = {}
        for count in (FEW, MANY):
            name = f"timeline{count}"
            pk = seed.call("many_events", name=name, count=count)
            paths = [path.format(pk=pk, middle=count // 2 + 1) for path in PAGES.values()]
            seconds[count] = seed.call("timed", name=name, paths=paths, times=TIMES)
            queries = seed.call("queries", name=name, paths=paths)
        for page, few, many, asked in zip(PAGES, seconds[FEW], seconds[MANY], queries, strict=True):
            values = tuple(value * 1000 for value in spread(many))
            figures.append(Figure("timeline", f"{MANY:,} events, {page}: ms", values, (LIMIT_MS, None)))
            figures.append(Figure("timeline", f"{MANY:,} events, {page}: queries", (float(asked),), (12.0,)))
            bench.remarks.append(f"{FEW:,} events, {page}: {statistics.median(few) * 1000:.1f} ms")
    return figures
