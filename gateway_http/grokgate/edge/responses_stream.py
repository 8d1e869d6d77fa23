"""From the events of a generation to those of the Responses API.

The order is that of captured xAI streams (2026), which is OpenAI's.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from grokgate.api.text.v1 import text_pb2
from grokgate.api.text.v1.text_pb2 import (
    Annotation,
    Delta,
    Finished,
    GenerateResponse,
    GenerationEvent,
    ItemDone,
    ItemStarted,
    PartKind,
    PartStarted,
    Started,
)
from grokgate.chassis.errors import GrokgateError
from grokgate.edge.errors import error_body
from grokgate.edge.paid_endings import charged_usd_ticks, failure_of
from grokgate.edge.responses_answer import STATUS_WORDS, Usage, response_object, usage_of
from grokgate.edge.responses_request import ResponsesRequest
from grokgate.edge.sse import DONE, append_event

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Words:
    """What the API calls a kind of part.

    `event` and `frame` are what its events' names begin with: those of its text and those of the
    part itself. `text` names its text, `index` its place, `empty` is the part as it begins, and
    `more` is what the events of its text carry besides.
    """

    event: str
    text: str = "text"
    frame: str = "response.content_part"
    index: str = "content_index"
    empty: Fields = field(default_factory=dict)
    more: Fields = field(default_factory=dict)


_WORDS: dict[PartKind.ValueType, _Words] = {
    text_pb2.PART_KIND_TEXT: _Words(
        "response.output_text",
        empty={"type": "output_text", "text": "", "logprobs": [], "annotations": []},
        more={"logprobs": []},
    ),
    text_pb2.PART_KIND_REFUSAL: _Words(
        "response.refusal", text="refusal", empty={"type": "refusal", "refusal": ""}
    ),
    text_pb2.PART_KIND_REASONING_SUMMARY: _Words(
        "response.reasoning_summary_text",
        frame="response.reasoning_summary_part",
        index="summary_index",
        empty={"type": "summary_text", "text": ""},
    ),
    text_pb2.PART_KIND_REASONING_TEXT: _Words(
        "response.reasoning_text", empty={"type": "reasoning_text", "text": ""}
    ),
    # The arguments are no part of their item: they have neither frame nor index.
    text_pb2.PART_KIND_ARGUMENTS: _Words(
        "response.function_call_arguments", text="arguments", frame="", index=""
    ),
}

# What an item of a type has from its beginning.
_EMPTY_ITEMS: dict[str, Fields] = {
    "message": {"role": "assistant", "content": []},
    "reasoning": {"summary": []},
    "function_call": {"arguments": ""},
}


class _Part:
    """A part that is being written."""

    __slots__ = ("annotations", "delta", "pieces", "place", "words")

    def __init__(self, words: _Words, place: Fields) -> None:
        self.words = words
        self.place = place
        self.delta = f"{words.event}.delta"
        self.pieces: list[str] = []
        self.annotations: list[msgspec.Raw] = []

    def whole(self, text: str) -> Fields:
        """The part as it ends."""
        whole = {**self.words.empty, self.words.text: text}
        return {**whole, "annotations": self.annotations} if self.annotations else whole


class ResponsesStream:
    """Writes one answer, and keeps its items for the last event, which repeats them.

    A part ends when the next one of its item begins, or with its item.
    """

    def __init__(self, asked: ResponsesRequest, request_id: str) -> None:
        self._asked = asked
        self._request_id = request_id
        self._answer = GenerateResponse()
        self._items: dict[int, ItemStarted] = {}
        self._items_json: dict[int, str] = {}
        self._parts: dict[tuple[int, int, PartKind.ValueType], _Part] = {}
        self._open: dict[int, _Part] = {}
        self._page = bytearray()
        self._next_number = 0

    def write(self, events: Iterable[GenerationEvent]) -> bytes:
        """What came together."""
        self._page = bytearray()
        for event in events:
            kind = event.WhichOneof("event")
            assert kind is not None  # noqa: S101  # the contract: exactly one
            _WRITERS[kind](self, getattr(event, kind))
        return bytes(self._page)

    def write_error(self, error: GrokgateError) -> bytes:
        """The last event of a stream that broke."""
        self._page = bytearray()
        self._fail(error, None)
        return bytes(self._page)

    def usage_of(self, finished: Finished) -> Usage:
        """What an answer that failed has used and cost."""
        return usage_of(finished)

    def _event(self, name: str, fields: Fields) -> None:
        data = {"type": name, "sequence_number": self._next_number, **fields}
        append_event(self._page, data, name)
        self._next_number += 1

    def _start(self, started: Started) -> None:
        answer = self._answer
        answer.id, answer.model = started.id, started.model
        answer.created_at = started.created_at
        answer.reasoning_effort = started.reasoning_effort
        begun = {"response": response_object(self._asked, answer)}
        self._event("response.created", begun)
        self._event("response.in_progress", begun)

    def _start_item(self, item: ItemStarted) -> None:
        self._items[item.output_index] = item
        begun = {"id": item.id, "type": item.type, "status": "in_progress"}
        begun |= _EMPTY_ITEMS.get(item.type, {})
        is_call = item.type == "function_call"
        if is_call:
            begun |= {"call_id": item.call_id, "name": item.name}
        self._event(
            "response.output_item.added", {"output_index": item.output_index, "item": begun}
        )
        if is_call:
            self._open_part(item.output_index, 0, text_pb2.PART_KIND_ARGUMENTS)

    def _start_part(self, started: PartStarted) -> None:
        self._end_part(started.output_index)
        part = self._open_part(started.output_index, started.part_index, started.kind)
        self._event(f"{part.words.frame}.added", {**part.place, "part": part.words.empty})

    def _open_part(
        self, output_index: int, part_index: int, kind: PartKind.ValueType
    ) -> _Part:
        words = _WORDS[kind]
        place = {"item_id": self._items[output_index].id, "output_index": output_index}
        part = _Part(words, place | {words.index: part_index} if words.index else place)
        self._parts[output_index, part_index, kind] = part
        self._open[output_index] = part
        return part

    def _add(self, delta: Delta) -> None:
        part = self._parts[delta.output_index, delta.part_index, delta.kind]
        text = delta.text
        part.pieces.append(text)
        self._event(part.delta, {**part.place, "delta": text, **part.words.more})

    def _annotate(self, note: Annotation) -> None:
        part = self._parts[note.output_index, note.part_index, text_pb2.PART_KIND_TEXT]
        annotation = msgspec.Raw(note.annotation_json)
        part.annotations.append(annotation)
        self._event(
            "response.output_text.annotation.added",
            {**part.place, "annotation_index": note.annotation_index, "annotation": annotation},
        )

    def _end_part(self, output_index: int) -> None:
        part = self._open.pop(output_index, None)
        if part is None:
            return
        words, text = part.words, "".join(part.pieces)
        self._event(f"{words.event}.done", {**part.place, words.text: text, **words.more})
        if words.frame:
            self._event(f"{words.frame}.done", {**part.place, "part": part.whole(text)})

    def _end_item(self, done: ItemDone) -> None:
        self._end_part(done.output_index)
        self._items_json[done.output_index] = done.item_json
        item = {"output_index": done.output_index, "item": msgspec.Raw(done.item_json)}
        self._event("response.output_item.done", item)

    def _finish(self, finished: Finished) -> None:
        if finished.status == text_pb2.GENERATION_STATUS_FAILED:
            self._fail(failure_of(finished), finished)
            return
        answer = self._answer
        answer.status, answer.completed_at = finished.status, finished.completed_at
        answer.incomplete_reason = finished.incomplete_reason
        answer.output_items_json.extend(json for _, json in sorted(self._items_json.items()))
        answer.usage.CopyFrom(finished.usage)
        if finished.HasField("charge"):
            answer.charge.CopyFrom(finished.charge)
        whole = {"response": response_object(self._asked, answer)}
        self._event(f"response.{STATUS_WORDS[answer.status]}", whole)
        self._page += DONE

    def _fail(self, error: GrokgateError, finished: Finished | None) -> None:
        """Libraries raise what stands under `error`; who reads the API's own event reads beside."""
        told = error_body(error, self._request_id).error
        fields: Fields = {
            "error": told,
            "code": told.code,
            "message": told.message,
            "param": told.param,
        }
        if finished is not None and charged_usd_ticks(finished):
            fields["usage"] = usage_of(finished)
        self._event("error", fields)


_WRITERS: dict[str, Callable[[ResponsesStream, Any], None]] = {
    "started": ResponsesStream._start,
    "item_started": ResponsesStream._start_item,
    "part_started": ResponsesStream._start_part,
    "delta": ResponsesStream._add,
    "annotation": ResponsesStream._annotate,
    "item_done": ResponsesStream._end_item,
    "finished": ResponsesStream._finish,
}
