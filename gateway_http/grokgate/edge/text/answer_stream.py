"""A streamed answer of a text model on its way from the text service to the client."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from grokgate.api.text.v1 import text_pb2
from grokgate.api.text.v1.text_pb2 import StreamGenerateResponse
from grokgate.chassis.errors import GrokgateError
from grokgate.edge.departure import while_client_waits
from grokgate.edge.errors import answer_lost
from grokgate.edge.middleware import call_of
from grokgate.edge.paid_endings import failure_answer
from grokgate.edge.rate_limits import rate_limit_headers
from grokgate.edge.sse import EventSink
from grokgate.edge.text.asked import OwnWords
from grokgate.edge.text.dialect import Dialect


class AnswerStream:
    """The HTTP answer that carries a stream.

    The status leaves with the first events, or after a long silence. What fails before is an
    error like any other; what fails after is the stream's last event.
    """

    def __init__(
        self,
        request: Request,
        messages: AsyncGenerator[StreamGenerateResponse],
        dialect: Dialect,
        own_words: OwnWords,
        heartbeat_s: float,
    ) -> None:
        self._request = request
        self._messages = messages
        self._dialect = dialect
        self._own_words = own_words
        self._heartbeat_s = heartbeat_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; a client that leaves ends the call to the text service, not the paid work."""
        sink = EventSink(send, self._heartbeat_s)
        beating = asyncio.create_task(sink.beat())
        try:
            refusal = await while_client_waits(self._request, self._relay(sink))
        finally:
            beating.cancel()
        if refusal is not None:
            await refusal(scope, receive, send)

    async def _relay(self, sink: EventSink) -> Response | None:
        """Pass the events on; a failure that came before them is returned to be answered."""
        try:
            async with contextlib.aclosing(self._messages) as messages:
                async for message in messages:
                    headers = None
                    if not sink.started:
                        headers = rate_limit_headers(message.events[0].started.rate_limits)
                        refusal = self._refusal(message, headers)
                        if refusal is not None:
                            return refusal
                    await sink.write(self._dialect.write(message.events), headers)
        except GrokgateError as error:
            self._own_words.rephrase(error)
            if not sink.started:
                raise
            await sink.write(self._dialect.write_error(error))
        except asyncio.CancelledError:
            await self._cut(sink)
            raise
        await sink.end()
        return None

    def _refusal(self, message: StreamGenerateResponse, headers: dict[str, str]) -> Response | None:
        finished = message.events[-1].finished
        if finished.status != text_pb2.GENERATION_STATUS_FAILED:
            return None
        usage = self._dialect.usage_of(finished)
        return failure_answer(finished, usage, call_of(self._request).request_id, headers)

    async def _cut(self, sink: EventSink) -> None:
        """Say that the gateway stops, if the words can leave at once."""
        if not sink.started:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0):
                await sink.write(self._dialect.write_error(answer_lost()))
                await sink.end()
