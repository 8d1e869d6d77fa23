"""How an answer reaches its caller: whole, late, in part or not at all."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace

from starlette.types import Receive, Scope, Send

from grokgate.sandbox.answers import Answer
from grokgate.sandbox.directives import Directive, find
from grokgate.sandbox.errors import RefusalError

# uvicorn does not show an application its connection; the sandbox's protocol puts it here.
TRANSPORT = "grokgate.transport"

_SILENCE_LIMIT_S = 3600.0
_LINGER_0 = struct.pack("ii", 1, 0)


class Line:
    """The connection under one call."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._transport: asyncio.Transport = scope["extensions"][TRANSPORT]
        self._receive = receive

    @property
    def is_closed(self) -> bool:
        """Whether the caller has gone."""
        return self._transport.is_closing()

    async def wait(self, seconds: float) -> None:
        """Wait, or until the caller goes. For 0 s let others run, so that a write leaves."""
        if not seconds:
            await asyncio.sleep(0)
            return
        try:
            async with asyncio.timeout(seconds):
                while (await self._receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return

    async def close(self) -> None:
        """End the connection in good order, though not the answer."""
        self._transport.close()
        await self._receive()

    async def reset(self) -> None:
        """End the connection with a TCP reset, after what was written has been sent."""
        connection: socket.socket = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
        await self.close()


async def deliver(
    answer: Answer,
    headers: Sequence[tuple[bytes, bytes]],
    directives: Sequence[Directive],
    line: Line,
    send: Send,
) -> str:
    """Send an answer as directives say. Returns what became of it, for the log."""
    if answer.live is None:
        return await _deliver_made(answer, headers, directives, line, send)
    async with aclosing(answer.live) as rest:
        try:
            if not directives:
                return await _send_live(answer, headers, rest, line, send)
            chunks = (*answer.chunks, *[chunk async for chunk in rest])
        except RefusalError:  # too late to be answered
            await line.reset()
            return "reset"
    made = replace(answer, chunks=chunks, live=None)
    return await _deliver_made(made, headers, directives, line, send)


async def _send_live(
    answer: Answer,
    headers: Sequence[tuple[bytes, bytes]],
    rest: AsyncIterator[bytes],
    line: Line,
    send: Send,
) -> str:
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    for chunk in answer.chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    async for chunk in rest:
        if line.is_closed:
            return "client left"
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
    return "answered"


async def _deliver_made(
    answer: Answer,
    headers: Sequence[tuple[bytes, bytes]],
    directives: Sequence[Directive],
    line: Line,
    send: Send,
) -> str:
    if find(directives, "slow"):
        await line.wait(_seconds(directives, "slow"))
    if find(directives, "silent"):
        await line.wait(_SILENCE_LIMIT_S)
    if line.is_closed:
        return "client left"
    if find(directives, "silent") or find(directives, "reset-before-answer"):
        await line.reset()
        return "reset"
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    limit = find(directives, "reset-after")
    if limit:
        start = b"".join(answer.chunks)[: max(limit.number, 0)]
        await send({"type": "http.response.body", "body": start, "more_body": True})
        await line.reset()
        return "reset"
    if find(directives, "reset-mid-body"):
        await _send_half(answer, send)
        await line.reset()
        return "reset"
    if find(directives, "truncated-body"):
        await _send_half(answer, send)
        await line.close()
        return "truncated"
    return await _send_whole(answer, directives, line, send)


async def _send_whole(
    answer: Answer, directives: Sequence[Directive], line: Line, send: Send
) -> str:
    delay_s = _seconds(directives, "delay")
    stall_s = _seconds(directives, "stall")
    for number, chunk in enumerate(answer.chunks):
        if number:
            await line.wait(delay_s)
        if stall_s and number == len(answer.chunks) // 2:
            await line.wait(stall_s)
        if line.is_closed:
            return "client left"
        more = number + 1 < len(answer.chunks)
        await send({"type": "http.response.body", "body": chunk, "more_body": more})
    return "answered"


async def _send_half(answer: Answer, send: Send) -> None:
    chunks = answer.chunks
    half = chunks[: len(chunks) // 2] if len(chunks) > 1 else (chunks[0][: len(chunks[0]) // 2],)
    for chunk in half:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


def _seconds(directives: Sequence[Directive], name: str) -> float:
    directive = find(directives, name)
    return directive.seconds if directive else 0
