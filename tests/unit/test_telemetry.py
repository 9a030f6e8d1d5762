"""How the ids of a trace follow from a run, what is sampled, and what of a prompt is told."""

import json
import random
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

from agents.events import RunFinished
from agents.llm.gateway import CallRecord
from agents.observe import Subject
from memos_site.telemetry.ids import RunIds, RunSampler, below_root
from memos_site.telemetry.instruments import instruments
from memos_site.telemetry.spans import RunSpans

PROMPT = [{"role": "system", "content": "You are Ottilie."}, {"role": "user", "content": "A heron!"}]
CALL = CallRecord(
    "inline", "stub", json.dumps(PROMPT), "Whose?", 12, 3, "stop", timezone.now(), 40.0, 250.0, 1, ""
)  # fmt: skip


@pytest.fixture
def kept() -> Iterator[InMemorySpanExporter]:
    yield InMemorySpanExporter()


def watcher(kept: InMemorySpanExporter, *, with_content: bool = False) -> RunSpans:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    measured = instruments(MeterProvider(shutdown_on_exit=False).get_meter("memos"))
    subject = Subject(uuid4(), 1, uuid4(), 1, "ottilie", "Ottilie", "inline", "google")
    return RunSpans(subject, provider.get_tracer("memos"), provider.sampler, measured, with_content=with_content)


def spans(kept: InMemorySpanExporter) -> dict[str, Any]:
    return {span.name: span for span in kept.get_finished_spans()}


def test_without_leave_nothing_of_the_prompt_is_told(kept: InMemorySpanExporter) -> None:
    watcher(kept).asked(CALL, "")
    assert "heron" not in str(spans(kept)["chat stub"].attributes)


def test_with_leave_it_has_the_form_of_the_conventions(kept: InMemorySpanExporter) -> None:
    watcher(kept, with_content=True).asked(CALL, "")
    told = spans(kept)["chat stub"].attributes
    assert json.loads(told["gen_ai.system_instructions"]) == [{"type": "text", "content": "You are Ottilie."}]
    assert json.loads(told["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "A heron!"}]}
    ]
    assert json.loads(told["gen_ai.output.messages"]) == [
        {"role": "assistant", "parts": [{"type": "text", "content": "Whose?"}], "finish_reason": "stop"}
    ]


def test_a_request_lies_where_it_was(kept: InMemorySpanExporter) -> None:
    watcher(kept).asked(CALL, "")
    span = spans(kept)["chat stub"]
    assert span.start_time == pytest.approx(CALL.started_at.timestamp() * 1e9, abs=2_000)
    assert span.end_time - span.start_time == 250_000_000
    assert span.attributes["gen_ai.provider.name"] == "gcp.gemini"


def test_thoughts_and_speech_are_no_tools(kept: InMemorySpanExporter) -> None:
    watching = watcher(kept)
    for name in ("THINK", "SPEAK", "DONE", "UNHEARD_OF", "ADD_GOAL"):
        watching.acted(name, "a1", 1, "")
    assert list(spans(kept)) == ["execute_tool ADD_GOAL"]


@pytest.mark.parametrize("status", ["finished", "cancelled", "failed", None])
def test_how_a_run_ended(kept: InMemorySpanExporter, status: Any) -> None:
    watcher(kept).ended(RunFinished(status=status, code="model_error") if status else None)
    span = spans(kept)["invoke_agent Ottilie"]
    assert span.attributes["memos.run.status"] == (status or "let_go")
    assert ("error.type" in span.attributes, span.status.is_ok) == (status == "failed", status != "failed")


def test_both_processes_come_to_the_same_ids() -> None:
    run, ids = UUID("00000000-0000-4000-8000-00000000beef"), RunIds()
    tracer = TracerProvider(id_generator=ids, shutdown_on_exit=False).get_tracer("web")
    with ids.of(run):
        root = tracer.start_span("POST").get_span_context()
    other = TracerProvider(shutdown_on_exit=False)
    agent: Any = other.get_tracer("worker").start_span("agent", below_root(run, other.sampler))
    assert f"{root.trace_id:032x}" == run.hex == f"{agent.get_span_context().trace_id:032x}"
    assert agent.parent.span_id == root.span_id != agent.get_span_context().span_id
    assert tracer.start_span("next").get_span_context().trace_id != root.trace_id


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_a_share_of_the_runs_is_sampled_the_same_in_both_processes(rate: float) -> None:
    shuffle = random.Random(7)
    ids, sampler = RunIds(), RunSampler(ParentBasedTraceIdRatio(rate))
    tracer = TracerProvider(sampler, id_generator=ids, shutdown_on_exit=False).get_tracer("memos")
    sampled = 0
    for _ in range(1_000):
        run = UUID(int=shuffle.getrandbits(128), version=4)
        with ids.of(run):
            root = tracer.start_span("POST").get_span_context()
        agent = tracer.start_span("agent", below_root(run, sampler)).get_span_context()
        assert root.trace_flags.sampled == agent.trace_flags.sampled
        sampled += root.trace_flags.sampled
    assert abs(sampled / 1_000 - rate) < 0.05
