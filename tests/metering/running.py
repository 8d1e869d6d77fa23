"""A running meter and its holds, and what tests ask of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from grokgate.api.billing.v1.billing_pb2 import (
    CommandResult,
    PlaceHoldRequest,
    ReleaseHoldRequest,
    SettleHoldRequest,
)
from grokgate.chassis.clock import Clock
from grokgate.chassis.errors import GrokgateError
from grokgate.chassis.ids import IdSource
from grokgate.metering.holds import Holds
from grokgate.metering.meter import Meter
from tests.metering.lines import Line
from tests.support.clock import FakeClock

CREDENTIALS = (("x-grokgate-service-token", "text-token"),)


def place(hold_id: str = "") -> PlaceHoldRequest:
    return PlaceHoldRequest(hold_id=hold_id, model="xai/grok-4.3")


def release(hold_id: str) -> ReleaseHoldRequest:
    return ReleaseHoldRequest(hold_id=hold_id, void_reason="test")


def settlement(usd_ticks: int = 700) -> SettleHoldRequest:
    return SettleHoldRequest(provider_usd_ticks=usd_ticks, status="completed")


async def at_once(_: float) -> None:
    """Pauses for no time."""
    await asyncio.sleep(0)


@asynccontextmanager
async def running_meter(
    line: Line,
    *,
    answer_timeout_s: float = 10,
    backlog_ceiling: int = 10_000,
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    grace_s: float = 10,
) -> AsyncIterator[Meter]:
    """Stopped at the end, when every command has its result or the grace is over."""
    meter = Meter(
        line.channel,
        CREDENTIALS,
        answer_timeout_s=answer_timeout_s,
        backlog_ceiling=backlog_ceiling,
        pause=pause,
    )
    await meter.start()
    try:
        yield meter
    finally:
        await meter.stop(grace_s)


@asynccontextmanager
async def running_holds(
    meter: Meter,
    *,
    clock: Clock | None = None,
    expiry_ms: int = 120_000,
    place_wait_s: float = 10,
    settle_wait_s: float = 10,
) -> AsyncIterator[Holds]:
    clock = clock or FakeClock()
    holds = Holds(
        meter,
        clock=clock,
        ids=IdSource(clock),
        expiry_ms=expiry_ms,
        place_wait_s=place_wait_s,
        settle_wait_s=settle_wait_s,
    )
    await holds.start()
    try:
        yield holds
    finally:
        await holds.stop()


@asynccontextmanager
async def holds_over(line: Line, **options: Any) -> AsyncIterator[Holds]:
    """Holds with a meter of their own; at the end every ending has been delivered."""
    async with running_meter(line) as meter, running_holds(meter, **options) as holds:
        yield holds


async def place_all(meter: Meter, *hold_ids: str) -> list[CommandResult]:
    """The results of places that were queued together."""
    return await asyncio.gather(*(meter.place(place(hold_id)) for hold_id in hold_ids))


async def refused_place(holds: Holds) -> GrokgateError:
    """What the place of a hold is refused with."""
    with pytest.raises(GrokgateError) as refusal:
        async with holds.place(place()):
            raise AssertionError
    return refusal.value
