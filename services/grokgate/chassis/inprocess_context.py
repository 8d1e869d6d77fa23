"""What a servicer learns and says about its RPC, in process."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Never, Self

import grpc

from grokgate.chassis.inprocess_exchange import Exchange, FinalStatus
from grokgate.chassis.inprocess_metadata import MetadataLike, Pairs, legal_pairs


class InProcessContext(grpc.aio.ServicerContext[Any, Any]):
    """The servicer's end of an exchange; behaves as grpc.aio's own context does."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._code: grpc.StatusCode | None = None
        self._details = ""
        self._trailing_metadata: Pairs = ()
        self._abortion: grpc.aio.AbortError | None = None

    def invocation_metadata(self) -> Any:
        """The client's metadata, as a tuple of pairs."""
        return self._exchange.invocation_metadata

    def time_remaining(self) -> Any:
        """Seconds until the deadline, or None."""
        return self._exchange.time_remaining_s()

    def peer(self) -> str:
        """Where the client is."""
        return "inprocess:"

    def peer_identities(self) -> None:
        """None: the client is this process."""

    def peer_identity_key(self) -> None:
        """None: the client is this process."""

    def auth_context(self) -> Mapping[str, Any]:
        """Empty: no transport vouches for the client."""
        return {}

    def requests(self) -> AsyncIterator[Any]:
        """The client's stream."""
        return _Requests(self)

    async def read(self) -> Any:
        """The client's next message, or EOF."""
        self.raise_if_ended()
        return await self._exchange.requests.take()

    async def write(self, message: Any) -> None:
        """Sends a message once the client's reader has room for it."""
        self.raise_if_ended()
        await self._exchange.stream_response(message)

    async def send_initial_metadata(self, initial_metadata: MetadataLike) -> None:
        """Sends metadata ahead of the first message; only once."""
        self.raise_if_ended()
        if self._exchange.metadata_sent.is_set():
            raise grpc.aio.UsageError("Send initial metadata failed: already sent")
        self._exchange.send_initial_metadata(legal_pairs(initial_metadata))

    def set_trailing_metadata(self, trailing_metadata: MetadataLike) -> None:
        """Sets what is sent with the final status."""
        self._trailing_metadata = legal_pairs(trailing_metadata)

    def trailing_metadata(self) -> Any:
        """What was set."""
        return self._trailing_metadata

    def set_code(self, code: grpc.StatusCode) -> None:
        """Sets the final status' code."""
        self._code = code

    def code(self) -> Any:
        """What was set, or None."""
        return self._code

    def set_details(self, details: str) -> None:
        """Sets the final status' details."""
        self._details = details

    def details(self) -> str:
        """What was set."""
        return self._details

    async def abort(
        self, code: grpc.StatusCode, details: str = "", trailing_metadata: MetadataLike = ()
    ) -> Never:
        """Ends the RPC at once and raises AbortError, which the servicer lets pass."""
        if self._abortion is not None:
            raise grpc.aio.UsageError("Abort already called!")
        self._trailing_metadata = legal_pairs(trailing_metadata) or self._trailing_metadata
        self._code = code
        self._details = details or self._details
        self._abortion = grpc.aio.AbortError("Locally aborted.")
        self._exchange.send_status(self._status())
        raise self._abortion

    async def abort_with_status(self, status: grpc.Status) -> Never:
        """Aborts with the parts of a status, such as grpc_status.rpc_status makes."""
        await self.abort(status.code, status.details, status.trailing_metadata)

    def set_compression(self, compression: grpc.Compression) -> None:
        """Changes nothing: messages are handed over as they are."""

    def disable_next_message_compression(self) -> None:
        """Changes nothing: messages are handed over as they are."""

    def add_done_callback(self, callback: Callable[[Self], None]) -> None:
        """Has a callback called when the servicer has returned or raised."""
        self._exchange.on_served(lambda _: callback(self))

    def cancelled(self) -> bool:
        """Whether the servicer set CANCELLED."""
        return self._code is grpc.StatusCode.CANCELLED

    def done(self) -> bool:
        """Whether the final status was sent."""
        return self._exchange.status_sent

    # What the server says once the servicer has returned or raised.

    def raise_if_ended(self) -> None:
        """Stops a servicer that goes on after its RPC has ended."""
        if self._abortion is not None:
            raise self._abortion
        if self._exchange.status_sent:
            raise grpc.aio.UsageError("RPC already finished.")

    def finish(self, response: Any) -> None:
        """Ends an RPC of one response as the servicer left it."""
        self.raise_if_ended()
        self._exchange.send_response(response, self._status())

    def finish_stream(self) -> None:
        """Ends the RPC as the servicer left it, behind the responses that it wrote."""
        self.raise_if_ended()
        self._exchange.send_status(self._status())

    def fail(self, error: Exception) -> None:
        """Ends the RPC, unless it has ended, for what the servicer raised."""
        if self._exchange.status_sent:
            return
        if self._code is None or self._code is grpc.StatusCode.OK:
            self._code = grpc.StatusCode.UNKNOWN
        self._details = f"Unexpected {type(error)}: {error}"
        self._exchange.send_status(self._status())

    def _status(self) -> FinalStatus:
        if self._code is None or self._code is grpc.StatusCode.OK:
            # A wire carries no details beside OK.
            return FinalStatus(grpc.StatusCode.OK, "", self._trailing_metadata)
        return FinalStatus(self._code, self._details, self._trailing_metadata)


class _Requests:
    """A client's stream, as an iterator."""

    def __init__(self, context: InProcessContext) -> None:
        self._context = context

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        message = await self._context.read()
        if message is grpc.aio.EOF:
            raise StopAsyncIteration
        return message
