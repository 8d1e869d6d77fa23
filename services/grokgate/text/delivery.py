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

    async def send(self, events: list[GenerationEvent]) -> None:
        """Hand over what came together, as one message; of nothing only the first is sent."""
        if events or not self.opened:
            await self._reader.take(self._message(events))

    async def finish(self, finished: Finished) -> None:
        """Hand over the end."""
        await self._reader.take_last(self._message([GenerationEvent(finished=finished)]))

    def _message(self, events: list[GenerationEvent]) -> StreamGenerateResponse:
        if not self.opened:
            self.opened = True
            events = [GenerationEvent(started=self._started), *events]
        return StreamGenerateResponse(events=events)
