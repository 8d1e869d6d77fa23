"""Spans for OpenTelemetry; imported only when tracing is on, since it needs the `otel` extra.

The SDK reads its standard variables by itself: `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_SERVICE_NAME`,
`OTEL_TRACES_SAMPLER` and the rest (opentelemetry.io, SDK configuration, November 2026).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from grokgate.chassis.calls import TRACEPARENT
from grokgate.chassis.tracing import Span, SpanKind, Tracing

_KINDS = {SpanKind.SERVER: trace.SpanKind.SERVER, SpanKind.CLIENT: trace.SpanKind.CLIENT}
_PROPAGATOR = TraceContextTextMapPropagator()


class RecordedSpan(Span):
    """A span of OpenTelemetry's."""

    __slots__ = ("_span",)

    def __init__(self, span: trace.Span) -> None:
        super().__init__(_traceparent(span))
        self._span = span

    def rename(self, name: str) -> None:
        """Call it by what was learnt since it began."""
        self._span.update_name(name)

    def note(self, attribute: str, value: str | int) -> None:
        """Add an attribute."""
        self._span.set_attribute(attribute, value)

    def fail(self, error_type: str) -> None:
        """Mark it as failed; `error.type` says why."""
        self._span.set_attribute("error.type", error_type)
        self._span.set_status(trace.StatusCode.ERROR)


class OpenTelemetryTracing(Tracing):
    """Records spans with a provider; a request without a trace begins one."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("grokgate")

    @contextmanager
    def span(self, name: str, kind: SpanKind, traceparent: str) -> Iterator[Span]:
        """A span for the length of a `with` block, under that of the caller."""
        parent = _PROPAGATOR.extract({TRACEPARENT: traceparent}, Context())
        span = self._tracer.start_span(name, parent, _KINDS[kind])
        try:
            yield RecordedSpan(span)
        finally:
            span.end()

    def stop(self) -> None:
        """Send what is recorded; may block for seconds."""
        self._provider.shutdown()


def exporting_tracing() -> OpenTelemetryTracing:
    """Tracing that sends its spans by OTLP over HTTP, in the background."""
    resource = Resource({"service.name": "grokgate"}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return OpenTelemetryTracing(provider)


def _traceparent(span: trace.Span) -> str:
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier, trace.set_span_in_context(span))
    return carrier.get(TRACEPARENT, "")
