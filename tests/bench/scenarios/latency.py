"""One user, one message after another: what is added on the way to the model and back."""

from tests.bench.bench import Bench, Round
from tests.bench.figures import Figure, spread

MESSAGES, WARM_UP = 50, 8
TARGET = (12.0, 40.0)


def measure(bench: Bench) -> list[Figure]:
    """Return the time added, p50 / p99 in ms, and its two parts."""
    bench.answer([f"word{number} " for number in range(12)])
    least = None
    figures: list[Figure] = []
    for product, dialect, strategy in bench.products():
        found = bench.talk(product, dialect, strategy, messages=MESSAGES, skip=WARM_UP)
        if least is None:
            least = found
        else:
            figures += _figures(f"{dialect}, {strategy}", found, least)
    return figures


def _figures(name: str, found: Round, least: Round) -> list[Figure]:
    if not found.messages:
        return [Figure("latency", f"{name}: failed", (float(len(found.errors)),), (0.0,))]
    up, down = spread(each.up for each in found.messages), spread(each.down for each in found.messages)
    least_up, least_down = spread(each.up for each in least.messages), spread(each.down for each in least.messages)
    return [
        Figure("latency", f"{name}: added, ms", found.added(), TARGET, least=least.added()),
        Figure("latency", f"{name}:   POST to model", up, least=least_up),
        Figure("latency", f"{name}:   model to first frame", down, least=least_down),
    ]
