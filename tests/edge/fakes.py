"""Services behind the edge that say what a test told them to, served by real gRPC servers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from grokgate.api.billing.v1 import account_pb2, account_pb2_grpc, catalog_pb2_grpc
from grokgate.api.billing.v1.account_pb2 import (
    GetBalanceRequest,
    GetBalanceResponse,
    GetKeyRequest,
    GetKeyResponse,
    ListUsageRequest,
    ListUsageResponse,
)
from grokgate.api.media.v1 import media_pb2_grpc
from grokgate.api.text.v1 import text_pb2, text_pb2_grpc
from grokgate.api.text.v1.text_pb2 import (
    GenerateRequest,
    GenerateResponse,
    StreamGenerateRequest,
    StreamGenerateResponse,
)
from grokgate.api.types.v1 import money_pb2
from grokgate.api.types.v1.money_pb2 import Charge
from grokgate.api.types.v1.usage_pb2 import TokenUsage
from grokgate.api.voice.v1 import voice_pb2_grpc
from grokgate.chassis.calls import Call, read_call
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.ids import IdSource
from tests.edge.aborting import abort
from tests.edge.fake_catalog import FakeCatalogService
from tests.edge.fake_media import FakeMediaService
from tests.edge.fake_voice import FakeVoiceService
from tests.edge.generations import hello, page

GOOD_KEY = "llmtr-good"

MESSAGE_ITEM = (
    '{"id":"msg_1","type":"message","role":"assistant","status":"completed",'
    '"content":[{"type":"output_text","text":"Hi!","logprobs":[],"annotations":[]}]}'
)
REASONING_ITEM = (
    '{"id":"rs_1","type":"reasoning","status":"completed","summary":[],"big":123456789012345678901}'
)

_SERVICES = (
    "text.v1.TextService",
    "media.v1.MediaService",
    "voice.v1.VoiceService",
    "billing.v1.AccountService",
)

_MESSAGES_OF_ANY_SIZE = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
)

Behaviour = Callable[[GenerateRequest], Awaitable[GenerateResponse]]
Pages = Callable[[GenerateRequest], AsyncIterator[StreamGenerateResponse]]


def whole_answer() -> GenerateResponse:
    return GenerateResponse(
        id="resp_1",
        created_at=1_780_000_000,
        completed_at=1_780_000_002,
        model="xai/grok-4.3",
        status=text_pb2.GENERATION_STATUS_COMPLETED,
        output_items_json=[REASONING_ITEM, MESSAGE_ITEM],
        usage=TokenUsage(
            input_tokens=208, cached_input_tokens=128, output_tokens=42, reasoning_tokens=33
        ),
        charge=Charge(usd_ticks=4_760_000, basis=money_pb2.CHARGE_BASIS_PROVIDER),
        reasoning_effort="low",
    )


def told_pages(
    told: asyncio.Event, first: StreamGenerateResponse, *rest: StreamGenerateResponse
) -> Pages:
    """The first page at once; the rest is only made when a test says so."""

    async def make(_: GenerateRequest) -> AsyncIterator[StreamGenerateResponse]:
        yield first
        await told.wait()
        for each in rest:
            yield each

    return make


async def short_stream(_: GenerateRequest) -> AsyncIterator[StreamGenerateResponse]:
    """An event a page."""
    for event in hello():
        yield page(event)


class FakeTextService(text_pb2_grpc.TextServiceServicer):
    """Answers with `answer`, or as `behaviour` says; in a stream, with what `pages` makes."""

    def __init__(self) -> None:
        self.answer = whole_answer()
        self.pages: Pages = short_stream
        self.behaviour: Behaviour | None = None
        self.requests: list[GenerateRequest] = []
        self.calls: list[Call] = []
        self.cancelled = asyncio.Event()

    async def Generate(self, request: GenerateRequest, context: Any) -> GenerateResponse:  # noqa: N802  # gRPC's name
        self.requests.append(request)
        self.calls.append(read_call(context.invocation_metadata(), IdSource()))
        if self.behaviour is None:
            return self.answer
        try:
            return await self.behaviour(request)
        except GrokgateError as error:
            await abort(context, error)
        except asyncio.CancelledError:
            self.cancelled.set()
            raise

    async def StreamGenerate(  # type: ignore[override]  # noqa: N802  # gRPC's name; written by hand
        self, request: StreamGenerateRequest, context: Any
    ) -> None:
        self.requests.append(request.generation)
        try:
            async for page in self.pages(request.generation):
                await context.write(page)
        except GrokgateError as error:
            await abort(context, error)
        except (asyncio.CancelledError, grpc.aio.BaseError):  # the latter for a write
            self.cancelled.set()
            raise

    def waits_for(self, told: asyncio.Event) -> asyncio.Event:
        """Answers when told; the event that is returned says that it was asked."""
        asked = asyncio.Event()

        async def wait(_: GenerateRequest) -> GenerateResponse:
            asked.set()
            await told.wait()
            return self.answer

        self.behaviour = wait
        return asked

    def fails_with(self, error: GrokgateError) -> None:
        async def fail(_: GenerateRequest) -> GenerateResponse:
            raise error

        self.behaviour = fail

    def streams_fail_with(self, error: GrokgateError) -> None:
        async def fail(_: GenerateRequest) -> AsyncIterator[StreamGenerateResponse]:
            raise error
            yield page()

        self.pages = fail


class FakeAccountService(account_pb2_grpc.AccountServiceServicer):
    """Knows the keys in `keys`; an error among them is their refusal.

    Lists `usage`, or one after another the `usage_pages`.
    """

    def __init__(self) -> None:
        good = GetKeyResponse(key=account_pb2.Key(id="key_1", account_id="acct_1"))
        self.keys: dict[str, GetKeyResponse | GrokgateError] = {GOOD_KEY: good}
        self.balance = GetBalanceResponse()
        self.usage = ListUsageResponse()
        self.usage_pages: list[ListUsageResponse | GrokgateError] = []
        self.usage_requests: list[ListUsageRequest] = []
        self.questions = 0

    async def GetKey(self, _: GetKeyRequest, context: Any) -> GetKeyResponse:  # noqa: N802  # gRPC's name
        return await self._key(context)

    async def GetBalance(self, _: GetBalanceRequest, context: Any) -> GetBalanceResponse:  # noqa: N802  # gRPC's name
        await self._key(context)
        return self.balance

    async def ListUsage(self, request: ListUsageRequest, context: Any) -> ListUsageResponse:  # noqa: N802  # gRPC's name
        await self._key(context)
        self.usage_requests.append(request)
        page = self.usage_pages.pop(0) if self.usage_pages else self.usage
        if isinstance(page, GrokgateError):
            await abort(context, page)
        return page

    async def _key(self, context: Any) -> GetKeyResponse:
        self.questions += 1
        call = read_call(context.invocation_metadata(), IdSource())
        unknown = GrokgateError(Reason.INVALID_API_KEY, "The API key is not one of ours.")
        found = self.keys.get(call.require_key().reveal(), unknown)
        if isinstance(found, GrokgateError):
            await abort(context, found)
        return found


class FakeServices:
    """Every service on one loopback port, with a health service that can be told to say no."""

    def __init__(self) -> None:
        self.text = FakeTextService()
        self.accounts = FakeAccountService()
        self.catalog = FakeCatalogService()
        self.media = FakeMediaService()
        self.voice = FakeVoiceService()
        self.health = health.aio.HealthServicer()
        self._server = grpc.aio.server(options=_MESSAGES_OF_ANY_SIZE)

    async def start(self) -> grpc.aio.Channel:
        text_pb2_grpc.add_TextServiceServicer_to_server(self.text, self._server)
        account_pb2_grpc.add_AccountServiceServicer_to_server(self.accounts, self._server)
        catalog_pb2_grpc.add_CatalogServiceServicer_to_server(self.catalog, self._server)
        media_pb2_grpc.add_MediaServiceServicer_to_server(self.media, self._server)
        voice_pb2_grpc.add_VoiceServiceServicer_to_server(self.voice, self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self.health, self._server)
        for name in _SERVICES:
            await self.health.set(f"grokgate.api.{name}", health_pb2.HealthCheckResponse.SERVING)
        port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        return grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=_MESSAGES_OF_ANY_SIZE)

    async def stop(self) -> None:
        await self._server.stop(grace=None)
