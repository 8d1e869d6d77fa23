"""From the events of a generation to the chunks of the chat dialect."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from grokgate.api.text.v1 import text_pb2
from grokgate.api.text.v1.text_pb2 import (
    Annotation,
    Delta,
    Finished,
    ItemDone,
    ItemStarted,
    PartKind,
    PartStarted,
    Started,
)
from grokgate.edge.errors import ErrorBody
from grokgate.edge.sse import DONE, append_event
from grokgate.edge.text.chat_answer import CompletionUsage, chat_id, completion_usage, finish_reason
from grokgate.edge.text.chat_items import PARAGRAPH, chat_annotation
from grokgate.edge.text.chat_request import ChatRequest
from grokgate.edge.text.dialect import Dialect

# Where a chunk has the text of a part; arguments have their own place among the calls.
_PLACES: dict[PartKind.ValueType, str] = {
    text_pb2.PART_KIND_TEXT: "content",
    text_pb2.PART_KIND_REFUSAL: "refusal",
    text_pb2.PART_KIND_REASONING_SUMMARY: "reasoning_content",
    text_pb2.PART_KIND_REASONING_TEXT: "reasoning_content",
}
# For the description of the API alone.
_DELTA = msgspec.Meta(extra_json_schema={"$ref": "#/components/schemas/ChunkDelta"})


class ChunkChoice(msgspec.Struct):
    """What is added to the one answer, or why it ended."""

    delta: Annotated[dict[str, Any], _DELTA]
    finish_reason: str | None
    index: int = 0
    logprobs: None = None


class ChatCompletionChunk(msgspec.Struct):
    """The ChatCompletionChunk of the OpenAI API; `usage` is null until the last, if wanted."""

    id: str = ""
    object: str = "chat.completion.chunk"
    created: int = 0
    model: str = ""
    choices: list[ChunkChoice] = []
    service_tier: str = "default"
    system_fingerprint: None = None
    usage: CompletionUsage | UnsetType | None = UNSET


class ChatStream(Dialect):
    """Writes one answer: the role, what is thought and said, the reason of the end, the usage."""

    def __init__(self, asked: ChatRequest, request_id: str) -> None:
        super().__init__(request_id)
        self._asked = asked
        self._chunk = ChatCompletionChunk()
        self._calls: dict[int, int] = {}
        # The item that wrote last in each place.
        self._writers: dict[str, int] = {}

    def usage_of(self, finished: Finished) -> CompletionUsage:
        """What an answer has used and cost."""
        return completion_usage(finished)

    def started(self, started: Started) -> None:
        """The role comes first."""
        chunk = self._chunk
        chunk.id, chunk.model = chat_id(started.id), started.model
        chunk.created = started.created_at
        if self._asked.stream_usage:
            chunk.usage = None
        self._write({"role": "assistant", "content": ""})

    def item_started(self, item: ItemStarted) -> None:
        """Only calls have something to tell before their text."""
        if item.type != "function_call":
            return
        index = self._calls[item.output_index] = len(self._calls)
        function = {"name": item.name, "arguments": ""}
        call = {"index": index, "id": item.call_id, "type": "function", "function": function}
        self._write({"tool_calls": [call]})

    def part_started(self, started: PartStarted) -> None:
        """Texts that share a place are parted, as in a whole answer."""
        place = _PLACES[started.kind]
        before = self._writers.get(place)
        self._writers[place] = started.output_index
        is_same_text = before == started.output_index and place == "content"
        if before is not None and not is_same_text:
            self._write({place: PARAGRAPH})

    def delta(self, delta: Delta) -> None:
        """More text in its place."""
        if delta.kind == text_pb2.PART_KIND_ARGUMENTS:
            index = self._calls[delta.output_index]
            self._write({"tool_calls": [{"index": index, "function": {"arguments": delta.text}}]})
        else:
            self._write({_PLACES[delta.kind]: delta.text})

    def annotation(self, note: Annotation) -> None:
        """A note of its own."""
        annotation = chat_annotation(msgspec.json.decode(note.annotation_json))
        self._write({"annotations": [annotation]})

    def item_done(self, done: ItemDone) -> None:
        """Everything of it has been told."""

    def _write(self, delta: dict[str, Any], finish_reason: str | None = None) -> None:
        self._chunk.choices = [ChunkChoice(delta, finish_reason)]
        append_event(self._page, self._chunk)

    def _end(self, finished: Finished) -> None:
        self._write({}, finish_reason(finished, calls=bool(self._calls)))
        if self._asked.stream_usage:
            self._chunk.choices, self._chunk.usage = [], completion_usage(finished)
            append_event(self._page, self._chunk)
        self._page += DONE

    def _fail(self, body: ErrorBody) -> None:
        append_event(self._page, body)
