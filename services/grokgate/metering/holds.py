"""Holds: money reserved for one call, which ends exactly once on every path."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from grokgate.api.billing.v1.billing_pb2 import (
    CommandResult,
    ExtendHoldRequest,
    PlaceHoldRequest,
    PlaceHoldResponse,
    ReleaseHoldRequest,
    SettleHoldRequest,
)
from grokgate.api.types.v1.money_pb2 import Charge
from grokgate.api.types.v1.rate_limits_pb2 import RateLimits
from grokgate.chassis.clock import Clock
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.ids import IdSource
from grokgate.chassis.statuses import from_status
from grokgate.metering.meter import Meter

_LOG = logging.getLogger(__name__)

_CANCELLED = "cancelled"


class Hold:
    """An open hold. Only its first ending is sent; what asks for another is told the same.

    Set `reached_upstream` just before upstream is asked, so that a hold that then runs out is
    listed for reconciliation.
    """

    def __init__(
        self,
        meter: Meter,
        clock: Clock,
        hold_id: str,
        placed: PlaceHoldResponse,
        settle_wait_s: float,
    ) -> None:
        self.hold_id = hold_id
        self.account_id = placed.account_id
        self.rate_limits: RateLimits = placed.rate_limits
        self.reached_upstream = False
        self.ended = False
        self._meter = meter
        self._clock = clock
        self._settle_wait_s = settle_wait_s
        self._placed_at_ms = clock.monotonic_ms()

    async def settle(self, settlement: SettleHoldRequest) -> Charge | None:
        """End with a charge; fills in the hold, its account and the latency.

        The settlement is on its way before the first await, and arrives even if the waiting is
        cancelled. None when billing did not take it in time; it is still delivered then.
        """
        settlement.hold_id = self.hold_id
        settlement.account_id = self.account_id
        settlement.latency_ms = self._elapsed_ms()
        self.ended = True
        delivery = self._meter.send(settlement)
        try:
            async with asyncio.timeout(self._settle_wait_s):
                result = await asyncio.shield(delivery)
        except TimeoutError:
            _LOG.warning("an answer leaves before its settlement", extra={"hold_id": self.hold_id})
            return None
        if result.HasField("error"):
            _LOG.error(
                "billing refused a settlement",
                extra={"hold_id": self.hold_id, "error": repr(from_status(result.error))},
            )
            return None
        return result.settle_hold.charge

    def release(self, void_reason: str) -> None:
        """End without a charge; does nothing after another ending. Delivery goes on by itself."""
        if self.ended:
            return
        self.ended = True
        self._meter.send(
            ReleaseHoldRequest(
                hold_id=self.hold_id,
                void_reason=void_reason,
                reached_upstream=self.reached_upstream,
                latency_ms=self._elapsed_ms(),
            )
        )

    def extend(self, expires_in_ms: int) -> None:
        """Move the expiry; delivery goes on by itself."""
        self._meter.send(
            ExtendHoldRequest(
                hold_id=self.hold_id,
                expires_in_ms=expires_in_ms,
                reached_upstream=self.reached_upstream,
            )
        )

    def _elapsed_ms(self) -> int:
        return self._clock.monotonic_ms() - self._placed_at_ms


class Holds:
    """Places holds, and keeps the open ones of this process from expiring."""

    def __init__(
        self,
        meter: Meter,
        *,
        clock: Clock,
        ids: IdSource,
        expiry_ms: int = 120_000,
        place_wait_s: float = 5,
        settle_wait_s: float = 10,
    ) -> None:
        self._meter = meter
        self._clock = clock
        self._ids = ids
        self._expiry_ms = expiry_ms
        self._place_wait_s = place_wait_s
        self._settle_wait_s = settle_wait_s
        self._open: set[Hold] = set()
        self._extending: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to extend open holds."""
        self._extending = asyncio.create_task(self._extend_for_ever(), name="extend-holds")

    async def stop(self) -> None:
        """Extend no more."""
        if self._extending is not None:
            self._extending.cancel()
            await asyncio.wait([self._extending])

    @asynccontextmanager
    async def place(self, request: PlaceHoldRequest) -> AsyncIterator[Hold]:
        """A hold for the length of a `with` block, released if the block did not end it.

        Fills in the hold's id and expiry. Raises what PlaceHold is refused with, or
        BILLING_UNAVAILABLE.
        """
        hold = await self._placed(request)
        self._open.add(hold)
        try:
            yield hold
        except GrokgateError as error:
            hold.release(error.reason.lower())
            raise
        except asyncio.CancelledError:
            hold.release(_CANCELLED)
            raise
        finally:
            self._open.discard(hold)
            hold.release(Reason.INTERNAL_ERROR.lower())

    async def _placed(self, request: PlaceHoldRequest) -> Hold:
        request.hold_id = self._ids.uuid()
        request.expires_in_ms = self._expiry_ms
        try:
            async with asyncio.timeout(self._place_wait_s):
                result = await self._meter.send(request)
        except TimeoutError as exc:
            self._take_back(request.hold_id)
            raise GrokgateError(
                Reason.BILLING_UNAVAILABLE,
                "Billing does not answer, so nothing was started. Try again shortly.",
                retry_after_ms=1000,
            ) from exc
        except asyncio.CancelledError:
            self._take_back(request.hold_id)
            raise
        return self._hold(request.hold_id, result)

    def _take_back(self, hold_id: str) -> None:
        """Release a hold that may or may not have been placed."""
        self._meter.send(ReleaseHoldRequest(hold_id=hold_id, void_reason=_CANCELLED))

    def _hold(self, hold_id: str, result: CommandResult) -> Hold:
        if result.HasField("error"):
            raise from_status(result.error)
        return Hold(self._meter, self._clock, hold_id, result.place_hold, self._settle_wait_s)

    async def _extend_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._expiry_ms / 3000)
            for hold in self._open:
                if not hold.ended:
                    hold.extend(self._expiry_ms)
