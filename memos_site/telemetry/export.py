"""Sets up OpenTelemetry's SDK: batches, made and sent in threads of their own, so that no run waits for a collector.
What a collector that is down does not take is dropped when the queue is full."""

import atexit
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from agents import observe
from memos_site import request_id
from memos_site.env import Env
from memos_site.telemetry.ids import RunIds, RunSampler
from memos_site.telemetry.instruments import count_waiting, instruments
from memos_site.telemetry.spans import RequestSpans, RunSpans
from memos_site.version import VERSION

# Seconds that the end of a process may be put off by what is still to be sent.
FLUSH: Final = 2.0


@dataclass(slots=True)
class _Running:
    traces: TracerProvider
    metrics: MeterProvider


_running: list[_Running] = []


def begin(role: str, env: Env) -> None:
    """Set it up, once in a process. The SDK reads the other OTEL_ variables itself."""
    if _running:
        return
    resource = Resource.create(
        {
            "service.name": env.otel_service_name,
            "service.version": VERSION,
            "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
            "memos.role": role,
        }
    )
    base, ids = env.otel_endpoint.rstrip("/"), RunIds()
    traces = TracerProvider(resource=resource, id_generator=ids, shutdown_on_exit=False)
    traces.sampler = RunSampler(traces.sampler)
    traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{base}/v1/traces")))
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(endpoint=f"{base}/v1/metrics"))
    metrics = MeterProvider([reader], resource, shutdown_on_exit=False)
    _running.append(_Running(traces, metrics))
    atexit.register(end)
    tracer, meter = traces.get_tracer("memos", VERSION), metrics.get_meter("memos", VERSION)
    if role == "web":
        request_id.watchers.append(RequestSpans(tracer, ids))
        count_waiting(meter)
    else:
        measured = instruments(meter)
        observe.watch_runs(
            partial(RunSpans, tracer=tracer, sampler=traces.sampler, measured=measured, with_content=env.otel_content)
        )


def end() -> None:
    """Send what is left, for two seconds at most."""
    while _running:
        running = _running.pop()
        ways: list[Callable[..., object]] = [running.traces.shutdown, running.metrics.shutdown]
        threads = [threading.Thread(target=way, daemon=True) for way in ways]
        for thread in threads:
            thread.start()
        until = time.monotonic() + FLUSH
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
