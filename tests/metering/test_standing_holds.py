"""Holds that outlive a process."""

import pytest

from grokgate.api.billing.v1.billing_pb2 import PlaceHoldRequest, ReleaseHoldRequest
from grokgate.api.types.v1.money_pb2 import ChargeBasis
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.metering.standing_holds import StandingHolds
from tests.metering.fake_billing import FakeBilling
from tests.metering.fake_ledger import FakeLedger
from tests.metering.lines import Line
from tests.metering.running import running_meter, settlement

HOLD = "0197a000-0000-7000-8000-000000000001"


def place() -> PlaceHoldRequest:
    return PlaceHoldRequest(hold_id=HOLD, model="xai/grok-imagine-video", expires_in_ms=600_000)


async def test_a_hold_is_placed_under_the_id_and_for_the_time_that_was_asked(
    line: Line, ledger: FakeLedger
) -> None:
    async with running_meter(line) as meter:
        placed = await StandingHolds(meter).place(place())
    assert placed.account_id == "acme"
    assert ledger.holds[HOLD].place == place()


async def test_a_refused_place_raises(line: Line, ledger: FakeLedger) -> None:
    ledger.place_refusal = GrokgateError(Reason.INSUFFICIENT_BALANCE, "No.")
    async with running_meter(line) as meter:
        with pytest.raises(GrokgateError) as refusal:
            await StandingHolds(meter).place(place())
    assert refusal.value.reason is Reason.INSUFFICIENT_BALANCE


async def test_a_place_that_billing_does_not_answer_is_taken_back(
    line: Line, billing: FakeBilling, ledger: FakeLedger
) -> None:
    billing.answering.clear()
    async with running_meter(line) as meter:
        with pytest.raises(GrokgateError) as failure:
            await StandingHolds(meter, place_wait_s=0.05).place(place())
        billing.answering.set()
    assert failure.value.reason is Reason.BILLING_UNAVAILABLE
    assert ledger.open == []


async def test_an_ending_that_is_sent_again_is_answered_alike(
    line: Line, ledger: FakeLedger
) -> None:
    request = settlement()
    request.hold_id = HOLD
    charges = []
    for _ in range(2):  # by one process, and by the next
        async with running_meter(line) as meter:
            holds = StandingHolds(meter)
            await holds.place(place())
            charges.append(await holds.end(request))
    assert [charge.usd_ticks for charge in charges] == [700, 700]
    ledger.check()


async def test_a_release_is_no_charge(line: Line, ledger: FakeLedger) -> None:
    async with running_meter(line) as meter:
        holds = StandingHolds(meter)
        await holds.place(place())
        charge = await holds.end(ReleaseHoldRequest(hold_id=HOLD, void_reason="timeout"))
    assert (charge.usd_ticks, charge.basis) == (0, ChargeBasis.CHARGE_BASIS_NONE)


async def test_an_ending_that_billing_refuses_raises(line: Line, ledger: FakeLedger) -> None:
    ledger.ending_refusal = GrokgateError(Reason.INVALID_VALUE, "No.")
    async with running_meter(line) as meter:
        with pytest.raises(GrokgateError):
            await StandingHolds(meter).end(ReleaseHoldRequest(hold_id=HOLD, void_reason="timeout"))


async def test_an_extension_says_whether_upstream_was_reached(
    line: Line, ledger: FakeLedger
) -> None:
    async with running_meter(line) as meter:
        holds = StandingHolds(meter)
        await holds.place(place())
        holds.extend(HOLD, 600_000, reached_upstream=True)
    [extension] = ledger.holds[HOLD].extensions
    assert (extension.expires_in_ms, extension.reached_upstream) == (600_000, True)


async def test_an_extension_that_comes_too_late_harms_nobody(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_meter(line) as meter:
        StandingHolds(meter).extend(HOLD, 600_000, reached_upstream=True)
    assert "refused to extend" in caplog.text
