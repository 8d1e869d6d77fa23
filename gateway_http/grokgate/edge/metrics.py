"""What the edge counts."""

from prometheus_client import CollectorRegistry, Counter, Histogram

_SECONDS = (0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)


class EdgeMetrics:
    """Counters by route; a path that no route matches counts as `unmatched`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "grokgate_edge_requests",
            "HTTP requests by route, method and status; 499 when the client left first.",
            ("route", "method", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "grokgate_edge_request_seconds",
            "Seconds from a request's headers to the end of its answer.",
            ("route",),
            registry=registry,
            buckets=_SECONDS,
        )

        self._first_byte_seconds = Histogram(
            "grokgate_edge_first_byte_seconds",
            "Seconds from a request's headers to the first byte of its answer.",
            ("route",),
            registry=registry,
            buckets=_SECONDS,
        )

    def count(
        self, route: str, method: str, status: int, duration_ms: int, first_byte_ms: int | None
    ) -> None:
        """Count one request; `first_byte_ms` is None when its answer never began."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(duration_ms / 1000)
        if first_byte_ms is not None:
            self._first_byte_seconds.labels(route).observe(first_byte_ms / 1000)
