"""Deadlines for receiving a request and for its answer to be taken, which uvicorn does not have.

A client that sends a byte a second, or reads none, would keep a connection, and what it holds, for
ever.
"""

import asyncio
import re
import socket
from enum import Enum, auto
from typing import Any

import msgspec
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.ids import IdSource
from grokgate.edge.errors import PUBLIC_ERRORS, error_body
from grokgate.edge.limits import EdgeLimits

_UPGRADE_TO_H2 = re.compile(rb"\r\nupgrade:[ \t]*h2c[ \t]*(?=\r\n|\Z)", re.IGNORECASE)


class _Owed(Enum):
    """What the client still has to send."""

    NOTHING = auto()
    HEAD = auto()
    BODY = auto()
    # The rest of a request that was refused.
    REST = auto()


class DeadlineProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 protocol with deadlines for what the client owes and what it takes.

    Between requests nothing is owed, and uvicorn's keep-alive timer runs instead.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: EdgeLimits,
        ids: IdSource,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = limits
        self._ids = ids
        self._timeouts_s = {
            _Owed.HEAD: limits.header_timeout_s,
            _Owed.BODY: limits.body_timeout_s,
            _Owed.REST: limits.linger_timeout_s,
        }
        self._owed = _Owed.HEAD
        self._watched = _Owed.NOTHING
        self._deadline: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._in_head = True
        self._refused = False
        self.access_log = False  # it would write queries

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Start to wait for the first head."""
        super().connection_made(transport)
        connection = transport.get_extra_info("socket")
        if connection is not None and connection.family != socket.AF_UNIX:
            # asyncio sets it only on some listening sockets; without it peers wait 40 ms.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._owed = _Owed.NOTHING
        self._watch()
        self._end_stall()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client is behind; cut it off if it takes nothing for too long."""
        super().pause_writing()
        self._stall = self.loop.call_later(self._limits.stall_timeout_s, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has caught up."""
        super().resume_writing()
        self._end_stall()

    def data_received(self, data: bytes) -> None:
        """Parse, and see what is still owed; the first bytes after a pause begin a head."""
        if self._refused:
            return
        if self._owed is _Owed.NOTHING and self.timeout_keep_alive_task is not None:
            self._owed, self._head_bytes = _Owed.HEAD, 0
        if self._owed is _Owed.HEAD:
            self._head_bytes += len(data)
            data = _without_upgrade(data)
        super().data_received(data)
        if self._owed is _Owed.HEAD and self._head_bytes > self._limits.header_limit_bytes:
            self._refuse(GrokgateError(Reason.BODY_TOO_LARGE, "The headers are too large."))
        self._watch()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header of the head; a trailer, which may come after the key was checked, is none."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._in_head = False
        super().on_headers_complete()
        self._owed = _Owed.BODY

    def on_message_complete(self) -> None:
        """The whole request is there."""
        super().on_message_complete()
        self._owed = _Owed.NOTHING
        if self.cycle.response_complete:
            self._keep_alive()

    def on_response_complete(self) -> None:
        """Let a body that was answered early arrive for a while, so that its answer is read."""
        super().on_response_complete()
        if self._owed is _Owed.BODY and self.cycle.response_complete:
            self._owed = _Owed.REST
            self._watch()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP."""
        self._refuse(GrokgateError(Reason.INVALID_VALUE, msg))

    def _unsupported_upgrade_warning(self) -> None:
        # The parser reads no further request after an upgrade that was not made.
        self.cycle.keep_alive = False

    def _keep_alive(self) -> None:
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def _end_stall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _watch(self) -> None:
        """Run the deadline of what is owed, from when it began to be owed."""
        if self._watched is self._owed:
            return
        self._watched = self._owed
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if self._owed is not _Owed.NOTHING:
            self._deadline = self.loop.call_later(self._timeouts_s[self._owed], self._expire)

    def _expire(self) -> None:
        if self._owed is _Owed.REST:
            self.transport.close()
        elif self.flow.read_paused or self.pipeline:
            # The client waits for us: its time begins anew.
            self._watched = _Owed.NOTHING
            self._watch()
        elif self._owed is _Owed.BODY:
            self._refuse(_too_slow("body"))
        elif self._head_bytes:
            self._refuse(_too_slow("headers"))
        else:
            self.transport.close()

    def _refuse(self, error: GrokgateError) -> None:
        """Answer in place of the application, which sees its client leave, and read no more.

        What the client still sends is thrown away for a while: a connection closed over unread
        bytes is reset, and the answer lost with it.
        """
        in_the_way = self._owed is not _Owed.HEAD and self.cycle.response_started
        if self._owed is not _Owed.HEAD:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._refused = True
        self._owed = _Owed.REST
        self._watch()
        if not in_the_way:
            self.transport.write(self._refusal(error))
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def _refusal(self, error: GrokgateError) -> bytes:
        request_id = self._ids.prefixed("req")
        body = msgspec.json.encode(error_body(error, request_id))
        head = (
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
            f"x-request-id: {request_id}\r\nx-content-type-options: nosniff\r\n"
            "connection: close\r\n\r\n"
        )
        return STATUS_LINE[PUBLIC_ERRORS[error.reason].status] + head.encode() + body


def _without_upgrade(data: bytes) -> bytes:
    """A head without the offer of HTTP/2 that Java's client makes with every plain request.

    The parser would drop the body of a request that offers an upgrade.
    """
    if b"h2c" not in data:
        return data
    head, end, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE_TO_H2.sub(b"", head) + end + rest


def _too_slow(part: str) -> GrokgateError:
    return GrokgateError(
        Reason.REQUEST_TIMEOUT, f"The request's {part} did not arrive in time. Send it faster."
    )
