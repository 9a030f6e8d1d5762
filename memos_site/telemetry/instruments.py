"""What is measured, by the names and buckets of OpenTelemetry's conventions; what they lack begins with memos."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import Error, connection
from opentelemetry.metrics import CallbackOptions, Histogram, Meter, Observation

from interactions import leases

# The conventions give these, in seconds and in tokens.
SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
FIRST = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0]
TOKENS = [4.0**power for power in range(14)]


@dataclass(frozen=True, slots=True)
class Instruments:
    """The histograms of a worker."""

    duration: Histogram
    tokens: Histogram
    first: Histogram
    run: Histogram


def instruments(meter: Meter) -> Instruments:
    """Make them."""
    new = meter.create_histogram
    return Instruments(
        new(
            "gen_ai.client.operation.duration",
            "s",
            "GenAI operation duration.",
            explicit_bucket_boundaries_advisory=SECONDS,
        ),
        new(
            "gen_ai.client.token.usage",
            "{token}",
            "Number of input and output tokens used.",
            explicit_bucket_boundaries_advisory=TOKENS,
        ),
        new(
            "gen_ai.client.operation.time_to_first_chunk",
            "s",
            "Time to receive the first chunk.",
            explicit_bucket_boundaries_advisory=FIRST,
        ),
        new(
            "memos.run.duration",
            "s",
            "Wall time of a run in the worker that ended it.",
            explicit_bucket_boundaries_advisory=SECONDS,
        ),
    )


def count_waiting(meter: Meter) -> None:
    """Measure how many runs wait for a worker. The web does it: it is alive when no worker is."""
    meter.create_observable_gauge(
        "memos.runs.waiting", [_waiting], "{run}", "Runs that a worker could begin now, and that none has."
    )


def _waiting(_: CallbackOptions) -> Iterable[Observation]:
    try:
        yield Observation(leases.waiting().count())
    except Error:
        return
    finally:
        connection.close()
