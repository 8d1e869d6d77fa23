"""Spans: handed on when nobody records, and what OpenTelemetry gets when it does."""

from contextlib import suppress

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from grokgate.chassis.open_telemetry import OpenTelemetryTracing, exporting_tracing
from grokgate.chassis.tracing import UNTRACED, SpanKind

TRACE_ID, PARENT_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACE = f"00-{TRACE_ID}-{PARENT_ID}-01"


def recording() -> tuple[OpenTelemetryTracing, InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return OpenTelemetryTracing(provider), exporter


@pytest.mark.parametrize("traceparent", ["", TRACE])
def test_without_tracing_a_trace_is_handed_on_and_none_is_invented(traceparent: str) -> None:
    with UNTRACED.span("GET", SpanKind.SERVER, traceparent) as span:
        span.rename("GET /")
        span.note("http.route", "/")
        span.fail("500")
        assert span.traceparent == traceparent


def test_a_span_stands_between_the_caller_and_the_next_service() -> None:
    tracing, exporter = recording()
    with tracing.span("GET", SpanKind.CLIENT, TRACE) as span:
        span.rename("GET /")
        span.note("http.route", "/")
        told = span.traceparent
    [finished] = exporter.get_finished_spans()
    assert finished.name == "GET /"
    assert finished.kind.name == "CLIENT"
    assert finished.attributes == {"http.route": "/"}
    assert finished.parent is not None
    assert f"{finished.parent.span_id:016x}" == PARENT_ID
    assert told == f"00-{TRACE_ID}-{finished.context.span_id:016x}-01"
    assert finished.status.status_code is StatusCode.UNSET


def test_a_span_without_a_caller_begins_a_trace_and_says_why_it_failed() -> None:
    tracing, exporter = recording()
    with suppress(ValueError), tracing.span("x", SpanKind.SERVER, "") as span:
        span.fail("timeout")
        raise ValueError
    [finished] = exporter.get_finished_spans()
    assert finished.parent is None
    assert finished.attributes == {"error.type": "timeout"}
    assert finished.status.status_code is StatusCode.ERROR


def test_the_service_is_named_unless_the_environment_names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert _service_name() == "grokgate"
    monkeypatch.setenv("OTEL_SERVICE_NAME", "mine")
    assert _service_name() == "mine"


def _service_name() -> object:
    tracing = exporting_tracing()
    tracing.stop()
    return tracing._provider.resource.attributes["service.name"]
