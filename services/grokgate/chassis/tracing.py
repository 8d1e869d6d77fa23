"""Spans: which part of a request took how long, for those who collect traces."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum


class SpanKind(StrEnum):
    """Which end of a call a span tells of."""

    SERVER = "server"
    CLIENT = "client"


class Span:
    """A span that nobody records.

    `traceparent` is what the next service is told (W3C Trace Context); empty without a trace.
    """

    __slots__ = ("traceparent",)

    def __init__(self, traceparent: str) -> None:
        self.traceparent = traceparent

    def rename(self, name: str) -> None:
        """Call it by what was learnt since it began."""

    def note(self, attribute: str, value: str | int) -> None:
        """Add an attribute, by its name in OpenTelemetry's semantic conventions."""

    def fail(self, error_type: str) -> None:
        """Mark it as failed, with one word for why."""


class Tracing:
    """Hands the caller's trace on and records nothing."""

    @contextmanager
    def span(
        self,
        name: str,  # noqa: ARG002  # for those that record
        kind: SpanKind,  # noqa: ARG002  # for those that record
        traceparent: str,
    ) -> Iterator[Span]:
        """A span for the length of a `with` block, under that of the caller."""
        yield Span(traceparent)

    def stop(self) -> None:
        """Send what is recorded; may block for seconds."""


UNTRACED = Tracing()
