"""Holds: every way out of a `with` block ends the hold once; open ones do not expire."""

import asyncio
import gc
import weakref

import pytest

from grokgate.chassis.errors import GrokgateError, Reason
from tests.metering.fake_billing import FakeBilling
from tests.metering.fake_ledger import POSTED, VOIDED, FakeLedger
from tests.metering.lines import Line
from tests.metering.running import (
    holds_over,
    place,
    refused_place,
    release,
    running_holds,
    running_meter,
    settlement,
)
from tests.support.clock import FakeClock


async def test_a_hold_knows_what_billing_answered(line: Line, ledger: FakeLedger) -> None:
    async with holds_over(line, expiry_ms=90_000) as holds, holds.place(place()) as hold:
        placed = ledger.holds[hold.hold_id].place
        assert placed is not None
        assert placed.expires_in_ms == 90_000
        assert hold.account_id == "acme"
        assert hold.rate_limits.requests.limit == 60


async def test_a_settlement_carries_the_hold_its_account_and_the_latency(
    line: Line, ledger: FakeLedger
) -> None:
    clock = FakeClock()
    async with holds_over(line, clock=clock) as holds, holds.place(place()) as hold:
        clock.advance(1234)
        charge = await hold.settle(settlement(usd_ticks=700))
    assert charge is not None
    assert charge.usd_ticks == 700
    ending = ledger.holds[hold.hold_id].ending
    assert (ending.account_id, ending.latency_ms) == ("acme", 1234)
    assert ledger.holds[hold.hold_id].state == POSTED
    ledger.check()


async def test_a_block_that_ends_without_an_ending_releases(line: Line, ledger: FakeLedger) -> None:
    clock = FakeClock()
    async with holds_over(line, clock=clock) as holds, holds.place(place()) as hold:
        clock.advance(55)
    ending = ledger.holds[hold.hold_id].ending
    assert (ending.void_reason, ending.latency_ms) == ("internal_error", 55)
    ledger.check()


@pytest.mark.parametrize(
    ("error", "void_reason"),
    [
        (GrokgateError(Reason.PROVIDER_UNAVAILABLE, "Gone."), "provider_unavailable"),
        (ZeroDivisionError("a defect"), "internal_error"),
        (asyncio.CancelledError(), "cancelled"),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("reached_upstream", [False, True])
async def test_an_exception_releases_and_goes_on(
    line: Line,
    ledger: FakeLedger,
    error: BaseException,
    void_reason: str,
    *,
    reached_upstream: bool,
) -> None:
    async def call() -> None:
        async with holds.place(place()) as hold:
            hold.reached_upstream = reached_upstream
            raise error

    async with holds_over(line) as holds:
        with pytest.raises(type(error)) as raised:
            await call()
    assert raised.value is error
    [hold] = ledger.placed
    ending = hold.ending
    assert (ending.void_reason, ending.reached_upstream) == (void_reason, reached_upstream)
    ledger.check()


async def test_an_exception_after_the_settlement_changes_nothing(
    line: Line, ledger: FakeLedger
) -> None:
    async def call() -> None:
        async with holds.place(place()) as hold:
            await hold.settle(settlement())
            raise ZeroDivisionError

    async with holds_over(line) as holds:
        with pytest.raises(ZeroDivisionError):
            await call()
    assert [hold.state for hold in ledger.placed] == [POSTED]
    ledger.check()


async def test_a_second_settlement_is_not_sent_and_tells_the_first_charge(
    line: Line, ledger: FakeLedger
) -> None:
    async with holds_over(line) as holds, holds.place(place()) as hold:
        charges = await asyncio.gather(
            hold.settle(settlement(usd_ticks=1)), hold.settle(settlement(usd_ticks=2))
        )
    assert [charge and charge.usd_ticks for charge in charges] == [1, 1]
    ledger.check()


async def test_a_settlement_after_a_release_is_not_sent_and_has_no_charge(
    line: Line, ledger: FakeLedger
) -> None:
    async with holds_over(line) as holds, holds.place(place()) as hold:
        hold.release("timeout")
        assert await hold.settle(settlement()) is None
    assert ledger.holds[hold.hold_id].ending.void_reason == "timeout"
    ledger.check()


async def test_a_refused_place_raises_the_refusal_and_leaves_nothing(
    line: Line, ledger: FakeLedger, billing: FakeBilling
) -> None:
    ledger.place_refusal = GrokgateError(
        Reason.INSUFFICIENT_BALANCE, "Add credit.", details={"available_usd_ticks": 3}
    )
    async with holds_over(line) as holds:
        refusal = await refused_place(holds)
    assert refusal.reason == Reason.INSUFFICIENT_BALANCE
    assert refusal.details == {"available_usd_ticks": 3}
    assert billing.kinds == ["place_hold"]


async def test_a_refused_settlement_is_logged_and_has_no_charge(
    line: Line, ledger: FakeLedger, caplog: pytest.LogCaptureFixture
) -> None:
    ledger.ending_refusal = GrokgateError(Reason.NOT_HOLD_OWNER, "Not yours.")
    async with holds_over(line) as holds, holds.place(place()) as hold:
        assert await hold.settle(settlement()) is None
    [logged] = [vars(record) for record in caplog.records if record.levelname == "ERROR"]
    assert logged["hold_id"] == hold.hold_id
    assert "NOT_HOLD_OWNER" in logged["error"]


async def test_a_place_that_billing_answers_too_late_is_unavailable_and_taken_back(
    line: Line, billing: FakeBilling, ledger: FakeLedger
) -> None:
    async with running_meter(line) as meter, running_holds(meter, place_wait_s=0.05) as holds:
        await meter.send(release("connected"))
        billing.answering.clear()
        refusal = await refused_place(holds)
        billing.answering.set()
    assert refusal.reason == Reason.BILLING_UNAVAILABLE
    assert [hold.state for hold in ledger.placed] == [VOIDED]
    ledger.check()


async def test_without_billing_from_the_start_places_are_unavailable_and_never_arrive(
    dead_line: Line, billing: FakeBilling, ledger: FakeLedger
) -> None:
    async with running_meter(dead_line) as meter:
        async with running_holds(meter, place_wait_s=0.02) as holds:
            for _ in range(3):
                refusal = await refused_place(holds)
                assert refusal.reason == Reason.BILLING_UNAVAILABLE
        await dead_line.start()
        async with running_holds(meter) as holds, holds.place(place()) as hold:
            await hold.settle(settlement())
    assert billing.kinds == ["place_hold", "settle_hold"]
    ledger.check()


async def test_a_place_waits_for_a_billing_that_comes_in_time(
    dead_line: Line, ledger: FakeLedger
) -> None:
    async def call() -> None:
        async with holds.place(place()) as hold:
            await hold.settle(settlement())

    async with holds_over(dead_line) as holds:
        calling = asyncio.create_task(call())
        await asyncio.sleep(0)
        await dead_line.start()
        await calling
    assert [hold.state for hold in ledger.placed] == [POSTED]
    ledger.check()


async def test_a_settlement_that_billing_answers_too_late_is_delivered_without_its_charge(
    line: Line, billing: FakeBilling, ledger: FakeLedger
) -> None:
    async with holds_over(line, settle_wait_s=0.02) as holds, holds.place(place()) as hold:
        billing.answering.clear()
        assert await hold.settle(settlement()) is None
        billing.answering.set()
    assert ledger.holds[hold.hold_id].state == POSTED
    ledger.check()


async def test_open_holds_are_extended_and_ended_ones_are_not(
    line: Line, billing: FakeBilling, ledger: FakeLedger
) -> None:
    async with holds_over(line, expiry_ms=60) as holds:
        async with holds.place(place()) as first, holds.place(place()) as second:
            settled, left = ledger.holds[first.hold_id], ledger.holds[second.hold_id]
            await billing.until(lambda: settled.extensions)
            await first.settle(settlement())
            second.reached_upstream = True
            before = len(settled.extensions), len(left.extensions)
            await billing.until(lambda: len(left.extensions) > before[1] + 2)
            assert len(settled.extensions) == before[0]
        await billing.until(lambda: not ledger.open)
        after = len(left.extensions)
        async with holds.place(place()) as third:
            await billing.until(lambda: len(ledger.holds[third.hold_id].extensions) > 1)
        assert len(left.extensions) == after
    assert (left.extensions[-1].expires_in_ms, left.extensions[-1].reached_upstream) == (60, True)
    ledger.check()


async def test_extensions_do_not_pile_up_while_billing_is_silent(
    line: Line, billing: FakeBilling
) -> None:
    async with (
        running_meter(line) as meter,
        running_holds(meter) as holds,
        holds.place(place()) as hold,
    ):
        billing.answering.clear()
        for _ in range(5):
            hold.extend(1000)
        billing.answering.set()
        await meter.send(release("another"))
        hold.extend(2000)
    assert billing.kinds.count("extend_hold") == 2


async def test_nothing_is_kept_of_a_hold_after_its_block(line: Line) -> None:
    async with holds_over(line) as holds:
        async with holds.place(place()) as hold:
            hold.extend(1000)
            await hold.settle(settlement())
        kept = weakref.ref(hold)
        del hold
        await asyncio.sleep(0)  # the event loop lets go of what it just called
        gc.collect()
        assert kept() is None
