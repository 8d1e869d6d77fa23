"""The text room, wired: settings in, registered servicer out."""

import grpc

from grokgate.api.text.v1 import text_pb2
from grokgate.api.text.v1.text_pb2_grpc import add_TextServiceServicer_to_server
from grokgate.catalog.models import LiveCatalog
from grokgate.chassis.clock import Clock
from grokgate.chassis.ids import IdSource
from grokgate.metering.paid_work import PaidWork
from grokgate.text.servicer import TextServicer
from grokgate.xai.client import XaiClient
from grokgate.xai.observing import Observer


class TextRoom:
    """Serves TextService."""

    name = "text"
    service_names = (text_pb2.DESCRIPTOR.services_by_name["TextService"].full_name,)

    def __init__(
        self,
        *,
        catalog: LiveCatalog,
        paid_work: PaidWork,
        upstream: XaiClient,
        observer: Observer,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._paid_work = paid_work
        self._upstream = upstream
        self._servicer = TextServicer(
            catalog=catalog,
            paid_work=paid_work,
            upstream=upstream,
            observer=observer,
            clock=clock,
            ids=ids,
        )

    def register(self, server: grpc.aio.Server) -> None:
        """Add the servicer."""
        add_TextServiceServicer_to_server(self._servicer, server)

    async def start(self) -> None:
        """Connect to billing, in the background."""
        await self._paid_work.start()

    async def stop(self, grace_s: float) -> None:
        """Finish paid calls within the grace, deliver their endings, hang up."""
        await self._paid_work.stop(grace_s)
        await self._upstream.aclose()
