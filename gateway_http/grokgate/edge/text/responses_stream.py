"""From the events of a generation to those of the Responses API.

Their order is that of captured xAI streams (2026), which is OpenAI's.
"""

import msgspec

from grokgate.api.text.v1 import text_pb2
from grokgate.api.text.v1.text_pb2 import (
    Annotation,
    Delta,
    Finished,
    GenerateResponse,
    ItemDone,
    ItemStarted,
    PartKind,
    PartStarted,
    Started,
)
from grokgate.edge.errors import ErrorBody
from grokgate.edge.sse import DONE, append_event
from grokgate.edge.text.dialect import Dialect
from grokgate.edge.text.responses_answer import STATUS_WORDS, Usage, response_object, usage_of
from grokgate.edge.text.responses_parts import PART_WORDS, Fields, Part
from grokgate.edge.text.responses_request import ResponsesRequest

# What an item of a type has from its beginning.
_EMPTY_ITEMS: dict[str, Fields] = {
    "message": {"role": "assistant", "content": []},
    "reasoning": {"summary": []},
}


class ResponsesStream(Dialect):
    """Tells one answer, and keeps its items for the last event, which repeats them.

    A part ends when the next one of its item begins, or with its item.
    """

    def __init__(self, asked: ResponsesRequest, request_id: str) -> None:
        super().__init__(request_id)
        self._asked = asked
        self._answer = GenerateResponse()
        self._next_number = 0
        self._item_ids: dict[int, str] = {}
        self._items_json: dict[int, str] = {}
        self._parts: dict[tuple[int, int, PartKind.ValueType], Part] = {}
        # The part that each item is at.
        self._open: dict[int, Part] = {}

    def usage_of(self, finished: Finished) -> Usage:
        """As in a whole answer."""
        return usage_of(finished)

    def started(self, started: Started) -> None:
        """The response, twice, as far as it is known."""
        answer = self._answer
        answer.id, answer.model = started.id, started.model
        answer.created_at = started.created_at
        answer.reasoning_effort = started.reasoning_effort
        begun = {"response": response_object(self._asked, answer, has_ended=False)}
        self._tell("response.created", begun)
        self._tell("response.in_progress", begun)

    def item_started(self, item: ItemStarted) -> None:
        """The item, still empty."""
        index, is_call = item.output_index, item.type == "function_call"
        self._item_ids[index] = item.id
        begun = {"id": item.id, "type": item.type, "status": "in_progress"}
        begun |= _EMPTY_ITEMS.get(item.type, {})
        if is_call:
            begun |= {"call_id": item.call_id, "name": item.name, "arguments": ""}
        self._tell("response.output_item.added", {"output_index": index, "item": begun})
        if is_call:
            self._open_part(index, 0, text_pb2.PART_KIND_ARGUMENTS)

    def part_started(self, started: PartStarted) -> None:
        """The part, still empty, after the end of the one before."""
        self._close_part(started.output_index)
        part = self._open_part(started.output_index, started.part_index, started.kind)
        self._tell(f"{part.words.frames}.added", {**part.place, "part": part.words.empty})

    def delta(self, delta: Delta) -> None:
        """More text."""
        part = self._parts[delta.output_index, delta.part_index, delta.kind]
        self._tell(f"{part.words.events}.delta", part.add(delta.text))

    def annotation(self, note: Annotation) -> None:
        """The note."""
        part = self._parts[note.output_index, note.part_index, text_pb2.PART_KIND_TEXT]
        fields = part.annotate(note.annotation_index, msgspec.Raw(note.annotation_json))
        self._tell("response.output_text.annotation.added", fields)

    def item_done(self, done: ItemDone) -> None:
        """The item as the provider wrote it, after the end of its last part."""
        self._close_part(done.output_index)
        self._items_json[done.output_index] = done.item_json
        item = {"output_index": done.output_index, "item": msgspec.Raw(done.item_json)}
        self._tell("response.output_item.done", item)

    def _tell(self, name: str, fields: Fields) -> None:
        event = {"type": name, "sequence_number": self._next_number, **fields}
        append_event(self._page, event, name)
        self._next_number += 1

    def _open_part(self, output_index: int, part_index: int, kind: PartKind.ValueType) -> Part:
        words = PART_WORDS[kind]
        place: Fields = {"item_id": self._item_ids[output_index], "output_index": output_index}
        if words.index:
            place[words.index] = part_index
        part = self._parts[output_index, part_index, kind] = Part(words, place)
        self._open[output_index] = part
        return part

    def _close_part(self, output_index: int) -> None:
        part = self._open.pop(output_index, None)
        if part is None:
            return
        self._tell(f"{part.words.events}.done", part.whole_text())
        if part.words.frames:
            self._tell(f"{part.words.frames}.done", part.whole())

    def _end(self, finished: Finished) -> None:
        answer = self._answer
        answer.status, answer.completed_at = finished.status, finished.completed_at
        answer.incomplete_reason = finished.incomplete_reason
        answer.output_items_json.extend(json for _, json in sorted(self._items_json.items()))
        answer.usage.CopyFrom(finished.usage)
        if finished.HasField("charge"):
            answer.charge.CopyFrom(finished.charge)
        whole = {"response": response_object(self._asked, answer)}
        self._tell(f"response.{STATUS_WORDS[answer.status]}", whole)
        self._page += DONE

    def _fail(self, body: ErrorBody) -> None:
        """Libraries raise what stands under `error`; the API's own event has the same beside."""
        told = body.error
        fields = {"error": told, "code": told.code, "message": told.message, "param": told.param}
        self._tell("error", fields | ({"usage": body.usage} if body.usage else {}))
