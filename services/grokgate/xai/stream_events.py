"""The events of upstream's `/responses` stream, as far as they are read.

Each is a JSON object with a `type`. The fields are those of captured streams (2026, see
docs/upstream.md).
"""

from typing import Annotated, Any

import msgspec

from grokgate.api.text.v1.text_pb2 import PartKind

_Index = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]

PART_KINDS = {
    "output_text": PartKind.PART_KIND_TEXT,
    "refusal": PartKind.PART_KIND_REFUSAL,
    "summary_text": PartKind.PART_KIND_REASONING_SUMMARY,
    "reasoning_text": PartKind.PART_KIND_REASONING_TEXT,
}


class Head(msgspec.Struct):
    """What every event has; an object without a type is none."""

    type: str = ""


class Item(msgspec.Struct):
    """What every output item has, and what a function call has; the item travels on verbatim."""

    type: str
    id: str | None = None
    name: str | None = None
    call_id: str | None = None


class ItemPart(msgspec.Struct):
    """A part of an item's content or summary."""

    type: str = ""
    text: str = ""
    refusal: str = ""
    annotations: list[msgspec.Raw] = []


class ItemText(msgspec.Struct):
    """The texts of a whole item: of a function call, a message or a reasoning."""

    arguments: str | None = None
    content: list[ItemPart] | None = None
    summary: list[ItemPart] | None = None


class ItemBegun(msgspec.Struct):
    """response.output_item.added."""

    output_index: _Index
    item: Item


class ItemWhole(msgspec.Struct):
    """response.output_item.done."""

    output_index: _Index
    item: msgspec.Raw


class PartBegun(msgspec.Struct):
    """response.content_part.added and response.reasoning_summary_part.added."""

    output_index: _Index
    part: ItemPart
    content_index: _Index = 0
    summary_index: _Index = 0
    item_id: str = ""


class TextAdded(msgspec.Struct):
    """Any delta. A part is counted in its item's content or in its summary, never in both."""

    output_index: _Index
    delta: str
    content_index: _Index = 0
    summary_index: _Index = 0
    item_id: str = ""


class AnnotationAdded(msgspec.Struct):
    """response.output_text.annotation.added."""

    output_index: _Index
    annotation: msgspec.Raw
    content_index: _Index = 0
    annotation_index: _Index = 0


class Ended(msgspec.Struct):
    """response.completed, .incomplete, .failed and .done: the whole answer, usage and cost."""

    response: msgspec.Raw


class Failed(msgspec.Struct):
    """error. Its message and code are flat or nested, as in any refusal."""

    status: Any = None
