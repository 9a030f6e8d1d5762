"""The spans of a run: the agent's, and below it one for each request to the model and each action that changes
something. The request that made the run is above them."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from opentelemetry.propagate import extract
from opentelemetry.sdk.trace.sampling import Sampler
from opentelemetry.trace import (
    Link,
    Span,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.util.types import AttributeValue

from agents.actions import registry
from agents.events import RunFinished
from agents.llm.gateway import CallRecord
from agents.observe import Subject
from memos_site.request_id import Ids
from memos_site.telemetry.content import content_of
from memos_site.telemetry.ids import RunIds, below_root
from memos_site.telemetry.instruments import Instruments

# What the conventions call the kinds of model servers, where they name them.
PROVIDERS: Final = {"google": "gcp.gemini"}

Attributes = dict[str, AttributeValue]


class RunSpans:
    """Watches one run."""

    def __init__(
        self, subject: Subject, tracer: Tracer, sampler: Sampler, measured: Instruments, *, with_content: bool
    ) -> None:
        self.tracer, self.measured, self.with_content = tracer, measured, with_content
        self.strategy = subject.strategy
        self.provider = PROVIDERS.get(subject.provider, subject.provider)
        self.span = tracer.start_span(
            f"invoke_agent {subject.name}",
            below_root(subject.run, sampler),
            attributes={
                "gen_ai.operation.name": "invoke_agent",
                "gen_ai.provider.name": self.provider,
                "gen_ai.agent.name": subject.name,
                "gen_ai.agent.id": subject.entity,
                "gen_ai.conversation.id": str(subject.conversation),
                "user.id": str(subject.user),
                "memos.run.id": str(subject.run),
                "memos.run.attempt": subject.attempt,
                "memos.run.strategy": subject.strategy,
            },
        )
        self.below = set_span_in_context(self.span)

    def asked(self, call: CallRecord, failure: str) -> None:
        """Make the span of a request that is over, and measure it."""
        shared: Attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": self.provider,
            "gen_ai.request.model": call.model,
        }
        attributes: Attributes = shared | {
            "gen_ai.usage.input_tokens": call.input_tokens,
            "gen_ai.usage.output_tokens": call.output_tokens,
            "memos.call.purpose": call.purpose,
            "memos.call.attempts": call.attempts,
        }
        if call.finish:
            attributes["gen_ai.response.finish_reasons"] = [call.finish]
        if call.first_ms is not None:
            attributes["gen_ai.response.time_to_first_chunk"] = call.first_ms / 1000
        if self.with_content:
            attributes |= content_of(call)
        began = _ns(call.started_at)
        span = self.tracer.start_span(
            f"chat {call.model}", self.below, SpanKind.CLIENT, attributes=attributes, start_time=began
        )
        _fail(span, failure, call.error)
        span.end(began + round(call.total_ms * 1e6))
        self._measure(call, shared, failure)

    def acted(self, name: str, id_: str, began: int, failure: str) -> None:
        """Make the span of an action that changes something; a thought or speech is in the request that wrote it."""
        action = registry.get(name)
        if action is None or action.is_text or name == "DONE":
            return
        attributes: Attributes = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": name,
            "gen_ai.tool.type": "function",
            "gen_ai.tool.description": action.description,
            "gen_ai.tool.call.id": id_,
        }
        span = self.tracer.start_span(f"execute_tool {name}", self.below, attributes=attributes, start_time=began)
        _fail(span, failure)
        span.end()

    def ended(self, finished: RunFinished | None) -> None:
        """End the agent's span."""
        status = "let_go" if finished is None else finished.status
        self.span.set_attribute("memos.run.status", status)
        if finished is not None:
            usage = finished.usage
            self.span.set_attribute("gen_ai.usage.input_tokens", usage.input_tokens)
            self.span.set_attribute("gen_ai.usage.output_tokens", usage.output_tokens)
            if status == "failed":
                _fail(self.span, finished.code or "failed", finished.reason)
            self.measured.run.record(usage.ms / 1000, {"memos.run.status": status, "memos.run.strategy": self.strategy})
        self.span.end()

    def _measure(self, call: CallRecord, shared: Attributes, failure: str) -> None:
        measured = self.measured
        measured.duration.record(call.total_ms / 1000, shared | ({"error.type": failure} if failure else {}))
        if call.first_ms is not None:
            measured.first.record(call.first_ms / 1000, shared)
        for kind, count in (("input", call.input_tokens), ("output", call.output_tokens)):
            if count:
                measured.tokens.record(count, shared | {"gen_ai.token.type": kind})


class RequestSpans:
    """Makes a span of each request that started a run: the first of the run's trace."""

    def __init__(self, tracer: Tracer, ids: RunIds) -> None:
        self.tracer, self.ids = tracer, ids

    def __call__(self, request: HttpRequest, response: HttpResponse, began: int, bound: Ids) -> None:
        """Make it, if a run was started."""
        if "run" not in bound:
            return
        route = request.resolver_match.route if request.resolver_match else ""
        attributes: Attributes = {
            "http.request.method": request.method or "",
            "http.route": f"/{route}",
            "http.response.status_code": response.status_code,
            "memos.request.id": bound["request"],
            "memos.run.id": bound["run"],
            **({"user.id": str(bound["user"])} if "user" in bound else {}),
        }
        # A trace that a proxy or a program began is linked: the run's own has the run's id.
        outer = get_current_span(extract({"traceparent": request.headers.get("traceparent", "")})).get_span_context()
        with self.ids.of(UUID(bound["run"])):
            span = self.tracer.start_span(
                f"{request.method} /{route}",
                kind=SpanKind.SERVER,
                attributes=attributes,
                links=[Link(outer)] if outer.is_valid else [],
                start_time=began,
            )
        span.end()


def _fail(span: Span, failure: str, words: str = "") -> None:
    if failure:
        span.set_attribute("error.type", failure)
        span.set_status(Status(StatusCode.ERROR, words))


def _ns(at: datetime) -> int:
    return round(at.timestamp() * 1e6) * 1000
