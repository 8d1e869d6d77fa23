"""How a streamed answer is told: in the words of one API or another."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

import msgspec

from grokgate.api.text.v1 import text_pb2
from grokgate.api.text.v1.text_pb2 import (
    Annotation,
    Delta,
    Finished,
    GenerationEvent,
    ItemDone,
    ItemStarted,
    PartStarted,
    Started,
)
from grokgate.chassis.errors import GrokgateError
from grokgate.edge.errors import ErrorBody, error_body
from grokgate.edge.paid_endings import charged_usd_ticks, failure_of


class Dialect(ABC):
    """Turns the events of one generation into server-sent events, which it adds to `_page`.

    There is a method for each kind of event, by its name in the contract.
    """

    def __init__(self, request_id: str) -> None:
        self._request_id = request_id
        self._page = bytearray()

    def write(self, events: Iterable[GenerationEvent]) -> bytes:
        """What came together. An event that is newer than this gateway is left out."""
        self._page = bytearray()
        for event in events:
            kind = event.WhichOneof("event")
            if kind is not None:
                getattr(self, kind)(getattr(event, kind))
        return bytes(self._page)

    def write_error(self, error: GrokgateError) -> bytes:
        """The last event of a stream that broke."""
        self._page = bytearray()
        self._fail(error_body(error, self._request_id))
        return bytes(self._page)

    def finished(self, finished: Finished) -> None:
        """The answer has ended: whole, cut short or in a failure, which is never dressed up."""
        if finished.status != text_pb2.GENERATION_STATUS_FAILED:
            self._end(finished)
            return
        usage = self.usage_of(finished) if charged_usd_ticks(finished) else None
        self._fail(error_body(failure_of(finished), self._request_id, usage))

    @abstractmethod
    def usage_of(self, finished: Finished) -> msgspec.Struct:
        """What an answer has used and cost."""

    @abstractmethod
    def started(self, started: Started) -> None:
        """The answer begins."""

    @abstractmethod
    def item_started(self, item: ItemStarted) -> None:
        """An item begins."""

    @abstractmethod
    def part_started(self, started: PartStarted) -> None:
        """A part of an item begins."""

    @abstractmethod
    def delta(self, delta: Delta) -> None:
        """A part gets more text."""

    @abstractmethod
    def annotation(self, note: Annotation) -> None:
        """A part of text gets a note."""

    @abstractmethod
    def item_done(self, done: ItemDone) -> None:
        """An item is whole."""

    @abstractmethod
    def _end(self, finished: Finished) -> None:
        """The answer is whole or cut short."""

    @abstractmethod
    def _fail(self, body: ErrorBody) -> None:
        """There is no answer."""
