"""What Prometheus reads of the ledger."""

from pathlib import Path

from grokgate.chassis.metrics import Metrics
from tests.billing.servicers.running import AS_TEXT, running_billing, settlement, tokens
from tests.support.clock import FakeClock


class Measured:
    """A metrics registry, and what it says of billing."""

    def __init__(self) -> None:
        self.metrics = Metrics()

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"grokgate_billing_{name}", labels)


async def test_open_holds_are_counted_and_the_oldest_has_an_age(tmp_path: Path) -> None:
    clock, measured = FakeClock(), Measured()
    async with running_billing(tmp_path / "l.db", clock=clock, metrics=measured.metrics) as billing:
        assert measured.value("open_holds") == 0
        assert measured.value("oldest_hold_seconds") == 0
        key = await billing.customer()
        first = await billing.place(key)
        clock.advance(1_500)
        await billing.place(key)
        clock.advance(1_000)
        assert measured.value("open_holds") == 2
        assert measured.value("oldest_hold_seconds") == 2.5
        await billing.billing.SettleHold(settlement(first), metadata=AS_TEXT)
        assert measured.value("open_holds") == 1
        assert measured.value("oldest_hold_seconds") == 1


async def test_settlements_are_counted_once_by_basis(tmp_path: Path) -> None:
    clock, measured = FakeClock(), Measured()
    async with running_billing(tmp_path / "l.db", clock=clock, metrics=measured.metrics) as billing:
        key = await billing.customer()
        by_prices, by_provider, late = [await billing.place(key) for _ in range(3)]
        for _ in range(2):
            await billing.billing.SettleHold(settlement(by_prices), metadata=AS_TEXT)
        provided = settlement(by_provider, provider_usd_ticks=1_000)
        await billing.billing.SettleHold(provided, metadata=AS_TEXT)
        clock.advance(1_000_000)
        partial = settlement(late, partial=True, counted=tokens(10, 0))
        await billing.billing.SettleHold(partial, metadata=AS_TEXT)
        await billing.place(key)
        settlements = {
            (sample.labels["basis"], sample.labels["late"]): sample.value
            for family in measured.metrics.registry.collect()
            for sample in family.samples
            if sample.name == "grokgate_billing_settlements_total"
        }
    assert settlements == {
        ("price_list", "false"): 1,
        ("provider", "false"): 1,
        ("partial_estimate", "true"): 1,
    }


async def test_a_ledger_that_is_closed_has_no_holds(tmp_path: Path) -> None:
    measured = Measured()
    async with running_billing(tmp_path / "l.db", metrics=measured.metrics) as billing:
        await billing.place(await billing.customer())
    assert measured.value("open_holds") == 0
