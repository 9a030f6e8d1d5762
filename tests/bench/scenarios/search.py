"""Search over a million messages: rare and common words, whole and begun, one of them found nowhere."""

from tests.bench.bench import Bench
from tests.bench.figures import Figure, spread
from tests.bench.rpc import Remote

MESSAGES = 1_000_000
# What is asked: a word that few messages have, one that all have, two of them, the beginning of one, one of nobody's.
ASKED = ("keeper77777", "letters", "letters keeper77777", "keeper777", "le", "zebra")
LIMIT_MS, TIMES = 50.0, 20


def measure(bench: Bench) -> list[Figure]:
    """Return the median and the 99th percentile of each search, in ms, in the database's own process."""
    stack = bench.memos.stack
    figures = []
    with Remote("tests.bench.seed", env={**stack.env, "REDIS_URL": stack.redis_url}) as seed:
        seed.call("many_messages", name="reader", count=MESSAGES)
        for words in ASKED:
            seconds = seed.call("search", name="reader", words=words, times=TIMES)
            values = tuple(value * 1000 for value in spread(seconds))
            figures.append(Figure("search", f"{MESSAGES:,} messages, “{words}”: ms", values, (LIMIT_MS, None)))
    return figures
