"""A text room with a real ledger behind it and a sandbox as its upstream."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import httpx

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
from grokgate.api.text.v1.text_pb2 import (
    Delta,
    Finished,
    GenerateRequest,
    GenerationEvent,
    PartKind,
    StreamGenerateRequest,
    StreamGenerateResponse,
)
from grokgate.api.text.v1.text_pb2_grpc import TextServiceStub
from grokgate.billing.peppers import Peppers
from grokgate.billing.service import BillingRoom
from grokgate.catalog.models import LiveCatalog, parse_catalog
from grokgate.chassis.channels import open_channel
from grokgate.chassis.clock import SystemClock
from grokgate.chassis.credentials import ServiceTokens, admin_metadata, service_metadata
from grokgate.chassis.ids import IdSource
from grokgate.chassis.inprocess_channel import InProcessChannel
from grokgate.chassis.inprocess_server import InProcessServer
from grokgate.chassis.interceptors import server_interceptors
from grokgate.chassis.metrics import Metrics
from grokgate.chassis.secrets import Secret
from grokgate.chassis.serving import WireServer
from grokgate.chassis.tracing import UNTRACED, Tracing
from grokgate.metering.paid_work import PaidWork, WorkLimits
from grokgate.sandbox.request_log import Received
from grokgate.sandbox.service import Sandbox
from grokgate.text.service import TextRoom
from grokgate.xai.client import XaiClient
from grokgate.xai.observing import Observer
from grokgate.xai.timeouts import Timeouts
from grokgate.xai.transport import PyreqwestTransport
from tests.text.requests import request, said

MODELS_TOML = Path(__file__).parents[2] / "services/grokgate/catalog/models.toml"
TOKEN = Secret("text-token")
ADMIN = Secret("admin-token")
AS_ADMIN = admin_metadata(ADMIN, "a test")
USD = 10**10
CAP_BYTES = 8 * 1024 * 1024

Stream = grpc.aio.UnaryStreamCall[StreamGenerateRequest, StreamGenerateResponse]


class House:
    """What runs, and short ways to say what most tests say."""

    def __init__(self, sandbox: Sandbox, room: TextRoom, billing: InProcessChannel) -> None:
        self.sandbox = sandbox
        self.room = room
        self.text: Any = None
        self.admin = AdminServiceStub(billing)
        self._account = AccountServiceStub(billing)
        self.key: tuple[tuple[str, str], ...] = ()

    def ask(self, text: str = "Hello", **fields: Any) -> Stream:
        """Begin a stream."""
        generation = StreamGenerateRequest(generation=self.generation(text, **fields))
        call: Stream = self.text.StreamGenerate(generation, metadata=self.key)
        return call

    def generation(self, text: str, **fields: Any) -> GenerateRequest:
        return request(said(text), **fields)

    async def open_account(self, usd_ticks: int = 100 * USD) -> None:
        await self.admin.OpenAccount(OpenAccountRequest(id="a", name="A"), metadata=AS_ADMIN)
        credit = AddCreditRequest(id="credit", account_id="a", usd_ticks=usd_ticks)
        await self.admin.AddCredit(credit, metadata=AS_ADMIN)
        issue = IssueKeyRequest(account_id="a", name="K", policy=KeyPolicy())
        secret = (await self.admin.IssueKey(issue, metadata=AS_ADMIN)).secret
        self.key = (("authorization", f"Bearer {secret}"),)

    async def usage(self) -> list[UsageRow]:
        """The usage rows, once no hold is open and the ledger is proven sound."""
        async with asyncio.timeout(5):
            while await self._open_holds():  # noqa: ASYNC110  # the ledger can only be asked
                await asyncio.sleep(0.01)
        verdict = await self.admin.VerifyLedger(VerifyLedgerRequest(), metadata=AS_ADMIN)
        assert list(verdict.problems) == []
        rows = await self._account.ListUsage(ListUsageRequest(limit=1000), metadata=self.key)
        return list(rows.rows)

    async def reached_upstream(self) -> None:
        """Return once upstream has got a call."""
        async with asyncio.timeout(5):
            while not self.sandbox.requests:  # noqa: ASYNC110  # it can only be asked
                await asyncio.sleep(0)

    async def _open_holds(self) -> list[UsageRow]:
        return list((await self.admin.ListHolds(ListHoldsRequest(), metadata=AS_ADMIN)).holds)

    @property
    def received(self) -> Received:
        """The latest call that upstream got."""
        return self.sandbox.requests[-1]


async def messages(stream: Stream) -> list[StreamGenerateResponse]:
    """All that a stream says."""
    async with asyncio.timeout(20):
        return [message async for message in stream]


async def events(stream: Stream) -> list[GenerationEvent]:
    """All events of a stream."""
    return [event for message in await messages(stream) for event in message.events]


def kinds(said_events: list[GenerationEvent]) -> list[str]:
    return [str(event.WhichOneof("event")) for event in said_events]


def finished(said_events: list[GenerationEvent]) -> Finished:
    """The end of a stream, of which there is one."""
    assert kinds(said_events).count("finished") == 1
    assert said_events[-1].HasField("finished")
    return said_events[-1].finished


def text_of(said_events: list[GenerationEvent], kind: int = PartKind.PART_KIND_TEXT) -> str:
    deltas: list[Delta] = [event.delta for event in said_events if event.HasField("delta")]
    return "".join(delta.text for delta in deltas if delta.kind == kind)


@asynccontextmanager
async def running_house(
    folder: Path,
    *,
    wire: bool = False,
    transport: httpx.AsyncBaseTransport | None = None,
    timeouts: Timeouts | None = None,
    metrics: Metrics | None = None,
    tracing: Tracing = UNTRACED,
    **limits: Any,
) -> AsyncIterator[House]:
    """`limits` are those of the text room's work; `wire` puts a real gRPC channel before it."""
    clock, catalog = SystemClock(), LiveCatalog(parse_catalog(MODELS_TOML.read_text()))
    metrics = metrics or Metrics()
    interceptors = server_interceptors(metrics, clock)
    inside = InProcessServer(
        interceptors, max_message_bytes=CAP_BYTES, prove_messages_untouched=True
    )
    channel = InProcessChannel(inside)
    sandbox = Sandbox()
    async with AsyncExitStack() as stops:
        url = await sandbox.start()
        stops.push_async_callback(sandbox.stop)
        billing = BillingRoom(
            database=folder / "ledger.sqlite3",
            catalog=catalog,
            peppers=Peppers({"1": Secret("a pepper that is quite long enough")}),
            service_tokens=ServiceTokens({"text": TOKEN}),
            admin_token=ADMIN,
            clock=clock,
            ids=IdSource(clock),
            metrics=metrics,
        )
        room = TextRoom(
            catalog=catalog,
            paid_work=PaidWork(
                "text",
                billing=channel,
                credentials=service_metadata(TOKEN),
                clock=clock,
                ids=IdSource(clock),
                registry=metrics.registry,
                limits=WorkLimits(**limits),
            ),
            upstream=XaiClient(
                transport=transport
                or PyreqwestTransport(
                    connect_timeout_s=5, silence_timeout_s=(timeouts or Timeouts()).silence_s
                ),
                base_url=f"{url}/v1",
                api_keys=[Secret("xai-test")],
                timeouts=timeouts or Timeouts(),
                clock=clock,
            ),
            observer=Observer(metrics.registry, tracing, clock),
            clock=clock,
            ids=IdSource(clock),
        )
        house = House(sandbox, room, channel)
        billing.register(inside)
        room.register(inside)
        await billing.start()
        stops.push_async_callback(billing.stop, 5)
        await inside.start()
        stops.push_async_callback(inside.stop, None)
        await room.start()
        stops.push_async_callback(room.stop, 5)
        house.text = TextServiceStub(channel)
        if wire:
            server = WireServer(
                f"unix:{folder}/text.sock",
                [room],
                interceptors=server_interceptors(Metrics(), clock),
                message_cap_bytes=CAP_BYTES,
            )
            address = await server.start()
            await server.set_serving(serving=True)
            stops.push_async_callback(server.stop, 0)
            outside = open_channel(address, message_cap_bytes=CAP_BYTES)
            stops.push_async_callback(outside.close)
            house.text = TextServiceStub(outside)
        await house.open_account()
        yield house
