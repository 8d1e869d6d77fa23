"""What Prometheus reads of the ledger."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from grokgate.billing.books import Ledger


class LedgerCollector(Collector):
    """Asks the ledger at each scrape, which may come from another thread."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def collect(self) -> Iterator[Metric]:
        """The families; all zero while the ledger is not open."""
        figures = self._ledger.figures()
        yield GaugeMetricFamily(
            "grokgate_billing_open_holds", "Holds that are open.", figures.open_holds
        )
        yield GaugeMetricFamily(
            "grokgate_billing_oldest_hold_seconds",
            "Age of the oldest open hold; 0 without any.",
            figures.oldest_hold_ms / 1000,
        )
        settlements = CounterMetricFamily(
            "grokgate_billing_settlements",
            "Settlements by basis; late ones came after their hold had ended.",
            labels=("basis", "late"),
        )
        for (basis, late), count in figures.settlements.items():
            settlements.add_metric([basis, str(late).lower()], count)
        yield settlements
