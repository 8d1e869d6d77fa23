"""A paid call that is cancelled wherever it waits ends its hold once, and pays if it must."""

import asyncio
from itertools import count

import pytest

from grokgate.metering.holds import Holds
from grokgate.metering.paid_calls import PaidCalls
from tests.metering.cancellation import CancelledAt, Moment
from tests.metering.fake_ledger import POSTED, FakeLedger
from tests.metering.lines import Line
from tests.metering.running import holds_over, place, settlement


async def paid_call(holds: Holds) -> None:
    """What a room does: hold, ask, settle; what upstream began is paid for though it is cut."""
    async with holds.place(place()) as hold:
        try:
            hold.reached_upstream = True
            for _ in range(2):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            await hold.settle(settlement(usd_ticks=1))
            raise
        await hold.settle(settlement())


@pytest.mark.parametrize("moment", Moment)
async def test_wherever_a_call_is_cancelled_its_hold_ends_once(
    line: Line, ledger: FakeLedger, moment: Moment
) -> None:
    for suspension in count():
        async with holds_over(line) as holds:
            call = asyncio.ensure_future(CancelledAt(paid_call(holds), suspension, moment))
            await asyncio.wait([call])
        ledger.check()
        if not call.cancelled():
            break
    # Cut at either wait for upstream, cut while it settles, and not cut at all.
    assert [hold.state for hold in ledger.placed][-4:] == [POSTED] * 4


@pytest.mark.parametrize("moment", Moment)
async def test_wherever_a_caller_leaves_the_call_goes_on_and_is_paid(
    line: Line, ledger: FakeLedger, moment: Moment
) -> None:
    async with holds_over(line) as holds:
        calls = PaidCalls()
        caller = asyncio.ensure_future(
            CancelledAt(calls.run(paid_call(holds), "caller"), 0, moment)
        )
        await asyncio.wait([caller])
        assert caller.cancelled()
        await calls.stop(10)
    assert [hold.state for hold in ledger.placed] == [POSTED]
    ledger.check()
