"""Pages of large accounts beside the same pages of small ones: queries, and the time over real HTTP."""

import statistics
from dataclasses import dataclass
from typing import Any

from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.rpc import Remote

SMALL = {"entities": 5, "conversations": 50, "messages": 50}
LARGE = {
    "10,000 messages": {**SMALL, "messages": 10_000},
    "1,000 conversations": {**SMALL, "conversations": 1_000},
    "200 entities": {**SMALL, "entities": 200},
}
PAGES = {
    "home": "/",
    "home, live part": "/home/live/",
    "chat": "/c/{latest}/",
    "chat, list": "/c/{latest}/list/",
    "chat, older": "/c/{latest}/older/?before=90",
    "chat, state": "/c/{latest}/state/",
    "timeline": "/c/{latest}/timeline/",
    "new talk": "/c/new/",
    "API, conversations": "/api/v1/conversations?limit=50",
    "API, entities": "/api/v1/entities?limit=5",
    "API, events": "/api/v1/conversations/{latest}/events?limit=100",
}
QUERIES, RATIO = 12.0, 1.2
TIMES = 40


@dataclass(frozen=True, slots=True)
class Account:
    """An account with its pages."""

    name: str
    headers: dict[str, str]
    paths: list[str]

    @classmethod
    def make(cls, seed: Remote, name: str, sizes: dict[str, int]) -> "Account":
        """Return a new account of these sizes."""
        made: dict[str, Any] = seed.call("account", name=name, **sizes)
        headers = {"Cookie": made["cookie"], "Accept-Encoding": "gzip"}
        return cls(name, headers, [path.format(latest=made["latest"]) for path in PAGES.values()])

    def requests(self) -> list[dict[str, Any]]:
        """Return one request per page."""
        return [{"path": path, "headers": self.headers} for path in self.paths]


def measure(bench: Bench) -> list[Figure]:
    """Return queries and the ratio of times, for each page and each way to be large."""
    stack = bench.memos.stack
    figures = []
    with Remote("tests.bench.seed", env={**stack.env, "REDIS_URL": stack.redis_url}) as seed:
        small = Account.make(seed, "small", SMALL)
        for number, (words, sizes) in enumerate(LARGE.items()):
            large = Account.make(seed, f"large{number}", sizes)
            requests = [each for pair in zip(small.requests(), large.requests(), strict=True) for each in pair]
            seconds = bench.client.call("get", port=bench.memos.port, requests=requests, times=TIMES)
            queries = seed.call("queries", name=large.name, paths=large.paths)
            for place, page in enumerate(PAGES):
                before, after = (statistics.median(each) * 1000 for each in seconds[2 * place : 2 * place + 2])
                figures.append(Figure("pages", f"{words}: {page}: queries", (float(queries[place]),), (QUERIES,)))
                name = f"{words}: {page}: {before:.1f} to {after:.1f} ms, times"
                figures.append(Figure("pages", f"{words}: {page}: times", (after / before,), (RATIO,)))
                bench.remarks.append(name.removesuffix(", times"))
        bench.remarks += seed.call("violations")
    return figures
