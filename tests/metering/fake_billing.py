"""Billing, whose streams misbehave when told to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc

from grokgate.api.billing.v1 import billing_pb2
from grokgate.api.billing.v1.billing_pb2 import (
    Command,
    CommandResult,
    ExecuteCommandsRequest,
    ExecuteCommandsResponse,
)
from grokgate.api.billing.v1.billing_pb2_grpc import (
    BillingServiceServicer,
    add_BillingServiceServicer_to_server,
)
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.statuses import to_status
from tests.metering.fake_ledger import FakeLedger

_PATIENCE_S = 20


class FakeBilling(BillingServiceServicer):
    """Misbehaves in these ways:

    While `answering` is cleared it takes commands without a word. `cuts` is how many messages are
    executed and then, instead of being answered, end their stream. `put_offs` is how many are
    answered BILLING_UNAVAILABLE, executed all the same if `commits_what_it_puts_off`.
    """

    name = "billing"
    service_names = (billing_pb2.DESCRIPTOR.services_by_name["BillingService"].full_name,)

    def __init__(self) -> None:
        self.ledger = FakeLedger()
        self.messages: list[list[Command]] = []
        self.metadata: dict[str, Any] = {}
        self.streams = 0
        self.open_streams = 0
        self.answering = asyncio.Event()
        self.answering.set()
        self.cuts = 0
        self.put_offs = 0
        self.commits_what_it_puts_off = False
        self.answers_backwards = False
        self.answers_twice = False
        self._changed = asyncio.Event()

    def register(self, server: grpc.aio.Server) -> None:
        add_BillingServiceServicer_to_server(self, server)

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self, grace_s: float) -> None:
        """Nothing to close."""

    @property
    def commands(self) -> list[Command]:
        """All that came, in order."""
        return [command for message in self.messages for command in message]

    @property
    def kinds(self) -> list[str | None]:
        """The kinds of all that came, in order."""
        return [command.WhichOneof("command") for command in self.commands]

    async def until(self, predicate: Callable[[], object]) -> None:
        """Returns once the predicate holds."""
        async with asyncio.timeout(_PATIENCE_S):
            while not predicate():
                await self._changed.wait()

    async def ExecuteCommands(  # noqa: N802  # the contract's name
        self, request_iterator: AsyncIterator[ExecuteCommandsRequest], context: Any
    ) -> AsyncIterator[ExecuteCommandsResponse]:
        self.metadata = dict(context.invocation_metadata())
        self.streams += 1
        self.open_streams += 1
        self._announce()
        try:
            async for message in request_iterator:
                results = self._results(list(message.commands))
                self._announce()
                if self.cuts:
                    self.cuts -= 1
                    await context.abort(grpc.StatusCode.UNAVAILABLE, "cut on purpose")
                await self.answering.wait()
                for answer in self._answers(results):
                    yield answer
        finally:
            self.open_streams -= 1
            self._announce()

    def _results(self, commands: list[Command]) -> list[CommandResult]:
        self.messages.append(commands)
        if not self.put_offs:
            return [self.ledger.execute(command) for command in commands]
        self.put_offs -= 1
        if self.commits_what_it_puts_off:
            for command in commands:
                self.ledger.execute(command)
        error = to_status(GrokgateError(Reason.BILLING_UNAVAILABLE, "The store failed."))
        return [CommandResult(sequence=command.sequence, error=error) for command in commands]

    def _answers(self, results: list[CommandResult]) -> list[ExecuteCommandsResponse]:
        if self.answers_twice:
            results = [*results, *results]
        if self.answers_backwards:
            return [ExecuteCommandsResponse(results=[result]) for result in reversed(results)]
        return [ExecuteCommandsResponse(results=results)]

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
