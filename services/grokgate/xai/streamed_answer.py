"""Upstream's `/responses` answer as a stream, translated event by event."""

from collections.abc import Callable, Iterable
from functools import partial

from msgspec.json import Decoder

from grokgate.api.text.v1.text_pb2 import PartKind, StreamGenerateResponse
from grokgate.chassis.json_text import UNREADABLE
from grokgate.xai.errors import UpstreamError, broke_off, read_refusal, to_upstream_error
from grokgate.xai.generation_writer import GenerationWriter, Kind
from grokgate.xai.responses import ResponsesAnswer, read_answer
from grokgate.xai.stream_events import (
    PART_KINDS,
    AnnotationAdded,
    Ended,
    Failed,
    Head,
    ItemBegun,
    ItemWhole,
    PartBegun,
    TextAdded,
)
from grokgate.xai.written import Written

_OK = 200

_HEAD = Decoder(Head)
_ITEM_BEGUN = Decoder(ItemBegun)
_ITEM_WHOLE = Decoder(ItemWhole)
_PART_BEGUN = Decoder(PartBegun)
_TEXT_ADDED = Decoder(TextAdded)
_ANNOTATION_ADDED = Decoder(AnnotationAdded)
_ENDED = Decoder(Ended)
_FAILED = Decoder(Failed)


class StreamedAnswer:
    """Folds upstream's events into ours, and in the end into `answer` or `error`."""

    def __init__(self) -> None:
        self.answer: ResponsesAnswer | None = None
        self.error: UpstreamError | None = None
        self._writer = GenerationWriter()

    @property
    def ended(self) -> bool:
        """Whether there is an answer or an error; what follows does not count."""
        return self.answer is not None or self.error is not None

    @property
    def written(self) -> Written:
        """The text that came so far."""
        return self._writer.written

    def take(self, batch: Iterable[bytes]) -> StreamGenerateResponse:
        """Our events for the data of upstream's, in order; there may be none."""
        page = self._writer.page = StreamGenerateResponse()
        for data in batch:
            if self.ended:
                break
            try:
                self._read(data)
            except UpstreamError as error:
                self.error = error
            except UNREADABLE as exc:
                self.error = broke_off("upstream sent an event that cannot be read")
                self.error.__cause__ = exc
        return page

    def end(self, error: UpstreamError | None = None) -> None:
        """The stream has ended, in an error or in good order; that counts if nothing did before."""
        if not self.ended:
            self.error = error or broke_off("upstream's stream ended without its last event")

    def _read(self, data: bytes) -> None:
        kind = _HEAD.decode(data).type
        read = _READINGS.get(kind)
        if read is not None:
            read(self._writer, data)
        elif kind in _LAST:
            self._finish(bytes(_ENDED.decode(data).response))
        elif not kind:
            # Upstream did not stream: this is its whole answer, or its refusal under status 200.
            self._finish(data)

    def _finish(self, response: bytes) -> None:
        """Write the rest of a whole answer; raises UpstreamError when it is none."""
        answer = read_answer(response)
        for output_index, item_json in enumerate(answer.output_items_json):
            self._writer.complete_item(output_index, item_json)
        self.answer = answer


def _begin_item(writer: GenerationWriter, data: bytes) -> None:
    event = _ITEM_BEGUN.decode(data)
    writer.begin_item(event.output_index, event.item)


def _complete_item(writer: GenerationWriter, data: bytes) -> None:
    event = _ITEM_WHOLE.decode(data)
    writer.complete_item(event.output_index, bytes(event.item).decode())


def _begin_part(writer: GenerationWriter, data: bytes) -> None:
    event = _PART_BEGUN.decode(data)
    kind = PART_KINDS.get(event.part.type)
    if kind is not None:
        part_index = event.content_index or event.summary_index
        writer.begin_part(event.output_index, part_index, kind, event.item_id)


def _write(writer: GenerationWriter, data: bytes, kind: Kind) -> None:
    event = _TEXT_ADDED.decode(data)
    part_index = event.content_index or event.summary_index
    writer.write(event.output_index, part_index, kind, event.delta, event.item_id)


def _annotate(writer: GenerationWriter, data: bytes) -> None:
    event = _ANNOTATION_ADDED.decode(data)
    writer.annotate(
        event.output_index, event.content_index, event.annotation_index, event.annotation
    )


def _fail(_writer: GenerationWriter, data: bytes) -> None:
    status = _FAILED.decode(data).status
    error = to_upstream_error(read_refusal(status if type(status) is int else _OK, data, None))
    error.error.upstream_started = True
    raise error


# What each type of event does.
_READINGS: dict[str, Callable[[GenerationWriter, bytes], None]] = {
    "response.output_item.added": _begin_item,
    "response.output_item.done": _complete_item,
    "response.content_part.added": _begin_part,
    "response.reasoning_summary_part.added": _begin_part,
    "response.output_text.delta": partial(_write, kind=PartKind.PART_KIND_TEXT),
    "response.refusal.delta": partial(_write, kind=PartKind.PART_KIND_REFUSAL),
    "response.reasoning_summary_text.delta": partial(
        _write, kind=PartKind.PART_KIND_REASONING_SUMMARY
    ),
    "response.reasoning_text.delta": partial(_write, kind=PartKind.PART_KIND_REASONING_TEXT),
    "response.function_call_arguments.delta": partial(_write, kind=PartKind.PART_KIND_ARGUMENTS),
    "response.output_text.annotation.added": _annotate,
    "error": _fail,
}
# The types that carry the whole answer. Every other type says nothing that one of these does not.
_LAST = frozenset({"response.completed", "response.incomplete", "response.failed", "response.done"})
