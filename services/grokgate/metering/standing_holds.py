"""Holds that outlive a call and a process: a job remembers them, in rows of its own."""

import asyncio
import logging

from grokgate.api.billing.v1.billing_pb2 import (
    CommandResult,
    ExtendHoldRequest,
    PlaceHoldRequest,
    PlaceHoldResponse,
    ReleaseHoldRequest,
    SettleHoldRequest,
)
from grokgate.api.types.v1.money_pb2 import Charge, ChargeBasis
from grokgate.chassis.statuses import from_status
from grokgate.metering.holds import place_in_time
from grokgate.metering.meter import Meter

_LOG = logging.getLogger(__name__)


class StandingHolds:
    """Carries the commands of jobs; which hold is open, and how it ended, the job knows.

    An ending is owed to billing until `end` has answered. It is safe to send again under the same
    hold id, also by another process, as long as the request is the same to the letter: billing
    answers a repeat as it answered the first. One that comes after the hold ran out is `late`.
    """

    def __init__(self, meter: Meter, *, place_wait_s: float = 5) -> None:
        self._meter = meter
        self._place_wait_s = place_wait_s

    async def place(self, request: PlaceHoldRequest) -> PlaceHoldResponse:
        """Place a hold under the id and for the time in the request.

        Raises what PlaceHold is refused with, OVERLOADED when too much waits for billing, or
        BILLING_UNAVAILABLE; there is then no hold, or it is taken back.
        """
        return await place_in_time(self._meter, request, self._place_wait_s)

    def extend(self, hold_id: str, expires_in_ms: int, *, reached_upstream: bool) -> None:
        """Move the expiry, and let billing know whether upstream may have billed the call."""
        request = ExtendHoldRequest(
            hold_id=hold_id, expires_in_ms=expires_in_ms, reached_upstream=reached_upstream
        )
        self._meter.send(request).add_done_callback(_note_refusal)

    async def end(self, request: SettleHoldRequest | ReleaseHoldRequest) -> Charge:
        """What the hold was charged, once billing has taken its ending, however long that takes.

        Raises what billing refuses it with. Cancelling ends the wait, not the delivery.
        """
        delivery = self._meter.send(request)
        await asyncio.wait([delivery])
        result = delivery.result()
        if result.HasField("error"):
            raise from_status(result.error)
        if result.HasField("settle_hold"):
            return result.settle_hold.charge
        return Charge(usd_ticks=0, basis=ChargeBasis.CHARGE_BASIS_NONE)


def _note_refusal(delivery: asyncio.Future[CommandResult]) -> None:
    result = delivery.result()
    if result.HasField("error"):
        error = from_status(result.error)
        _LOG.warning("billing refused to extend a job's hold", extra={"error": repr(error)})
