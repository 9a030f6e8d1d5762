"""A state's history: what committing an action costs, and looking at any of 100,000 versions."""

from tests.bench import products
from tests.bench.bench import Bench
from tests.bench.figures import Figure, spread
from tests.bench.rpc import Remote

COMMITS, WARM_UP = 600, 50
VERSIONS, MEMORIES, LOOKS = 100_000, 1_000, 300
# Milliseconds at the median; what the slowest may take is not promised.
COMMIT = {"sqlite": 3.0, "postgresql": 2.0}
LOOK = 30.0


def measure(bench: Bench) -> list[Figure]:
    """Return the commit of an action (changes, events, cursor) and the state at any version, p50 / p99 in ms;
    beside the first what the least transaction takes, by the driver alone and in turn with it."""
    stack = bench.memos.stack
    with Remote("tests.bench.history", env={**stack.env, "REDIS_URL": stack.redis_url}) as history:
        commits, least = (times[WARM_UP:] for times in history.call("committed", times=COMMITS + WARM_UP))
        entity = history.call("long_life", versions=VERSIONS, memories=MEMORIES)
        looks = history.call("looked", entity=entity, times=LOOKS)
        if not history.call("adds_up", entity=entity):
            bench.remarks.append("the versions of the long life do not add up to its state")
    kind = "postgresql" if "postgresql" in products.database().lower() else "sqlite"
    return [
        Figure("state", "commit of an action, ms", _ms(commits), (COMMIT[kind], None), least=_ms(least)),
        Figure("state", f"state at any of {VERSIONS:,} versions, ms", _ms(looks), (LOOK, LOOK)),
    ]


def _ms(seconds: list[float]) -> tuple[float, ...]:
    return spread(each * 1000 for each in seconds)
