"""One RPC in flight between two ends in one process."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import grpc

from grokgate.chassis.inprocess_messages import MessageGate, MessageQueue
from grokgate.chassis.inprocess_metadata import Pairs


@dataclass(frozen=True, slots=True)
class FinalStatus:
    """How an RPC ended."""

    code: grpc.StatusCode
    details: str = ""
    trailing_metadata: Pairs = ()


# The wording is grpc.aio's, so that logs read alike however two rooms are joined.
LOCALLY_CANCELLED = FinalStatus(grpc.StatusCode.CANCELLED, "Locally cancelled by application!")
DEADLINE_EXCEEDED = FinalStatus(grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded")


class NobodyReadsError(grpc.aio.InternalError):
    """A servicer writes to a client that is gone."""


class Exchange:
    """What the two ends of one RPC share: messages, metadata and one final status.

    `requests` and `responses` are streams; in a direction without one, `request` or `response` is
    the single message. `status` is the ending as the client sees it: a status that the server
    sends waits behind the responses that are still unread, as it does on a wire. `servant` is the
    task in which the servicer runs. The deadline is in seconds of the event loop's clock.
    """

    def __init__(
        self,
        method: str,
        invocation_metadata: Pairs,
        gate: MessageGate,
        *,
        requests: MessageQueue,
        responses: MessageQueue,
    ) -> None:
        self.method = method
        self.invocation_metadata = invocation_metadata
        self.loop = asyncio.get_running_loop()
        self.request: Any = None
        self.response: Any = None
        self.requests = requests
        self.responses = responses
        self.servant: asyncio.Task[None] | None = None
        self.accepted = asyncio.Event()
        self.initial_metadata: Pairs = ()
        self.metadata_sent = asyncio.Event()
        self.status: FinalStatus | None = None
        self.status_sent = False
        self._gate = gate
        self._ended = asyncio.Event()
        self._unseen_status: FinalStatus | None = None
        self._end_callbacks: list[Callable[[], object]] = []
        self._deadline_s: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def set_deadline(self, timeout_s: float | None) -> None:
        """Ends the RPC with DEADLINE_EXCEEDED if it has not ended when the time is over."""
        if timeout_s is None or self.status is not None:
            return
        self._deadline_s = self.loop.time() + timeout_s
        if timeout_s > 0:
            self._timer = self.loop.call_at(self._deadline_s, self.interrupt, DEADLINE_EXCEEDED)
        else:
            self.end(DEADLINE_EXCEEDED)

    def time_remaining_s(self) -> float | None:
        """Seconds until the deadline, never negative; None without one."""
        if self._deadline_s is None:
            return None
        return max(0.0, self._deadline_s - self.loop.time())

    def on_end(self, callback: Callable[[], object]) -> None:
        """Has a callback called when the client sees the end; at once if it has."""
        if self.status is None:
            self._end_callbacks.append(callback)
        else:
            callback()

    async def final_status(self) -> FinalStatus:
        """The ending that the client sees, once there is one."""
        while self.status is None:
            await self._ended.wait()
        return self.status

    def end(self, status: FinalStatus) -> None:
        """Shows the client an ending; the first one stands."""
        if self.status is not None:
            return
        self.status = status
        if self._timer is not None:
            self._timer.cancel()
        self.requests.abandon()
        self.responses.abandon()
        self.accepted.set()
        self.metadata_sent.set()
        self._ended.set()
        for callback in self._end_callbacks:
            callback()
        self._end_callbacks.clear()

    def interrupt(self, status: FinalStatus) -> None:
        """Ends the RPC over the servicer's head, which is cancelled if it has not ended it."""
        self.end(status)
        if self.servant is not None and not self.status_sent:
            self.servant.cancel()

    def on_served(self, callback: Callable[[object], None]) -> None:
        """Has a callback called when the servicer has returned or raised."""
        if self.servant is not None:
            self.servant.add_done_callback(callback)

    # What the client sends and takes.

    def send_request(self, request: Any) -> None:
        """Hands over the one request of an RPC that has one."""
        self.request = request
        self._weigh_request(request)

    async def stream_request(self, request: Any) -> None:
        """Puts a request on the stream once there is room."""
        size = self._weigh_request(request)
        await self.requests.put(request, size)

    def _weigh_request(self, request: Any) -> int:
        size = self._gate.weigh(request)
        if size > self._gate.max_bytes:
            self.interrupt(self._too_large("SERVER", size))
        return size

    async def take_response(self) -> Any:
        """The next response of the stream, or EOF."""
        response = await self.responses.take()
        if self._unseen_status is not None and not self.responses:
            self.interrupt(self._unseen_status)
        return response

    # What the server sends.

    def send_initial_metadata(self, metadata: Pairs) -> None:
        """Shows the client the initial metadata, unless it has been shown some."""
        if not self.metadata_sent.is_set():
            self.initial_metadata = metadata
            self.metadata_sent.set()

    async def stream_response(self, response: Any) -> None:
        """Puts a response on the stream once there is room.

        Raises NobodyReadsError when the client has seen, or will see, an ending before it.
        """
        if self.responses.closed:
            raise NobodyReadsError("The client reads no further message of this RPC.")
        self.send_initial_metadata(())
        size = self._gate.weigh(response)
        if size <= self._gate.max_bytes:
            await self.responses.put(response, size)
        else:
            self._end_behind_responses(self._too_large("CLIENT", size))

    def send_response(self, response: Any, status: FinalStatus) -> None:
        """Ends an RPC of one response, which is dropped beside a failure."""
        if status.code is grpc.StatusCode.OK:
            self.response = response
            size = self._gate.weigh(response)
            if size > self._gate.max_bytes:
                status = self._too_large("CLIENT", size)
        self.send_status(status)

    def send_status(self, status: FinalStatus) -> None:
        """Ends the RPC."""
        self.status_sent = True
        self._end_behind_responses(status)

    def _end_behind_responses(self, status: FinalStatus) -> None:
        if not self.responses:
            self.interrupt(status)
        elif self._unseen_status is None:
            self._unseen_status = status
            self.responses.close()

    def _too_large(self, reader: str, size: int) -> FinalStatus:
        return FinalStatus(
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            f"{reader}: Received message larger than max ({size} vs. {self._gate.max_bytes})",
        )
