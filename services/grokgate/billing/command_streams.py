"""Streams of command batches: each message is one batch for the ledger."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Sequence
from typing import Any

from google.protobuf.message import Message

from grokgate.api.billing.v1.billing_pb2 import (
    Command,
    CommandResult,
    ExecuteCommandsRequest,
    ExecuteCommandsResponse,
)
from grokgate.billing import responses
from grokgate.billing.commands import Result
from grokgate.billing.refusals import invalid
from grokgate.billing.teller import Teller
from grokgate.chassis.errors import GrokgateError
from grokgate.chassis.statuses import to_status

_MESSAGES_IN_FLIGHT = 32
_MOST_COMMANDS = 1000

# From a command's result to the field of CommandResult that has the command's name.
_RESPONSES: dict[str, Callable[[Any], Message]] = {
    "place_hold": responses.hold_placed,
    "settle_hold": responses.hold_settled,
    "release_hold": responses.hold_released,
    "extend_hold": responses.hold_extended,
}

_Batch = asyncio.Task[ExecuteCommandsResponse]


class CommandStreams:
    """Executes what streams bring. A batch once read is executed, even if its stream is cut."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._batches: set[_Batch] = set()
        self._readings: set[asyncio.Task[None]] = set()

    async def answers(
        self, owner: str, messages: AsyncIterable[ExecuteCommandsRequest]
    ) -> AsyncGenerator[ExecuteCommandsResponse, None]:
        """One answer for each message, in order, while further messages are executed."""
        unanswered: asyncio.Queue[_Batch | None] = asyncio.Queue()
        slots = asyncio.Semaphore(_MESSAGES_IN_FLIGHT)
        reading = asyncio.create_task(self._read(owner, messages, unanswered, slots))
        self._readings.add(reading)
        reading.add_done_callback(self._readings.discard)
        try:
            while (batch := await unanswered.get()) is not None:
                yield await asyncio.shield(batch)
                slots.release()
            await asyncio.wait([reading])
            if not reading.cancelled():
                reading.result()  # raises what broke the reading
        finally:
            reading.cancel()

    async def stop(self, grace_s: float) -> None:
        """Read no more, and execute what was read, within the grace."""
        for reading in self._readings:
            reading.cancel()
        if self._batches:
            await asyncio.wait(self._batches, timeout=grace_s)

    async def _read(
        self,
        owner: str,
        messages: AsyncIterable[ExecuteCommandsRequest],
        unanswered: asyncio.Queue[_Batch | None],
        slots: asyncio.Semaphore,
    ) -> None:
        try:
            async for message in messages:
                await slots.acquire()
                batch = asyncio.create_task(self._execute(owner, message.commands))
                self._batches.add(batch)
                batch.add_done_callback(self._batches.discard)
                unanswered.put_nowait(batch)
        finally:
            unanswered.put_nowait(None)

    async def _execute(self, owner: str, commands: Sequence[Command]) -> ExecuteCommandsResponse:
        if not 1 <= len(commands) <= _MOST_COMMANDS:
            raise invalid("commands", f"must hold 1 to {_MOST_COMMANDS} commands.")
        kinds = [command.WhichOneof("command") or "" for command in commands]
        batch = [
            getattr(command, kind) if kind else None
            for command, kind in zip(commands, kinds, strict=True)
        ]
        outcomes = await self._teller.execute_all(owner, batch)
        return ExecuteCommandsResponse(
            results=[
                _result(command.sequence, kind, outcome)
                for command, kind, outcome in zip(commands, kinds, outcomes, strict=True)
            ]
        )


def _result(sequence: int, kind: str, outcome: Result | GrokgateError) -> CommandResult:
    if isinstance(outcome, GrokgateError):
        return CommandResult(sequence=sequence, error=to_status(outcome))
    fields: dict[str, Any] = {kind: _RESPONSES[kind](outcome)}
    return CommandResult(sequence=sequence, **fields)
