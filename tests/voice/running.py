"""A voice room with a real ledger behind it and a sandbox, or a script, as its upstream."""

import asyncio
from collections.abc import AsyncIterator, Iterable
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
    UpdateAccountRequest,
    VerifyLedgerRequest,
)
from grokgate.api.billing.v1.admin_pb2_grpc import AdminServiceStub
from grokgate.api.voice.v1.voice_pb2 import (
    SpeakRequest,
    SpeakResponse,
    SpeechFinished,
    SpeechStarted,
    TranscribeConfig,
    TranscribeRequest,
    TranscribeResponse,
)
from grokgate.api.voice.v1.voice_pb2_grpc import VoiceServiceStub
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
from grokgate.chassis.statuses import from_rpc_error
from grokgate.chassis.tracing import UNTRACED
from grokgate.metering.paid_work import PaidWork, WorkLimits
from grokgate.sandbox.service import Sandbox
from grokgate.voice.service import VoiceRoom
from grokgate.xai.client import XaiClient
from grokgate.xai.observing import Observer
from grokgate.xai.timeouts import Timeouts
from grokgate.xai.transport import PyreqwestTransport

MODELS_TOML = Path(__file__).parents[2] / "services/grokgate/catalog/models.toml"
TOKEN = Secret("voice-token")
ADMIN = Secret("admin-token")
AS_ADMIN = admin_metadata(ADMIN, "a test")
USD = 10**10
CHARACTER = 150_000
HOUR = 1_000_000_000
CAP_BYTES = 8 * 1024 * 1024
AUDIO_CEILING_BYTES = 4 * 1024 * 1024

SpeakCall = grpc.aio.UnaryStreamCall[SpeakRequest, SpeakResponse]


def speech(text: str = "Hello there.", **fields: Any) -> SpeakRequest:
    return SpeakRequest(**{"model": "xai/grok-voice-tts", "input": text, **fields})


def config(**fields: Any) -> TranscribeConfig:
    return TranscribeConfig(**{"model": "xai/grok-voice-stt", **fields})


class Said:
    """All that a speech call said, which always begins and ends as the contract promises."""

    def __init__(self, messages: list[SpeakResponse]) -> None:
        kinds = [message.WhichOneof("piece") for message in messages]
        assert kinds == ["started", *["audio"] * (len(kinds) - 2), "finished"]
        self.started: SpeechStarted = messages[0].started
        self.finished: SpeechFinished = messages[-1].finished
        self.pieces = [message.audio for message in messages[1:-1]]
        self.audio = b"".join(self.pieces)


class House:
    """What runs, and short ways to say what most tests say."""

    def __init__(
        self,
        sandbox: Sandbox,
        channel: InProcessChannel,
        paid_work: PaidWork,
        wiring: dict[str, Any],
    ) -> None:
        self.sandbox = sandbox
        self.paid_work = paid_work
        self.wiring = wiring
        self.voice: Any = VoiceServiceStub(channel)
        self.admin = AdminServiceStub(channel)
        self._account = AccountServiceStub(channel)
        self.key: tuple[tuple[str, str], ...] = ()

    def ask(self, text: str = "Hello there.", **fields: Any) -> SpeakCall:
        """Begin a speech call."""
        call: SpeakCall = self.voice.Speak(speech(text, **fields), metadata=self.key)
        return call

    async def speak(self, text: str = "Hello there.", **fields: Any) -> Said:
        """Speak; raises what it is refused with."""
        try:
            async with asyncio.timeout(20):
                return Said([message async for message in self.ask(text, **fields)])
        except grpc.aio.AioRpcError as exc:
            raise from_rpc_error(exc) from exc

    async def transcribe(
        self, audio: bytes | Iterable[bytes] = b"", **fields: Any
    ) -> TranscribeResponse:
        """Transcribe; raises what it is refused with."""
        pieces = [audio] if isinstance(audio, bytes) else audio
        return await self.send(
            TranscribeRequest(config=config(**fields)),
            *(TranscribeRequest(audio=piece) for piece in pieces if piece),
        )

    async def send(self, *requests: TranscribeRequest) -> TranscribeResponse:
        """Transcribe with just these messages; raises what it is refused with."""

        async def sending() -> AsyncIterator[TranscribeRequest]:
            for request in requests:
                yield request

        try:
            response: TranscribeResponse = await self.voice.Transcribe(sending(), metadata=self.key)
        except grpc.aio.AioRpcError as exc:
            raise from_rpc_error(exc) from exc
        return response

    async def open_account(self, usd_ticks: int, multiplier_ppm: int) -> None:
        await self.admin.OpenAccount(OpenAccountRequest(id="a", name="A"), metadata=AS_ADMIN)
        update = UpdateAccountRequest(id="a", multiplier_ppm=multiplier_ppm)
        await self.admin.UpdateAccount(update, metadata=AS_ADMIN)
        if usd_ticks:
            credit = AddCreditRequest(id="credit", account_id="a", usd_ticks=usd_ticks)
            await self.admin.AddCredit(credit, metadata=AS_ADMIN)
        issue = IssueKeyRequest(account_id="a", name="K", policy=KeyPolicy())
        secret = (await self.admin.IssueKey(issue, metadata=AS_ADMIN)).secret
        self.key = (("authorization", f"Bearer {secret}"),)

    async def open_holds(self) -> list[UsageRow]:
        return list((await self.admin.ListHolds(ListHoldsRequest(), metadata=AS_ADMIN)).holds)

    async def usage(self) -> list[UsageRow]:
        """The usage rows, once no hold is open and the ledger is proven sound."""
        async with asyncio.timeout(5):
            while await self.open_holds():  # noqa: ASYNC110  # the ledger can only be asked
                await asyncio.sleep(0.01)
        verdict = await self.admin.VerifyLedger(VerifyLedgerRequest(), metadata=AS_ADMIN)
        assert list(verdict.problems) == []
        rows = await self._account.ListUsage(ListUsageRequest(limit=1000), metadata=self.key)
        return list(rows.rows)

    async def the_row(self) -> UsageRow:
        [row] = await self.usage()
        return row

    async def reached_upstream(self) -> None:
        """Return once the sandbox has got a call."""
        async with asyncio.timeout(5):
            while not self.sandbox.requests:  # noqa: ASYNC110  # it can only be asked
                await asyncio.sleep(0)


@asynccontextmanager
async def running_house(
    folder: Path,
    *,
    wire: bool = False,
    transport: httpx.AsyncBaseTransport | None = None,
    timeouts: Timeouts | None = None,
    usd_ticks: int = 100 * USD,
    multiplier_ppm: int = 1_000_000,
    max_speech_characters: int | None = None,
    overlay: str = "",
    **limits: Any,
) -> AsyncIterator[House]:
    """`limits` are those of the room's work; `wire` puts a real gRPC channel before it."""
    clock, metrics = SystemClock(), Metrics()
    catalog = LiveCatalog(parse_catalog(MODELS_TOML.read_text(), overlay))
    ids = IdSource(clock)
    interceptors = server_interceptors(metrics, clock)
    inside = InProcessServer(
        interceptors, max_message_bytes=CAP_BYTES, prove_messages_untouched=True
    )
    channel = InProcessChannel(inside)
    sandbox = Sandbox()
    async with AsyncExitStack() as stops:
        url = "http://upstream.test"
        if transport is None:
            url = await sandbox.start()
            stops.push_async_callback(sandbox.stop)
        billing = BillingRoom(
            database=folder / "ledger.sqlite3",
            catalog=catalog,
            peppers=Peppers({"1": Secret("a pepper that is quite long enough")}),
            service_tokens=ServiceTokens({"voice": TOKEN}),
            admin_token=ADMIN,
            clock=clock,
            ids=ids,
            metrics=metrics,
        )
        paid_work = PaidWork(
            "voice",
            billing=channel,
            credentials=service_metadata(TOKEN),
            clock=clock,
            ids=ids,
            registry=metrics.registry,
            limits=WorkLimits(**limits),
        )
        wiring: dict[str, Any] = {
            "catalog": catalog,
            "upstream": XaiClient(
                transport=transport
                or PyreqwestTransport(connect_timeout_s=5, silence_timeout_s=10),
                base_url=f"{url}/v1",
                api_keys=[Secret("xai-test")],
                timeouts=timeouts or Timeouts(),
                clock=clock,
            ),
            "observer": Observer(metrics.registry, UNTRACED, clock),
            "ids": ids,
        }
        room = VoiceRoom(
            paid_work=paid_work,
            spool_folder=folder,
            audio_ceiling_bytes=AUDIO_CEILING_BYTES,
            max_speech_characters=max_speech_characters,
            **wiring,
        )
        house = House(sandbox, channel, paid_work, wiring)
        billing.register(inside)
        room.register(inside)
        await billing.start()
        stops.push_async_callback(billing.stop, 5)
        await inside.start()
        stops.push_async_callback(inside.stop, None)
        await room.start()
        stops.push_async_callback(room.stop, 5)
        if wire:
            outside = await _wire_channel(folder, room, stops)
            house.voice = VoiceServiceStub(outside)
        await house.open_account(usd_ticks, multiplier_ppm)
        yield house


async def _wire_channel(folder: Path, room: VoiceRoom, stops: AsyncExitStack) -> grpc.aio.Channel:
    server = WireServer(
        f"unix:{folder}/voice.sock",
        [room],
        interceptors=server_interceptors(Metrics(), SystemClock()),
        message_cap_bytes=CAP_BYTES,
    )
    address = await server.start()
    await server.set_serving(serving=True)
    stops.push_async_callback(server.stop, 0)
    outside = open_channel(address, message_cap_bytes=CAP_BYTES)
    stops.push_async_callback(outside.close)
    return outside
