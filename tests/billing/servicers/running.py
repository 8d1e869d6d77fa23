"""A billing room that serves on a loopback port, and what tests need to talk to it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio

from grokgate.api.billing.v1.account_pb2 import KeyPolicy
from grokgate.api.billing.v1.account_pb2_grpc import AccountServiceStub
from grokgate.api.billing.v1.admin_pb2 import (
    AddCreditRequest,
    IssueKeyRequest,
    IssueKeyResponse,
    OpenAccountRequest,
)
from grokgate.api.billing.v1.admin_pb2_grpc import AdminServiceStub
from grokgate.api.billing.v1.billing_pb2 import (
    Command,
    CommandResult,
    ExecuteCommandsRequest,
    ExecuteCommandsResponse,
    PlaceHoldRequest,
    SettleHoldRequest,
)
from grokgate.api.billing.v1.billing_pb2_grpc import BillingServiceStub
from grokgate.api.billing.v1.catalog_pb2_grpc import CatalogServiceStub
from grokgate.api.types.v1.endpoint_pb2 import Endpoint
from grokgate.api.types.v1.usage_pb2 import Quantities
from grokgate.billing.peppers import Peppers
from grokgate.billing.service import BillingRoom
from grokgate.catalog.models import LiveCatalog, parse_catalog
from grokgate.chassis.calls import Metadata
from grokgate.chassis.credentials import ServiceTokens, admin_metadata, service_metadata
from grokgate.chassis.errors import GrokgateError
from grokgate.chassis.ids import IdSource
from grokgate.chassis.interceptors import server_interceptors
from grokgate.chassis.metrics import Metrics
from grokgate.chassis.secrets import Secret
from grokgate.chassis.statuses import from_rpc_error, from_status
from tests.support.clock import FakeClock

ROOT = Path(__file__).parents[3]
MODELS_TOML = (ROOT / "services/grokgate/catalog/models.toml").read_text()

USD = 10**10
MODEL = "xai/grok-4.3"
PEPPERS = {"pepper-1": Secret("first pepper, quite long enough to be one")}
ADMIN_TOKEN = Secret("admin-token")
TEXT_TOKEN = Secret("text-token")
VOICE_TOKEN = Secret("voice-token")
AS_TEXT = service_metadata(TEXT_TOKEN)
AS_VOICE = service_metadata(VOICE_TOKEN)
AS_ADMIN = admin_metadata(ADMIN_TOKEN, "olivia")


def as_caller(secret: str) -> Metadata:
    return (("authorization", f"Bearer {secret}"),)


def tokens(input_tokens: int, output_tokens: int, cached_input_tokens: int = 0) -> Quantities:
    quantities = Quantities()
    quantities.text.input_tokens = input_tokens
    quantities.text.output_tokens = output_tokens
    quantities.text.cached_input_tokens = cached_input_tokens
    return quantities


class Billing:
    """The stubs of a running room, and short ways to say what most tests say."""

    def __init__(
        self,
        room: BillingRoom,
        channel: grpc.aio.Channel,
        database: Path,
        clock: FakeClock,
        catalog: LiveCatalog,
    ) -> None:
        self.room = room
        self.billing = BillingServiceStub(channel)
        self.account = AccountServiceStub(channel)
        self.admin = AdminServiceStub(channel)
        self.catalog_service = CatalogServiceStub(channel)
        self.database = database
        self.clock = clock
        self.catalog = catalog
        self.ids = IdSource(clock)

    async def open_account(self, account_id: str = "acme", usd_ticks: int = 100 * USD) -> None:
        await self.admin.OpenAccount(OpenAccountRequest(id=account_id), metadata=AS_ADMIN)
        credit = AddCreditRequest(
            id=f"credit-{account_id}", account_id=account_id, usd_ticks=usd_ticks
        )
        if usd_ticks:
            await self.admin.AddCredit(credit, metadata=AS_ADMIN)

    async def issue_key(
        self, account_id: str = "acme", policy: KeyPolicy | None = None
    ) -> IssueKeyResponse:
        request = IssueKeyRequest(account_id=account_id, name="a key", policy=policy)
        response: IssueKeyResponse = await self.admin.IssueKey(request, metadata=AS_ADMIN)
        return response

    async def customer(
        self, account_id: str = "acme", usd_ticks: int = 100 * USD, **policy: Any
    ) -> str:
        """The secret of a new key of a new account."""
        await self.open_account(account_id, usd_ticks)
        return (await self.issue_key(account_id, KeyPolicy(**policy))).secret

    def hold_request(self, secret: str, **changes: Any) -> PlaceHoldRequest:
        return hold_request(self.ids, secret, **changes)

    async def place(self, secret: str, **changes: Any) -> str:
        """The id of a new hold."""
        request = self.hold_request(secret, **changes)
        await self.billing.PlaceHold(request, metadata=AS_TEXT)
        return request.hold_id

    async def execute(self, *commands: Command, metadata: Metadata = AS_TEXT) -> list[Any]:
        """The results of commands sent as one message, by sequence; errors as ours."""
        stream = self.billing.ExecuteCommands(metadata=metadata)
        await stream.write(ExecuteCommandsRequest(commands=commands))
        response = await stream.read()
        assert isinstance(response, ExecuteCommandsResponse), "the stream ended without an answer"
        await stream.done_writing()
        return [outcome(result) for result in sorted(response.results, key=lambda r: r.sequence)]

    def select(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the room's database, read beside it."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()


def hold_request(ids: IdSource, secret: str, **changes: Any) -> PlaceHoldRequest:
    fields: dict[str, Any] = {
        "hold_id": ids.uuid(),
        "api_key": secret,
        "endpoint": Endpoint.ENDPOINT_RESPONSES,
        "model": MODEL,
        "worst_case": tokens(1_000, 500),
        "request_id": ids.prefixed("req"),
    }
    return PlaceHoldRequest(**(fields | changes))


def settlement(hold_id: str, account_id: str = "acme", **changes: Any) -> SettleHoldRequest:
    fields: dict[str, Any] = {
        "hold_id": hold_id,
        "account_id": account_id,
        "counted": tokens(800, 200),
        "status": "completed",
        "latency_ms": 1_234,
    }
    return SettleHoldRequest(**(fields | changes))


def outcome(result: CommandResult) -> Any:
    """The response in a command's result, or its error as ours."""
    kind = result.WhichOneof("result")
    assert kind is not None
    return from_status(result.error) if kind == "error" else getattr(result, kind)


async def refusal(call: Any) -> GrokgateError:
    """What a call is refused with; a stream is read to learn it."""
    try:
        await (call.read() if hasattr(call, "read") else call)
    except grpc.aio.AioRpcError as error:
        return from_rpc_error(error)
    raise AssertionError("the call was not refused")


@asynccontextmanager
async def running_billing(
    database: Path,
    *,
    clock: FakeClock | None = None,
    catalog: LiveCatalog | None = None,
    peppers: dict[str, Secret] = PEPPERS,
    metrics: Metrics | None = None,
) -> AsyncIterator[Billing]:
    """A room on a port of its own, stopped at the end."""
    clock = clock or FakeClock()
    catalog = catalog or LiveCatalog(parse_catalog(MODELS_TOML))
    metrics = metrics or Metrics()
    room = BillingRoom(
        database=database,
        catalog=catalog,
        peppers=Peppers(peppers),
        service_tokens=ServiceTokens({"text": TEXT_TOKEN, "voice": VOICE_TOKEN}),
        admin_token=ADMIN_TOKEN,
        clock=clock,
        ids=IdSource(clock),
        metrics=metrics,
    )
    server = grpc.aio.server(interceptors=server_interceptors(metrics, clock))
    room.register(server)
    await room.start()
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Billing(room, channel, database, clock, catalog)
    finally:
        await room.stop(1)
        await server.stop(1)
