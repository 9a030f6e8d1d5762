"""A message's way: when it passes each place of the product, in milliseconds after the POST was sent.

The places are the failpoints, which here write down when they are passed. That costs some hundredths of a millisecond
each, so that the sum is a little more than `latency` finds.
"""

import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.bench import products
from tests.bench.bench import Bench
from tests.bench.figures import Figure, spread

MESSAGES, WARM_UP = 50, 8
CLIENTS = (("browser", "inline"), ("api", "reactive"))


def measure(bench: Bench) -> list[Figure]:
    """Return median and 99th percentile of the moment at which a message is first at each place."""
    figures = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        trace = Path(folder) / "trace"
        env = {"MEMOS_TESTING": "1", "MEMOS_FAILPOINT": f"trace:{trace}"}
        with products.memos(bench.model_port, **env) as memos:
            for dialect, strategy in CLIENTS:
                bench.answer([f"word{number} " for number in range(12)])
                trace.write_text("")
                bench.talk(memos, dialect, strategy, messages=MESSAGES, skip=WARM_UP)
                moments = {int(number): each for number, each in bench.model.call("asked").items()}
                places = _places(bench.said, moments, trace.read_text())
                figures += [Figure("profile", f"{dialect}, {strategy}: {name}, ms", values) for name, values in places]
    return figures


def _places(
    said: list[dict[str, Any]], moments: dict[int, tuple[float, float]], trace: str
) -> list[tuple[str, tuple[float, ...]]]:
    """Return each place with its moments after the POST, in the order of the medians."""
    hits = [(float(at), name) for at, name in (line.split() for line in trace.splitlines())]
    found: dict[str, list[float]] = defaultdict(list)
    for message in said:
        arrived, written = moments[message["number"]]
        first = {"the model's request has come": arrived, "the model's first token": written}
        first |= {"acknowledged": message["stored"], "the client's first frame": message["first"]}
        first |= {"the run has ended, at the client": message["ended"]}
        for at, name in hits:
            if message["sent"] <= at <= message["ended"]:
                first.setdefault(name, at)
        for name, at in first.items():
            found[name].append((at - message["sent"]) * 1000)
    return sorted(((name, spread(times)) for name, times in found.items()), key=lambda place: place[1][0])
