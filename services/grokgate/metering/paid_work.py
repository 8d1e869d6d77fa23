"""All that a service needs to be paid: its line to billing, its holds, and its work under them."""

from dataclasses import dataclass

import grpc
from prometheus_client import CollectorRegistry, Gauge

from grokgate.chassis.calls import Metadata
from grokgate.chassis.clock import Clock
from grokgate.chassis.ids import IdSource
from grokgate.metering.holds import Holds
from grokgate.metering.meter import Meter
from grokgate.metering.paid_calls import PaidCalls
from grokgate.metering.paid_streams import PaidStreams
from grokgate.metering.standing_holds import StandingHolds

_METER_GRACE_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLimits:
    """How long a hold lives unless extended, and how far a call goes on without its caller."""

    hold_expiry_ms: int = 120_000
    drain_limit: int = 64
    drain_timeout_s: float = 120
    stall_timeout_s: float = 60


class PaidWork:
    """What one service places holds with and runs under them.

    `credentials` is the metadata by which billing knows the service. `start` connects in the
    background; `stop` finishes paid calls within its grace and delivers their endings.
    """

    def __init__(
        self,
        service: str,
        *,
        billing: grpc.aio.Channel,
        credentials: Metadata,
        clock: Clock,
        ids: IdSource,
        registry: CollectorRegistry,
        limits: WorkLimits,
    ) -> None:
        self._meter = Meter(billing, credentials)
        self.holds = Holds(self._meter, clock=clock, ids=ids, expiry_ms=limits.hold_expiry_ms)
        self.standing_holds = StandingHolds(self._meter)
        self.calls = PaidCalls(
            drain_limit=limits.drain_limit, drain_timeout_s=limits.drain_timeout_s
        )
        self.streams = PaidStreams(self.calls, stall_timeout_s=limits.stall_timeout_s)
        Gauge(
            f"grokgate_{service}_drains",
            "Calls that go on without a caller.",
            registry=registry,
        ).set_function(lambda: self.calls.drains)

    async def start(self) -> None:
        """Connect to billing, in the background."""
        await self._meter.start()
        await self.holds.start()

    async def stop(self, grace_s: float) -> None:
        """Finish paid calls within the grace, deliver their endings, hang up."""
        await self.calls.stop(grace_s)
        await self.holds.stop()
        await self._meter.stop(_METER_GRACE_S)
