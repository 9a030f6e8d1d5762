"""`python -m tests.bench [NAME …] [--times N]`: run scenarios and print the table."""

import argparse
import os
import platform
import time
from pathlib import Path

from tests.bench import bench, products
from tests.bench.figures import Figure, say, table
from tests.bench.scenarios import ON_REQUEST, SCENARIOS


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{', '.join(SCENARIOS)}; by default all but install and profile."
    )
    parser.add_argument("--times", type=int, default=2, help="How often all of it is run.")
    parser.add_argument(
        "--clients", type=pairs, default=bench.CLIENTS, help="Such as api:reactive,browser:inline; all when left out."
    )
    parser.add_argument("--spread", type=float, default=1.0, help="Seconds over which many chats begin; 0: at once.")
    parser.add_argument("--minutes", type=float, help="How long the idle sockets are held.")
    parsed = parser.parse_args()
    if unknown := set(parsed.names) - set(SCENARIOS):
        parser.error(f"There is no scenario {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}.")
    return parsed


def pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Return `api:reactive,browser:inline` as pairs."""
    found = [pair.partition(":") for pair in text.split(",")]
    if any(dialect not in ("api", "browser") or strategy not in products.ENTITIES for dialect, _, strategy in found):
        raise argparse.ArgumentTypeError("pairs of api or browser, and reactive or inline")
    return tuple((dialect, strategy) for dialect, _, strategy in found)


def header() -> list[str]:
    """Return on what it was measured."""
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    cpu = model[0].partition(":")[2].strip() if model else platform.processor()
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return [
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores ({cpu}), Python {platform.python_version()}, "
        f"{products.database()}, load average {load}",
        "Values are single, or median / 99th percentile. Time added: POST to the model's request, plus the model's",
        "first token to the client's first frame of speech.",
    ]


def one_run(names: list[str], options: bench.Options) -> tuple[list[Figure], list[str]]:
    """Return the figures of all scenarios, and what is to be said about them."""
    figures: list[Figure] = []
    with bench.started(options) as run:
        for name in names:
            say(f"… {name}")
            figures += SCENARIOS[name](run)
        return figures, run.remarks


def main() -> None:
    """Run, and print the table. Falling short of a target is printed, and no failure."""
    parsed = arguments()
    options = bench.Options(frozenset(parsed.names), parsed.clients, parsed.minutes, parsed.spread)
    lines = header()
    runs, remarks = [], []
    for _time in range(parsed.times):
        figures, said = one_run(parsed.names or [name for name in SCENARIOS if name not in ON_REQUEST], options)
        runs.append(figures)
        remarks += said
    say()
    for line in [*lines, "", *table(runs), "", *dict.fromkeys(remarks)]:
        say(line)


if __name__ == "__main__":
    main()
