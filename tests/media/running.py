"""Media rooms with a real ledger behind them and an upstream of the test's choice."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from grokgate.api.billing.v1.account_pb2 import KeyPolicy, ListUsageRequest, UsageRow
from grokgate.api.billing.v1.account_pb2_grpc import AccountServiceStub
from grokgate.api.billing.v1.admin_pb2 import (
    AddCreditRequest,
    IssueKeyRequest,
    ListHoldsRequest,
    OpenAccountRequest,
    VerifyLedgerRequest,
)
from grokgate.api.billing.v1.admin_pb2_grpc import AdminServiceStub
from grokgate.api.media.v1.admin_pb2 import GetVideoJobRequest, ListVideoJobsRequest, VideoJob
from grokgate.api.media.v1.admin_pb2_grpc import VideoAdminServiceStub
from grokgate.api.media.v1.media_pb2 import (
    GetVideoRequest,
    StartVideoRequest,
    StartVideoResponse,
    Video,
    VideoState,
    WaitForVideoRequest,
)
from grokgate.api.media.v1.media_pb2_grpc import MediaServiceStub
from grokgate.billing.peppers import Peppers
from grokgate.billing.service import BillingRoom
from grokgate.catalog.models import LiveCatalog, parse_catalog
from grokgate.chassis.clock import Clock, SystemClock
from grokgate.chassis.credentials import ServiceTokens, admin_metadata, service_metadata
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.ids import IdSource
from grokgate.chassis.inprocess_channel import InProcessChannel
from grokgate.chassis.inprocess_server import InProcessServer
from grokgate.chassis.interceptors import server_interceptors
from grokgate.chassis.metrics import Metrics
from grokgate.chassis.secrets import Secret
from grokgate.chassis.statuses import from_rpc_error
from grokgate.chassis.tracing import UNTRACED
from grokgate.media.service import MediaRoom
from grokgate.media.videos.limits import VideoLimits
from grokgate.metering.paid_work import PaidWork, WorkLimits
from grokgate.xai.client import XaiClient
from grokgate.xai.observing import Observer
from grokgate.xai.timeouts import Timeouts

MODELS_TOML = Path(__file__).parents[2] / "services/grokgate/catalog/models.toml"
TOKEN = Secret("media-token")
ADMIN = Secret("admin-token")
AS_ADMIN = admin_metadata(ADMIN, "a test")
USD = 10**10
CAP_BYTES = 64 * 1024 * 1024
SUCCEEDED = VideoState.VIDEO_STATE_SUCCEEDED
FAILED = VideoState.VIDEO_STATE_FAILED
EXPIRED = VideoState.VIDEO_STATE_EXPIRED
PROCESSING = VideoState.VIDEO_STATE_PROCESSING

# Everything as in earnest, only a hundred times faster.
FAST: Mapping[str, Any] = {
    "poll_first_s": 0.005,
    "poll_ceiling_s": 0.02,
    "poll_timeout_s": 0.3,
    "lease_s": 0.7,
    "renew_s": 0.05,
    "settle_wait_s": 0.5,
    "look_every_s": 0.02,
}


class OneRoom:
    """A media room on a server of its own."""

    def __init__(self, room: MediaRoom, server: InProcessServer, metrics: Metrics) -> None:
        self.room = room
        self.metrics = metrics
        self.server = server
        channel = InProcessChannel(server)
        self.media: Any = MediaServiceStub(channel)
        self.admin: Any = VideoAdminServiceStub(channel)
        self._stopped = False

    async def stop(self, grace_s: float = 5) -> None:
        """As at SIGTERM."""
        if not self._stopped:
            self._stopped = True
            await self.room.stop(grace_s)
            await self.server.stop(None)

    async def crash(self) -> None:
        """Work no more, without a last word: leases stay as they are."""
        self._stopped = True
        videos = self.room.videos
        await videos._creations.stop(0)
        await videos._leases.stop()
        await videos.worker.stop(0)
        await videos._writes.stop()
        await self.room._paid_work.stop(0)
        await videos.close()
        await self.server.stop(None)


class House:
    """Billing, and media rooms over one file."""

    def __init__(self, folder: Path, inside: InProcessServer, stops: AsyncExitStack) -> None:
        self.folder = folder
        self._stops = stops
        self.billing_server = inside
        self.billing = InProcessChannel(inside)
        self.ledger = AdminServiceStub(self.billing)
        self._account = AccountServiceStub(self.billing)
        self.catalog = LiveCatalog(parse_catalog(MODELS_TOML.read_text()))
        self.key: tuple[tuple[str, str], ...] = ()
        self.one: OneRoom

    async def add_room(
        self,
        upstream: httpx.AsyncBaseTransport,
        *,
        content: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
        base_url: str = "http://xai.test/v1",
        keys: tuple[str, ...] = ("xai-test",),
        timeouts: Timeouts | None = None,
        **limits: Any,
    ) -> OneRoom:
        """A room over the house's file; the latest is `one`."""
        clock, metrics = clock or SystemClock(), Metrics()
        client = XaiClient(
            transport=upstream,
            base_url=base_url,
            api_keys=[Secret(key) for key in keys],
            timeouts=timeouts or Timeouts(),
            clock=clock,
            jitter=lambda: 0,
        )
        paid_work = PaidWork(
            "media",
            billing=self.billing,
            credentials=service_metadata(TOKEN),
            clock=clock,
            ids=IdSource(clock),
            registry=metrics.registry,
            limits=WorkLimits(),
        )
        room = MediaRoom(
            catalog=self.catalog,
            billing=self.billing,
            paid_work=paid_work,
            upstreams={"xai": client},
            content=content or upstream,
            database=self.folder / "media.sqlite3",
            admin_token=ADMIN,
            observer=Observer(metrics.registry, UNTRACED, clock),
            clock=clock,
            ids=IdSource(clock),
            metrics=metrics,
            video_limits=VideoLimits(**{**FAST, **limits}),
        )
        server = InProcessServer(
            server_interceptors(metrics, clock),
            max_message_bytes=CAP_BYTES,
            prove_messages_untouched=True,
        )
        room.register(server)
        await room.start()
        await server.start()
        self.one = OneRoom(room, server, metrics)
        self._stops.push_async_callback(self.one.stop)
        return self.one

    async def start_video(self, prompt: str = "a cat", **fields: Any) -> Video:
        return (await self.start(prompt, **fields)).video

    async def start(self, prompt: str = "a cat", **fields: Any) -> StartVideoResponse:
        usual: dict[str, Any] = {"model": "grok-imagine-video", "duration_seconds": 5}
        request = StartVideoRequest(**(usual | {"prompt": prompt} | fields))
        answer: StartVideoResponse = await self.one.media.StartVideo(request, metadata=self.key)
        return answer

    async def get(self, video_id: str) -> Video:
        request = GetVideoRequest(id=video_id)
        video: Video = (await self.one.media.GetVideo(request, metadata=self.key)).video
        return video

    async def ended(self, video_id: str) -> Video:
        """The video once it has ended."""
        video = await self.get_after(video_id, 10_000)
        assert video.state in {SUCCEEDED, FAILED, EXPIRED}
        return video

    async def get_after(self, video_id: str, max_wait_ms: int) -> Video:
        """The video when it has ended or the wait is over."""
        request = WaitForVideoRequest(id=video_id, max_wait_ms=max_wait_ms)
        video: Video = (await self.one.media.WaitForVideo(request, metadata=self.key)).video
        return video

    async def settled(self, video_id: str) -> Video:
        """The video once billing has taken its ending."""
        async with asyncio.timeout(10):
            while True:
                video = await self.ended(video_id)
                if video.HasField("charge"):
                    return video
                await asyncio.sleep(0.01)  # it can only be asked

    async def job(self, video_id: str) -> VideoJob:
        request = GetVideoJobRequest(id=video_id)
        job: VideoJob = (await self.one.admin.GetVideoJob(request, metadata=AS_ADMIN)).job
        return job

    async def jobs(self, **filters: Any) -> list[VideoJob]:
        request = ListVideoJobsRequest(**filters)
        return list((await self.one.admin.ListVideoJobs(request, metadata=AS_ADMIN)).jobs)

    async def until_inner(self, video_id: str, inner_state: str) -> VideoJob:
        """The job once it is in a state."""
        async with asyncio.timeout(10):
            while True:
                job = await self.job(video_id)
                if job.inner_state == inner_state:
                    return job
                await asyncio.sleep(0.005)  # it can only be asked

    async def open_account(self, usd_ticks: int = 100 * USD, name: str = "a") -> None:
        """An account with a key, which calls are made with from now on."""
        await self.ledger.OpenAccount(OpenAccountRequest(id=name, name=name), metadata=AS_ADMIN)
        credit = AddCreditRequest(id=f"credit {name}", account_id=name, usd_ticks=usd_ticks)
        await self.ledger.AddCredit(credit, metadata=AS_ADMIN)
        issue = IssueKeyRequest(account_id=name, name="K", policy=KeyPolicy())
        secret = (await self.ledger.IssueKey(issue, metadata=AS_ADMIN)).secret
        self.key = (("authorization", f"Bearer {secret}"),)

    async def open_holds(self) -> list[UsageRow]:
        return list((await self.ledger.ListHolds(ListHoldsRequest(), metadata=AS_ADMIN)).holds)

    async def to_reconcile(self) -> list[UsageRow]:
        """What billing lists as perhaps billed without being charged."""
        request = ListHoldsRequest(to_reconcile=True)
        return list((await self.ledger.ListHolds(request, metadata=AS_ADMIN)).holds)

    async def usage(self) -> list[UsageRow]:
        """The usage rows, once no hold is open and the ledger is proven sound."""
        async with asyncio.timeout(10):
            while await self.open_holds():  # noqa: ASYNC110  # the ledger can only be asked
                await asyncio.sleep(0.01)
        verdict = await self.ledger.VerifyLedger(VerifyLedgerRequest(), metadata=AS_ADMIN)
        assert list(verdict.problems) == []
        rows = await self._account.ListUsage(ListUsageRequest(limit=1000), metadata=self.key)
        return list(rows.rows)


async def refusal(call: Any) -> GrokgateError:
    """What a call fails with."""
    with pytest.raises(Exception) as caught:  # noqa: PT011  # whatever it is, it must be a status
        await call
    return from_rpc_error(caught.value)  # type: ignore[arg-type]  # which this proves


async def expect_refusal(reason: Reason, call: Any, param: str = "") -> GrokgateError:
    """A call fails with a reason, naming a field if one is given."""
    error = await refusal(call)
    assert error.reason == reason, error
    assert error.param == param
    return error


@asynccontextmanager
async def running_house(folder: Path) -> AsyncIterator[House]:
    """Billing and an account, and no room yet."""
    clock, metrics = SystemClock(), Metrics()
    inside = InProcessServer(
        server_interceptors(metrics, clock),
        max_message_bytes=CAP_BYTES,
        prove_messages_untouched=True,
    )
    async with AsyncExitStack() as stops:
        billing = BillingRoom(
            database=folder / "ledger.sqlite3",
            catalog=LiveCatalog(parse_catalog(MODELS_TOML.read_text())),
            peppers=Peppers({"1": Secret("a pepper that is quite long enough")}),
            service_tokens=ServiceTokens({"media": TOKEN}),
            admin_token=ADMIN,
            clock=clock,
            ids=IdSource(clock),
            metrics=metrics,
        )
        billing.register(inside)
        await billing.start()
        stops.push_async_callback(billing.stop, 5)
        await inside.start()
        stops.push_async_callback(inside.stop, None)
        house = House(folder, inside, stops)
        await house.open_account()
        yield house
