"""Image calls whose caller leaves, or that are cut: upstream is paid for what it was asked."""

import asyncio
from collections.abc import Coroutine
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grokgate.api.billing.v1.account_pb2 import UsageRow
from grokgate.api.billing.v1.billing_pb2 import HoldState
from grokgate.api.media.v1.media_pb2 import Delivery, EditImagesRequest
from grokgate.api.types.v1.money_pb2 import Charge, ChargeBasis
from grokgate.media.images.images import Images
from tests.media.image_requests import by_content, generation
from tests.media.image_running import House, running_house
from tests.metering.cancellation import CancelledAt, Moment

CENT = 100_000_000
POSTED = HoldState.HOLD_STATE_POSTED
VOIDED = HoldState.HOLD_STATE_VOIDED
# Two images out and one in, each at the full price.
ALL_OF_IT = Charge(usd_ticks=6 * CENT, basis=ChargeBasis.CHARGE_BASIS_PARTIAL_ESTIMATE)
AS_REPORTED = Charge(usd_ticks=4 * CENT + CENT // 5, basis=ChargeBasis.CHARGE_BASIS_PROVIDER)

EDIT = EditImagesRequest(
    generation=generation(count=2, delivery=Delivery.DELIVERY_CONTENT), images=[by_content()]
)


class CutCalls:
    """Runs work that is cancelled at its n-th suspension."""

    def __init__(self, suspension: int, moment: Moment) -> None:
        self._suspension = suspension
        self._moment = moment

    async def run(self, work: Coroutine[Any, Any, object], _owner: str) -> object:
        return await CancelledAt(work, self._suspension, self._moment)


async def cut_edit(house: House, calls: CutCalls) -> bool:
    """Whether an edit was cut before it ended."""
    paid_work: Any = SimpleNamespace(holds=house.paid_work.holds, calls=calls)
    context: Any = SimpleNamespace(invocation_metadata=lambda: house.key)
    edit = asyncio.ensure_future(Images(paid_work=paid_work, **house.wiring).edit(EDIT, context))
    await asyncio.wait([edit])
    return edit.cancelled()


@pytest.mark.parametrize("moment", Moment)
async def test_wherever_a_call_is_cut_its_hold_ends_once_and_pays_if_it_must(
    tmp_path: Path, moment: Moment
) -> None:
    rows: list[UsageRow] = []
    async with running_house(tmp_path) as house:
        for suspension in count():
            cut = await cut_edit(house, CutCalls(suspension, moment))
            rows = await house.usage()
            if not cut:
                break
    ends = [(row.state, row.charge) for row in reversed(rows) if row.state != VOIDED]
    voided = len(rows) - len(ends)
    assert [row.state for row in rows[len(ends) :]] == [VOIDED] * voided
    assert voided > 0
    assert ends[0] == (POSTED, ALL_OF_IT)
    assert ends[-1] == (POSTED, AS_REPORTED)
    assert {charge.usd_ticks for _, charge in ends} == {
        ALL_OF_IT.usd_ticks,
        AS_REPORTED.usd_ticks,
    }


async def test_a_caller_that_leaves_is_charged_what_upstream_made_all_the_same(
    tmp_path: Path,
) -> None:
    async with running_house(tmp_path) as house:
        leaving = asyncio.ensure_future(house.generate("[sandbox:slow=0.2]", count=2))
        await house.reached_upstream()
        leaving.cancel()
        await asyncio.wait([leaving])
        [row] = await house.usage()
    assert leaving.cancelled()
    assert (row.status, row.charge.usd_ticks) == ("completed", 4 * CENT)
    assert row.charge.basis == ChargeBasis.CHARGE_BASIS_PROVIDER


async def test_a_drain_past_its_limit_pays_for_all_that_was_asked_for(tmp_path: Path) -> None:
    async with running_house(tmp_path, drain_limit=0) as house:
        leaving = asyncio.ensure_future(house.generate("[sandbox:silent]", count=3))
        await house.reached_upstream()
        leaving.cancel()
        await asyncio.wait([leaving])
        [row] = await house.usage()
    assert (row.status, row.charge.usd_ticks) == ("incomplete", 6 * CENT)
    assert row.charge.basis == ChargeBasis.CHARGE_BASIS_PARTIAL_ESTIMATE
