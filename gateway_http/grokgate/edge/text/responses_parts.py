"""What the Responses API calls the parts of its items, and the events that tell them."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from grokgate.api.text.v1 import text_pb2
from grokgate.api.text.v1.text_pb2 import PartKind

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PartWords:
    """The words for one kind of part.

    `events` and `frames` are what the names of its events begin with: those of its text and those
    of the part itself. `text` and `index` name the fields for its text and its place. `empty` is
    the part as it begins; `more` is what the events of its text carry besides.
    """

    events: str
    text: str = "text"
    frames: str = "response.content_part"
    index: str = "content_index"
    empty: Fields = field(default_factory=dict)
    more: Fields = field(default_factory=dict)


PART_WORDS: dict[PartKind.ValueType, PartWords] = {
    text_pb2.PART_KIND_TEXT: PartWords(
        "response.output_text",
        empty={"type": "output_text", "text": "", "logprobs": [], "annotations": []},
        more={"logprobs": []},
    ),
    text_pb2.PART_KIND_REFUSAL: PartWords(
        "response.refusal", text="refusal", empty={"type": "refusal", "refusal": ""}
    ),
    text_pb2.PART_KIND_REASONING_SUMMARY: PartWords(
        "response.reasoning_summary_text",
        frames="response.reasoning_summary_part",
        index="summary_index",
        empty={"type": "summary_text", "text": ""},
    ),
    text_pb2.PART_KIND_REASONING_TEXT: PartWords(
        "response.reasoning_text", empty={"type": "reasoning_text", "text": ""}
    ),
    # Arguments are their item's own: the only ones, without a frame.
    text_pb2.PART_KIND_ARGUMENTS: PartWords(
        "response.function_call_arguments", text="arguments", frames="", index=""
    ),
}


class Part:
    """A part that is being written; `place` is in each of its events."""

    __slots__ = ("_annotations", "_pieces", "place", "words")

    def __init__(self, words: PartWords, place: Fields) -> None:
        self.words = words
        self.place = place
        self._pieces: list[str] = []
        self._annotations: list[msgspec.Raw] = []

    def add(self, text: str) -> Fields:
        """More text; the fields of the event that tells it."""
        self._pieces.append(text)
        return {**self.place, "delta": text, **self.words.more}

    def annotate(self, index: int, annotation: msgspec.Raw) -> Fields:
        """A note; the fields of the event that tells it."""
        self._annotations.append(annotation)
        return {**self.place, "annotation_index": index, "annotation": annotation}

    def whole_text(self) -> Fields:
        """The fields of the event that ends the text."""
        return {**self.place, self.words.text: "".join(self._pieces), **self.words.more}

    def whole(self) -> Fields:
        """The fields of the event that ends the part."""
        part = {**self.words.empty, self.words.text: "".join(self._pieces)}
        if self._annotations:
            part["annotations"] = self._annotations
        return {**self.place, "part": part}
