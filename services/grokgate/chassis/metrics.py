"""Numbers for Prometheus, in a registry of our own."""

from collections.abc import Callable

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    Histogram,
    ProcessCollector,
    generate_latest,
)

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """One process's metrics; a room adds its own to `registry`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._rpc_seconds = Histogram(
            "grokgate_rpc_seconds",
            "Time from an RPC's start to its end, by method and status code.",
            ("rpc", "code"),
            buckets=_SECONDS,
            registry=self.registry,
        )

    def rpc_observer(self, rpc: str) -> Callable[[str, float], None]:
        """What records one method's calls: `observe(code, seconds)`."""
        series: dict[str, Histogram] = {}

        def observe(code: str, seconds: float) -> None:
            if code not in series:
                series[code] = self._rpc_seconds.labels(rpc, code)
            series[code].observe(seconds)

        return observe

    def render(self) -> tuple[bytes, str]:
        """The exposition text and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_PLAIN_0_0_4
