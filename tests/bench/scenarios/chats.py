"""Many chats at once: the first token's delay, and what it takes of the machine."""

from tests.bench.bench import Bench, Round
from tests.bench.figures import Figure

TOKENS, PACE = 200, 1 / 30
HUNDRED, CROWD = 100, 500


def measure_hundred(bench: Bench) -> list[Figure]:
    """Return the figures of a hundred chats at once."""
    return _measure(bench, "chats", HUNDRED, (20.0, 150.0), (6.0,))


def measure_crowd(bench: Bench) -> list[Figure]:
    """Return the figures of five hundred: all must end well, whatever the delay."""
    return _measure(bench, "crowd", CROWD, (), ())


def _measure(
    bench: Bench, scenario: str, chats: int, added: tuple[float | None, ...], cpu: tuple[float | None, ...]
) -> list[Figure]:
    least: Round | None = None
    figures: list[Figure] = []
    # Two of the four pairs of client and strategy: each of these rounds takes its time.
    for product, dialect, strategy in list(bench.products())[:3]:
        bench.answer([f"w{number} " for number in range(TOKENS)])
        bench.talk(product, dialect, strategy, messages=2)
        bench.answer([f"w{number} " for number in range(TOKENS)], PACE)
        found = bench.talk(product, dialect, strategy, chats=chats, within=300, spread=bench.options.spread)
        if least is None:
            least = found
            continue
        name = f"{chats} chats, {dialect}, {strategy}"
        figures.append(Figure(scenario, f"{name}: failed", (float(len(found.errors)),), (0.0,)))
        if found.messages and least.messages:
            figures.append(Figure(scenario, f"{name}: added, ms", found.added(), added, least=least.added()))
        figures.append(Figure(scenario, f"{name}: CPU, s", (found.cpu,), cpu, least=(least.cpu,)))
    return figures
