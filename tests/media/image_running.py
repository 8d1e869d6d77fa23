"""Image calls with a real ledger behind them and a sandbox as both of their upstreams."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import httpx

from grokgate.api.billing.v1.account_pb2 import UsageRow
from grokgate.api.media.v1 import media_pb2
from grokgate.api.media.v1.media_pb2 import EditImagesRequest, InputImage
from grokgate.api.media.v1.media_pb2_grpc import (
    MediaServiceStub,
    add_MediaServiceServicer_to_server,
)
from grokgate.chassis.clock import SystemClock
from grokgate.chassis.credentials import service_metadata
from grokgate.chassis.ids import IdSource
from grokgate.chassis.inprocess_channel import InProcessChannel
from grokgate.chassis.inprocess_server import InProcessServer
from grokgate.chassis.interceptors import server_interceptors
from grokgate.chassis.metrics import Metrics
from grokgate.chassis.secrets import Secret
from grokgate.chassis.statuses import from_rpc_error
from grokgate.chassis.tracing import UNTRACED
from grokgate.media.callers import Callers
from grokgate.media.images.images import Images
from grokgate.media.servicer import MediaServicer
from grokgate.metering.paid_work import PaidWork, WorkLimits
from grokgate.sandbox.request_log import Received
from grokgate.sandbox.service import Sandbox
from grokgate.xai.client import XaiClient
from grokgate.xai.observing import Observer
from grokgate.xai.timeouts import Timeouts
from grokgate.xai.transport import PyreqwestTransport
from tests.media import running
from tests.media.image_requests import generation

CAP_BYTES = 64 * 1024 * 1024


class House:
    """What runs, and short ways to say what most tests say.

    `wiring` is what Images are made of, beside their paid work.
    """

    def __init__(
        self,
        ledger: running.House,
        sandbox: Sandbox,
        metrics: Metrics,
        paid_work: PaidWork,
        wiring: dict[str, Any],
    ) -> None:
        self.ledger = ledger
        self.sandbox = sandbox
        self.metrics = metrics
        self.paid_work = paid_work
        self.wiring = wiring
        self.media: Any = None
        self.key = ledger.key

    async def generate(self, prompt: str = "A copper lamp", **fields: Any) -> media_pb2.Images:
        """GenerateImages; raises what it is refused with."""
        request = generation(prompt, **fields)
        return await _answered(self.media.GenerateImages(request, metadata=self.key))

    async def edit(
        self, *sent: InputImage, prompt: str = "As a sketch", **fields: Any
    ) -> media_pb2.Images:
        """EditImages; raises what it is refused with."""
        request = EditImagesRequest(generation=generation(prompt, **fields), images=sent)
        return await _answered(self.media.EditImages(request, metadata=self.key))

    async def usage(self) -> list[UsageRow]:
        """The usage rows, once no hold is open and the ledger is proven sound."""
        return await self.ledger.usage()

    async def reached_upstream(self) -> None:
        """Return once upstream has got a call."""
        async with asyncio.timeout(5):
            while not self.sandbox.requests:  # noqa: ASYNC110  # it can only be asked
                await asyncio.sleep(0)

    @property
    def received(self) -> Received:
        """The latest call that upstream got."""
        return self.sandbox.requests[-1]


@asynccontextmanager
async def running_house(
    folder: Path,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    timeouts: Timeouts | None = None,
    **limits: Any,
) -> AsyncIterator[House]:
    """`transport` takes xAI's place; `limits` are those of the room's work."""
    clock, metrics, sandbox = SystemClock(), Metrics(), Sandbox()
    async with running.running_house(folder) as ledger, AsyncExitStack() as stops:
        url = await sandbox.start()
        stops.push_async_callback(sandbox.stop)

        def client(path: str, key: str, transport: httpx.AsyncBaseTransport | None) -> XaiClient:
            made = XaiClient(
                transport=transport
                or PyreqwestTransport(connect_timeout_s=5, silence_timeout_s=10),
                base_url=url + path,
                api_keys=[Secret(key)],
                timeouts=timeouts or Timeouts(),
                clock=clock,
            )
            stops.push_async_callback(made.aclose)
            return made

        paid_work = PaidWork(
            "media",
            billing=ledger.billing,
            credentials=service_metadata(running.TOKEN),
            clock=clock,
            ids=IdSource(clock),
            registry=metrics.registry,
            limits=WorkLimits(**limits),
        )
        wiring: dict[str, Any] = {
            "catalog": ledger.catalog,
            "upstreams": {
                "xai": client("/v1", "xai-test", transport),
                "compatible": client("/compatible/v1", "sk-test", None),
            },
            "observer": Observer(metrics.registry, UNTRACED, clock),
            "clock": clock,
            "ids": IdSource(clock),
        }
        await paid_work.start()
        stops.push_async_callback(paid_work.stop, 5)
        house = House(ledger, sandbox, metrics, paid_work, wiring)
        server = InProcessServer(
            server_interceptors(metrics, clock),
            max_message_bytes=CAP_BYTES,
            prove_messages_untouched=True,
        )
        add_MediaServiceServicer_to_server(_servicer(house), server)
        await server.start()
        stops.push_async_callback(server.stop, None)
        house.media = MediaServiceStub(InProcessChannel(server))
        yield house


def _servicer(house: House) -> MediaServicer:
    """A servicer of images alone."""
    no_videos: Any = None
    wiring = house.wiring
    return MediaServicer(
        images=Images(paid_work=house.paid_work, **wiring),
        videos=no_videos,
        callers=Callers(house.ledger.billing, wiring["clock"]),
        catalog=wiring["catalog"],
        observer=wiring["observer"],
        ids=wiring["ids"],
    )


async def _answered(call: Any) -> media_pb2.Images:
    try:
        images: media_pb2.Images = (await call).images
    except grpc.aio.AioRpcError as exc:
        raise from_rpc_error(exc) from exc
    return images
