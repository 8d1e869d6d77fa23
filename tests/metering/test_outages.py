"""Billing goes away and comes back: what was under way is settled, once."""

import asyncio
import logging
from itertools import count

import pytest

from grokgate.chassis.errors import Reason
from tests.metering.fake_billing import FakeBilling
from tests.metering.fake_ledger import POSTED, VOIDED, FakeLedger
from tests.metering.lines import WireLine
from tests.metering.running import (
    holds_over,
    place,
    refused_place,
    release,
    running_holds,
    running_meter,
    settlement,
)


async def breaks_told(
    line: WireLine, caplog: pytest.LogCaptureFixture, pauses: int
) -> list[logging.LogRecord]:
    """The warnings of a meter whose billing was not there for so many pauses."""
    numbers = count(1)

    async def pause(_: float) -> None:
        if next(numbers) == pauses:
            await line.start()
            await line.channel.channel_ready()

    async with running_meter(line, pause=pause) as meter:
        await meter.send(release("connected"))
    return [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_billing_that_starts_a_little_later_is_no_news(
    dead_wire: WireLine, caplog: pytest.LogCaptureFixture
) -> None:
    assert await breaks_told(dead_wire, caplog, 5) == []


async def test_a_billing_that_stays_away_is_news(
    dead_wire: WireLine, caplog: pytest.LogCaptureFixture
) -> None:
    told = await breaks_told(dead_wire, caplog, 12)
    assert {record.message for record in told} == {"the stream to billing broke"}


async def test_a_billing_that_goes_away_is_news(
    wire: WireLine, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_meter(wire) as meter:
        await meter.send(release("connected"))
        await wire.stop()
        await wire.start()
        await meter.send(release("again"))
    assert "the stream to billing broke" in caplog.messages


async def test_a_place_cut_after_billing_took_it_is_answered_when_billing_is_back(
    wire: WireLine, billing: FakeBilling, ledger: FakeLedger
) -> None:
    async def call() -> None:
        async with holds.place(place()) as hold:
            await hold.settle(settlement())

    billing.answering.clear()
    async with holds_over(wire) as holds:
        calling = asyncio.create_task(call())
        await billing.until(lambda: ledger.open)
        await wire.stop()
        billing.answering.set()
        await wire.start()
        await calling
    assert billing.kinds == ["place_hold", "place_hold", "settle_hold"]
    assert len(ledger.placed) == 1
    ledger.check()


async def test_a_place_that_its_caller_gave_up_in_an_outage_is_released_after_it(
    wire: WireLine, billing: FakeBilling, ledger: FakeLedger
) -> None:
    async with running_meter(wire) as meter, running_holds(meter, place_wait_s=0.05) as holds:
        await meter.send(release("connected"))
        billing.answering.clear()
        refusal = await refused_place(holds)
        await wire.stop()
        billing.answering.set()
        await wire.start()
    assert refusal.reason == Reason.BILLING_UNAVAILABLE
    assert [hold.state for hold in ledger.placed] == [VOIDED]
    ledger.check()


async def test_what_is_settled_in_an_outage_is_delivered_after_it(
    wire: WireLine, billing: FakeBilling, ledger: FakeLedger
) -> None:
    async with holds_over(wire, settle_wait_s=0.02) as holds:
        async with holds.place(place()) as hold:
            await wire.stop()
            assert await hold.settle(settlement()) is None
        await wire.start()
        await billing.until(lambda: not ledger.open)
    assert ledger.holds[hold.hold_id].state == POSTED
    ledger.check()


async def test_a_settlement_cut_after_billing_took_it_is_not_charged_twice(
    wire: WireLine, billing: FakeBilling, ledger: FakeLedger
) -> None:
    async with holds_over(wire) as holds, holds.place(place()) as hold:
        billing.answering.clear()
        settling = asyncio.create_task(hold.settle(settlement(usd_ticks=700)))
        await billing.until(lambda: not ledger.open)
        await wire.stop()
        billing.answering.set()
        await wire.start()
        charge = await settling
    assert charge is not None
    assert charge.usd_ticks == 700
    assert billing.kinds == ["place_hold", "settle_hold", "settle_hold"]
    ledger.check()


async def test_calls_under_way_through_several_outages_all_settle_once(
    wire: WireLine, billing: FakeBilling, ledger: FakeLedger
) -> None:
    async def call() -> None:
        async with holds.place(place()) as hold:
            await hold.settle(settlement())

    async def worker() -> None:
        while not over.is_set():
            await call()

    async def outage() -> None:
        streams, placed = billing.streams, len(ledger.placed)
        await wire.stop()
        await wire.start()
        await billing.until(lambda: billing.streams > streams)
        await billing.until(lambda: len(ledger.placed) > placed + 100)

    over = asyncio.Event()
    async with holds_over(wire) as holds:
        workers = [asyncio.create_task(worker()) for _ in range(16)]
        for _ in range(3):
            await outage()
        over.set()
        await asyncio.gather(*workers)
    assert {hold.state for hold in ledger.placed} == {POSTED}
    ledger.check()
