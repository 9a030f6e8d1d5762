"""The scenarios, one file each: `measure(bench)` returns its figures."""

from collections.abc import Callable

from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.scenarios import (
    chats,
    idle,
    install,
    latency,
    pages,
    profile,
    search,
    sockets,
    state,
    timeline,
    tokens,
    weight,
)

SCENARIOS: dict[str, Callable[[Bench], list[Figure]]] = {
    "latency": latency.measure,
    "tokens": tokens.measure,
    "chats": chats.measure_hundred,
    "crowd": chats.measure_crowd,
    "idle": idle.measure,
    "weight": weight.measure,
    "pages": pages.measure,
    "search": search.measure,
    "sockets": sockets.measure,
    "state": state.measure,
    "timeline": timeline.measure,
    "install": install.measure,
    "profile": profile.measure,
}

# What is run only when it is asked for by name.
ON_REQUEST = frozenset({"install", "profile", "search", "timeline"})
