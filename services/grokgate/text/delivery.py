"""What the reader of a stream gets."""

from grokgate.api.text.v1.text_pb2 import (
    Finished,
    GenerationEvent,
    Started,
    StreamGenerateResponse,
)
from grokgate.metering.paid_streams import Reader


class Delivery:
    """Hands events to a reader, Started before all others.

    Until it is `opened` by a first message, a failure can still be the RPC's own status.
    """

    def __init__(self, reader: Reader, started: Started) -> None:
        self.opened = False
        self._reader = reader
        self._started = started

    async def send(self, page: StreamGenerateResponse) -> None:
        """Hand over what came together; of nothing, only Started is sent, once."""
        if not self.opened:
            page = self._opened(page)
        if page.events:
            await self._reader.take(page)

    async def finish(self, finished: Finished) -> None:
        """Hand over the end."""
        page = StreamGenerateResponse(events=[GenerationEvent(finished=finished)])
        await self._reader.take_last(page if self.opened else self._opened(page))

    def _opened(self, page: StreamGenerateResponse) -> StreamGenerateResponse:
        self.opened = True
        return StreamGenerateResponse(events=[GenerationEvent(started=self._started), *page.events])
