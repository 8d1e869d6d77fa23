"""What is measured and traced of upstream calls."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Histogram

from grokgate.chassis.clock import Clock
from grokgate.chassis.tracing import Span, SpanKind, Tracing
from grokgate.xai.errors import UpstreamError
from grokgate.xai.usage import Tokens

_UPSTREAM_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
_OVERHEAD_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5)


class Observer:
    """Observes the calls of a process."""

    def __init__(self, registry: CollectorRegistry, tracing: Tracing, clock: Clock) -> None:
        self._tracing = tracing
        self._clock = clock
        self._upstream = Histogram(
            "grokgate_upstream_seconds",
            "Seconds of an upstream call, retries included, by path and outcome.",
            ("path", "outcome"),
            registry=registry,
            buckets=_UPSTREAM_SECONDS,
        )
        self._overhead = Histogram(
            "grokgate_overhead_seconds",
            "Seconds that a call took beside its upstream call, by service.",
            ("service",),
            registry=registry,
            buckets=_OVERHEAD_SECONDS,
        )

    @contextmanager
    def call(self, service: str) -> Iterator["ObservedCall"]:
        """The length of a service's RPC, which has an overhead once upstream is done with it."""
        started_ms = self._clock.monotonic_ms()
        call = ObservedCall(self._upstream, self._tracing, self._clock)
        try:
            yield call
        finally:
            if call.upstream_ms is not None:
                elapsed_ms = self._clock.monotonic_ms() - started_ms
                overhead_s = (elapsed_ms - call.upstream_ms) / 1000
                self._overhead.labels(service).observe(overhead_s)


class ObservedCall:
    """One RPC; `upstream_ms` is set when its upstream call has ended."""

    def __init__(self, seconds: Histogram, tracing: Tracing, clock: Clock) -> None:
        self.upstream_ms: int | None = None
        self._seconds = seconds
        self._tracing = tracing
        self._clock = clock

    @contextmanager
    def upstream(
        self, path: str, *, operation: str, model: str, traceparent: str
    ) -> Iterator["UpstreamCall"]:
        """The length of the upstream call; its outcome is `answered`, `cut` or a reason.

        `operation` is a word of OpenTelemetry's GenAI conventions, such as `chat`; `model` is
        upstream's name; `traceparent` is the caller's.
        """
        started_ms = self._clock.monotonic_ms()
        with self._tracing.span(f"{operation} {model}", SpanKind.CLIENT, traceparent) as span:
            call = UpstreamCall(span, operation, model)
            try:
                yield call
            except UpstreamError as error:
                call.fail(error.error.reason.lower())
                raise
            except asyncio.CancelledError:
                call.fail("cut")
                raise
            except Exception:
                call.fail("internal_error")
                raise
            finally:
                self.upstream_ms = self._clock.monotonic_ms() - started_ms
                self._seconds.labels(path, call.outcome).observe(self.upstream_ms / 1000)


class UpstreamCall:
    """One upstream call under its span, in the words of OpenTelemetry's GenAI conventions."""

    def __init__(self, span: Span, operation: str, model: str) -> None:
        self.outcome = "answered"
        self.traceparent = span.traceparent
        self._span = span
        span.note("gen_ai.operation.name", operation)
        span.note("gen_ai.provider.name", "x_ai")
        span.note("gen_ai.request.model", model)

    def answered(self, upstream_id: str, tokens: Tokens | None = None) -> None:
        """Upstream answered."""
        self._span.note("gen_ai.response.id", upstream_id)
        if tokens is not None:
            self._span.note("gen_ai.usage.input_tokens", tokens.input_tokens)
            self._span.note("gen_ai.usage.output_tokens", tokens.output_tokens)

    def fail(self, outcome: str) -> None:
        """Upstream did not answer well."""
        self.outcome = outcome
        self._span.fail(outcome)
