"""One long answer as fast as it can be."""

import statistics

from tests.bench.bench import Bench
from tests.bench.figures import Figure

TOKENS, TIMES = 2_000, 5
TARGET = (10_000.0,)


def measure(bench: Bench) -> list[Figure]:
    """Return tokens a second, from the model's first token to the last one at the client; the median of five."""
    bench.answer([f"token{number} " for number in range(TOKENS)])
    least: tuple[float, ...] = ()
    figures = []
    for product, dialect, strategy in bench.products():
        found = bench.talk(product, dialect, strategy, messages=TIMES, skip=1)
        times = [message.streamed for message in found.messages]
        values = (TOKENS / statistics.median(times) * 1000 if times else 0.0,)
        if dialect == "least":
            least = values
        else:
            name = f"{dialect}, {strategy}: tokens/s"
            figures.append(Figure("tokens", name, values, TARGET, at_least=True, least=least))
    return figures
