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

# How many times a hold is extended in the time that it would live without it.
_EXTENSIONS = 3

_Delivery = asyncio.Future[CommandResult]


class Hold:
    """An open hold. Only its first ending is sent, and it is delivered whoever stops waiting.

    Set `reached_upstream` just before upstream is asked, so that a hold that then runs out is
    listed for reconciliation.
    """

    def __init__(
        self,
        meter: Meter,
        clock: Clock,
        request: PlaceHoldRequest,
        placed: PlaceHoldResponse,
        settle_wait_s: float,
    ) -> None:
        self.hold_id = request.hold_id
        self.account_id = placed.account_id
        self.held_usd_ticks = placed.held_usd_ticks
        self.rate_limits: RateLimits = placed.rate_limits
        self.reached_upstream = False
        self._meter = meter
        self._clock = clock
        self._settle_wait_s = settle_wait_s
        self._placed_at_ms = clock.monotonic_ms()
        self._model = request.model
        self._request_id = request.request_id
        self._ending: _Delivery | None = None
        self._extension: _Delivery | None = None

    async def settle(self, settlement: SettleHoldRequest) -> Charge | None:
        """End with a charge; fills in what the hold knows: ids, account, model and latency.

        The settlement is on its way before the first await. After another ending nothing is
        sent, and the answer is the charge of that ending. None when there is no charge, or when
        billing did not tell it in time; the settlement is still delivered then.
        """
        if self._ending is None:
            settlement.hold_id = self.hold_id
            settlement.account_id = self.account_id
            settlement.model = self._model
            settlement.request_id = self._request_id
            settlement.latency_ms = self._elapsed_ms()
            self._ending = self._send(settlement)
        await asyncio.wait([self._ending], timeout=self._settle_wait_s)
        if not self._ending.done():
            _LOG.warning("an answer leaves before its settlement", extra={"hold_id": self.hold_id})
            return None
        result = self._ending.result()
        return result.settle_hold.charge if result.HasField("settle_hold") else None

    def release(self, void_reason: str) -> None:
        """End without a charge; does nothing after another ending."""
        if self._ending is None:
            self._ending = self._send(
                ReleaseHoldRequest(
                    hold_id=self.hold_id,
                    void_reason=void_reason,
                    reached_upstream=self.reached_upstream,
                    latency_ms=self._elapsed_ms(),
                )
            )

    def extend(self, expires_in_ms: int) -> None:
        """Move the expiry; does nothing after an ending, or while an extension is on its way."""
        if self._ending is None and (self._extension is None or self._extension.done()):
            self._extension = self._send(
                ExtendHoldRequest(
                    hold_id=self.hold_id,
                    expires_in_ms=expires_in_ms,
                    reached_upstream=self.reached_upstream,
                )
            )

    def _send(
        self, request: SettleHoldRequest | ReleaseHoldRequest | ExtendHoldRequest
    ) -> _Delivery:
        delivery = self._meter.send(request)
        delivery.add_done_callback(self._note_refusal)
        return delivery

    def _note_refusal(self, delivery: _Delivery) -> None:
        result = delivery.result()
        if result.HasField("error"):
            error = from_status(result.error)
            _LOG.error(
                "billing refused to end or extend a hold",
                extra={"hold_id": self.hold_id, "error": repr(error)},
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

        Fills in the hold's id and expiry. Raises what PlaceHold is refused with, OVERLOADED when
        too much waits for billing, or BILLING_UNAVAILABLE.
        """
        hold = await self._placed(request)
        self._open.add(hold)
        void_reason = Reason.INTERNAL_ERROR.lower()
        try:
            yield hold
        except GrokgateError as error:
            void_reason = error.reason.lower()
            raise
        except asyncio.CancelledError:
            void_reason = "cancelled"
            raise
        finally:
            self._open.discard(hold)
            hold.release(void_reason)

    async def _placed(self, request: PlaceHoldRequest) -> Hold:
        request.hold_id = self._ids.uuid()
        request.expires_in_ms = self._expiry_ms
        placed = await place_in_time(self._meter, request, self._place_wait_s)
        return Hold(self._meter, self._clock, request, placed, self._settle_wait_s)

    async def _extend_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._expiry_ms / 1000 / _EXTENSIONS)
            for hold in self._open:
                hold.extend(self._expiry_ms)


async def place_in_time(
    meter: Meter, request: PlaceHoldRequest, wait_s: float
) -> PlaceHoldResponse:
    """What billing answers within the wait; a place that nobody waits for any more is taken back.

    Raises what PlaceHold is refused with, OVERLOADED or BILLING_UNAVAILABLE.
    """
    try:
        async with asyncio.timeout(wait_s):
            result = await meter.place(request)
    except TimeoutError as exc:
        raise GrokgateError(
            Reason.BILLING_UNAVAILABLE,
            "Billing does not answer, so nothing was started. Try again shortly.",
            retry_after_ms=1000,
        ) from exc
    if result.HasField("error"):
        raise from_status(result.error)
    return result.place_hold
