"""The text room, wired: settings in, registered servicer out."""

import grpc
from prometheus_client import Gauge

from grokgate.api.text.v1 import text_pb2
from grokgate.api.text.v1.text_pb2_grpc import add_TextServiceServicer_to_server
from grokgate.catalog.models import LiveCatalog
from grokgate.chassis.calls import Metadata
from grokgate.chassis.clock import Clock
from grokgate.chassis.ids import IdSource
from grokgate.chassis.metrics import Metrics
from grokgate.chassis.tracing import UNTRACED, Tracing
from grokgate.metering.holds import Holds
from grokgate.metering.meter import Meter
from grokgate.metering.paid_calls import PaidCalls
from grokgate.metering.paid_streams import PaidStreams
from grokgate.text.observing import Observer
from grokgate.text.servicer import TextServicer
from grokgate.xai.client import XaiClient

_METER_GRACE_S = 10.0


class TextRoom:
    """Serves TextService.

    `credentials` is the metadata by which billing knows this service.
    """

    name = "text"
    service_names = (text_pb2.DESCRIPTOR.services_by_name["TextService"].full_name,)

    def __init__(
        self,
        *,
        catalog: LiveCatalog,
        billing: grpc.aio.Channel,
        credentials: Metadata,
        upstream: XaiClient,
        clock: Clock,
        ids: IdSource,
        metrics: Metrics,
        tracing: Tracing = UNTRACED,
        hold_expiry_ms: int = 120_000,
        drain_limit: int = 64,
        drain_timeout_s: float = 120,
        stall_timeout_s: float = 60,
    ) -> None:
        self._upstream = upstream
        self._meter = Meter(billing, credentials)
        self._holds = Holds(self._meter, clock=clock, ids=ids, expiry_ms=hold_expiry_ms)
        self._paid_calls = PaidCalls(drain_limit=drain_limit, drain_timeout_s=drain_timeout_s)
        Gauge(
            "grokgate_text_drains",
            "Calls that go on without a caller.",
            registry=metrics.registry,
        ).set_function(lambda: self._paid_calls.drains)
        self._servicer = TextServicer(
            catalog=catalog,
            holds=self._holds,
            paid_calls=self._paid_calls,
            paid_streams=PaidStreams(self._paid_calls, stall_timeout_s=stall_timeout_s),
            upstream=upstream,
            observer=Observer(metrics.registry, tracing, clock),
            clock=clock,
            ids=ids,
        )

    def register(self, server: grpc.aio.Server) -> None:
        """Add the servicer."""
        add_TextServiceServicer_to_server(self._servicer, server)

    async def start(self) -> None:
        """Connect to billing, in the background."""
        await self._meter.start()
        await self._holds.start()

    async def stop(self, grace_s: float) -> None:
        """Finish paid calls within the grace, deliver their endings, hang up."""
        await self._paid_calls.stop(grace_s)
        await self._holds.stop()
        await self._meter.stop(_METER_GRACE_S)
        await self._upstream.aclose()
