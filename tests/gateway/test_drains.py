"""A call whose caller left is read for so long, and beside so many: past that it is estimated."""

import asyncio
from functools import partial
from typing import Any

import pytest

from grokgate.sandbox.request_log import Received
from tests.support.gateway import GATEWAYS, Gateway, until


async def leave_a_stream(gateway: Gateway, key: str, text: str) -> None:
    """Go once the model has begun to speak."""
    async with gateway.stream(key, text) as response:
        async for line in response.aiter_lines():
            if "response.output_text.delta" in line:
                return


async def leave_a_call(gateway: Gateway, key: str, text: str) -> None:
    """Go once upstream has been asked."""
    call = asyncio.create_task(gateway.ask(key, text))
    await gateway.held(key)
    call.cancel()
    await asyncio.wait([call])


def is_estimated(row: dict[str, Any]) -> bool:
    """Whether a call that was cut is marked, and charged within its hold."""
    assert 0 < row["charge_usd_ticks"] <= row["held_usd_ticks"]
    return (row["basis"], row["status"]) == ("partial_estimate", "incomplete")


async def hung_up(call: Received) -> bool:
    """Whether upstream was left."""
    return call.outcome == "client left"


@pytest.mark.parametrize("kind", sorted(GATEWAYS))
async def test_a_drain_at_its_deadline_is_cut_and_charged_by_what_was_seen(kind: str) -> None:
    async with GATEWAYS[kind](drain_timeout_s=0.2) as gateway:
        spoken, silent = await gateway.new_key(), await gateway.new_key()
        await leave_a_stream(gateway, spoken, "Speak [sandbox:words=50][sandbox:stall=60]")
        await leave_a_call(gateway, silent, "Speak [sandbox:slow=60]")
        rows = [await gateway.row(spoken), await gateway.row(silent)]
        assert all(map(is_estimated, rows))
        assert [row["units"]["output_tokens"] > 0 for row in rows] == [True, False]
        await gateway.verify()
        await until(partial(hung_up, gateway.sandbox.requests[0]))


@pytest.mark.parametrize("kind", sorted(GATEWAYS))
async def test_of_more_drains_than_the_limit_the_last_is_cut(kind: str) -> None:
    async with GATEWAYS[kind](drain_limit=1) as gateway:
        keys = [await gateway.new_key(), await gateway.new_key()]
        text = "Speak [sandbox:words=50][sandbox:stall=2]"
        await asyncio.gather(*(leave_a_stream(gateway, key, text) for key in keys))
        rows = [await gateway.row(key) for key in keys]
        assert sorted(map(is_estimated, rows)) == [False, True]
        await gateway.verify()
        [drained] = [each for each in gateway.sandbox.requests if each.outcome == "answered"]
        [row] = [row for row in rows if not is_estimated(row)]
        assert (row["basis"], row["status"]) == ("provider", "completed")
        assert row["charge_usd_ticks"] == drained.cost_usd_ticks
