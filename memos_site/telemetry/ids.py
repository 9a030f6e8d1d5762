"""The ids of a run's trace follow from the run's id, so that the web process and the workers need tell each other
nothing: the doorbell stays a doorbell, and whoever knows a run finds its trace."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import blake2b
from uuid import UUID

from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, TraceFlags, set_span_in_context
from opentelemetry.trace.span import TraceState
from opentelemetry.util.types import Attributes

_MASK = (1 << 64) - 1
_fixed: ContextVar[UUID | None] = ContextVar("fixed", default=None)


def trace_id(run: UUID) -> int:
    """Return the id of the run's trace: its own, without the dashes."""
    return run.int


def root_id(run: UUID) -> int:
    """Return the id of the trace's first span, the request that made the run."""
    return int.from_bytes(blake2b(run.bytes, digest_size=8).digest()) or 1


class RunIds(RandomIdGenerator):
    """Random ids, but for the first span of a run's trace."""

    @contextmanager
    def of(self, run: UUID) -> Iterator[None]:
        """The span that starts inside is the first of this run's trace."""
        token = _fixed.set(run)
        try:
            yield
        finally:
            _fixed.reset(token)

    def generate_trace_id(self) -> int:
        """Return the run's, or a random one."""
        run = _fixed.get()
        return super().generate_trace_id() if run is None else trace_id(run)

    def generate_span_id(self) -> int:
        """Return the run's, or a random one."""
        run = _fixed.get()
        return super().generate_span_id() if run is None else root_id(run)


class RunSampler(Sampler):
    """Asks `inner` with the halves of the trace id exchanged. Samplers by ratio look at the lower half, whose highest
    bits are the same in every UUID: they would take all runs or none."""

    def __init__(self, inner: Sampler) -> None:
        self.inner = inner

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Return what `inner` says."""
        exchanged = (trace_id >> 64) | ((trace_id & _MASK) << 64)
        return self.inner.should_sample(parent_context, exchanged, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        """Say which sampler it is."""
        return f"RunSampler({self.inner.get_description()})"


def below_root(run: UUID, sampler: Sampler) -> Context:
    """Return the context of a span below the first one of the run's trace, which another process has made: sampled
    if that one was, which follows from the id."""
    id_ = trace_id(run)
    is_sampled = sampler.should_sample(None, id_, "").decision is Decision.RECORD_AND_SAMPLE
    flags = TraceFlags(TraceFlags.SAMPLED if is_sampled else TraceFlags.DEFAULT)
    return set_span_in_context(NonRecordingSpan(SpanContext(id_, root_id(run), is_remote=True, trace_flags=flags)))
