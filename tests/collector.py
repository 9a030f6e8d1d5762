"""A collector of OpenTelemetry's protocol over HTTP, which keeps what it is sent."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector:
    """Keeps spans and metrics, each with the attributes of who sent it. While `answers` is not set it takes
    connections and requests, and never answers; `hanging` counts those."""

    def __init__(self) -> None:
        self.spans: list[tuple[dict[str, Any], Span]] = []
        self.metrics: list[tuple[dict[str, Any], Metric]] = []
        self.answers, self.hanging = threading.Event(), 0
        self.answers.set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not collector.answers.is_set():
                    collector.hanging += 1
                    collector.answers.wait(60)
                    return
                collector.take(self.path, body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing: the test says what matters."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.answers.set()
        self.server.shutdown()
        self.server.server_close()

    def take(self, path: str, body: bytes) -> None:
        """Keep what one request brings."""
        if path == "/v1/traces":
            for traces in ExportTraceServiceRequest.FromString(body).resource_spans:
                who = attributes(traces.resource.attributes)
                self.spans += [(who, span) for scope in traces.scope_spans for span in scope.spans]
        elif path == "/v1/metrics":
            for metrics in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                who = attributes(metrics.resource.attributes)
                self.metrics += [(who, metric) for scope in metrics.scope_metrics for metric in scope.metrics]

    def trace(self, run: str) -> list[Span]:
        """Return the spans of a run's trace, in the order of their beginnings."""
        id_ = bytes.fromhex(run.replace("-", ""))
        found = [span for _, span in list(self.spans) if span.trace_id == id_]
        return sorted(found, key=lambda span: span.start_time_unix_nano)

    def latest(self, name: str) -> Metric | None:
        """Return the metric as it was sent last."""
        return next((metric for _, metric in reversed(list(self.metrics)) if metric.name == name), None)


def attributes(pairs: Any) -> dict[str, Any]:
    """Return attributes as a dict."""
    return {pair.key: _value(pair.value) for pair in pairs if isinstance(pair, KeyValue)}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    return getattr(value, str(kind)) if kind else None
