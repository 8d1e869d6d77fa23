"""The billing RPCs, for services that hold a credential."""
# ruff: noqa: N802  # the contract names the RPCs

from collections.abc import AsyncIterator
from contextlib import aclosing

from grokgate.api.billing.v1.billing_pb2 import (
    ExecuteCommandsRequest,
    ExecuteCommandsResponse,
    ExtendHoldRequest,
    ExtendHoldResponse,
    PlaceHoldRequest,
    PlaceHoldResponse,
    ReleaseHoldRequest,
    ReleaseHoldResponse,
    SettleHoldRequest,
    SettleHoldResponse,
)
from grokgate.api.billing.v1.billing_pb2_grpc import BillingServiceServicer
from grokgate.billing import responses
from grokgate.billing.command_streams import CommandStreams
from grokgate.billing.teller import Teller
from grokgate.chassis.credentials import ServiceTokens
from grokgate.chassis.rpc_types import Context


class BillingServicer(BillingServiceServicer):
    """Implements BillingService; see the contract for each RPC's errors."""

    def __init__(self, tokens: ServiceTokens, teller: Teller, streams: CommandStreams) -> None:
        self._tokens = tokens
        self._teller = teller
        self._streams = streams

    async def PlaceHold(self, request: PlaceHoldRequest, context: Context) -> PlaceHoldResponse:
        """Reserve the worst case of a caller's call."""
        owner = self._tokens.identify(context)
        return responses.hold_placed(await self._teller.execute(owner, request))

    async def SettleHold(self, request: SettleHoldRequest, context: Context) -> SettleHoldResponse:
        """End a hold with a charge."""
        owner = self._tokens.identify(context)
        return responses.hold_settled(await self._teller.execute(owner, request))

    async def ReleaseHold(
        self, request: ReleaseHoldRequest, context: Context
    ) -> ReleaseHoldResponse:
        """End a hold without a charge."""
        owner = self._tokens.identify(context)
        return responses.hold_released(await self._teller.execute(owner, request))

    async def ExtendHold(self, request: ExtendHoldRequest, context: Context) -> ExtendHoldResponse:
        """Keep a hold open for longer."""
        owner = self._tokens.identify(context)
        return responses.hold_extended(await self._teller.execute(owner, request))

    async def ExecuteCommands(
        self, request_iterator: AsyncIterator[ExecuteCommandsRequest], context: Context
    ) -> AsyncIterator[ExecuteCommandsResponse]:
        """Execute batches of the commands above for as long as the stream lives."""
        owner = self._tokens.identify(context)
        async with aclosing(self._streams.answers(owner, request_iterator)) as answers:
            async for response in answers:
                yield response
