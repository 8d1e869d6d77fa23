"""The contract's events of an answer, in an order that readers can rely on."""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import msgspec

from grokgate.api.text.v1.text_pb2 import PartKind, StreamGenerateResponse
from grokgate.chassis.json_text import UNREADABLE
from grokgate.xai.stream_events import PART_KINDS, Item, ItemPart, ItemText
from grokgate.xai.written import Written

Kind: TypeAlias = PartKind.ValueType

_ARGUMENTS = PartKind.PART_KIND_ARGUMENTS
_ITEM_TYPES = {
    PartKind.PART_KIND_TEXT: "message",
    PartKind.PART_KIND_REFUSAL: "message",
    PartKind.PART_KIND_REASONING_SUMMARY: "reasoning",
    PartKind.PART_KIND_REASONING_TEXT: "reasoning",
    _ARGUMENTS: "function_call",
}
_ITEM = msgspec.json.Decoder(Item)
_ITEM_TEXT = msgspec.json.Decoder(ItemText)


class GenerationWriter:
    """Writes events on a page, and before them those that upstream left out.

    An item begins before its parts, a part before its deltas; arguments begin with their item. What
    no delta brought comes with the whole item. `written` counts the text so far.
    """

    def __init__(self) -> None:
        self.page = StreamGenerateResponse()
        self.written = Written()
        self._begun_items: set[int] = set()
        self._whole_items: set[int] = set()
        # Whether a part that has begun has any text yet.
        self._parts: dict[tuple[int, int, Kind], bool] = {}

    def begin_item(self, output_index: int, item: Item) -> None:
        """An item begins, if it has not."""
        if output_index in self._begun_items:
            return
        self._begun_items.add(output_index)
        started = self.page.events.add().item_started
        started.output_index = output_index
        started.id = item.id or ""
        started.type = item.type
        started.name = item.name or ""
        started.call_id = item.call_id or ""

    def begin_part(self, output_index: int, part_index: int, kind: Kind, item_id: str) -> None:
        """A part begins, if it has not."""
        place = (output_index, part_index, kind)
        if place in self._parts:
            return
        self._parts[place] = False
        self.begin_item(output_index, Item(_ITEM_TYPES[kind], item_id))
        if kind != _ARGUMENTS:
            started = self.page.events.add().part_started
            started.output_index = output_index
            started.part_index = part_index
            started.kind = kind

    def write(
        self, output_index: int, part_index: int, kind: Kind, text: str, item_id: str
    ) -> None:
        """A part gets more text."""
        place = (output_index, part_index, kind)
        if not self._parts.get(place):
            self.begin_part(output_index, part_index, kind, item_id)
            self._parts[place] = True
        self.written.add(text)
        # Field by field: a message made by keywords costs four times as much.
        delta = self.page.events.add().delta
        delta.output_index = output_index
        delta.part_index = part_index
        delta.kind = kind
        delta.text = text

    def annotate(
        self, output_index: int, part_index: int, annotation_index: int, annotation: msgspec.Raw
    ) -> None:
        """A part of text gets a note."""
        note = self.page.events.add().annotation
        note.output_index = output_index
        note.part_index = part_index
        note.annotation_index = annotation_index
        note.annotation_json = bytes(annotation).decode()

    def complete_item(self, output_index: int, item_json: str) -> None:
        """An item is whole, if it was not before."""
        if output_index in self._whole_items:
            return
        self._whole_items.add(output_index)
        item = _ITEM.decode(item_json)
        self.begin_item(output_index, item)
        for part_index, kind, part in _parts(item_json):
            if not self._parts.get((output_index, part_index, kind)):
                self._write_whole(output_index, part_index, kind, part, item.id or "")
        done = self.page.events.add().item_done
        done.output_index = output_index
        done.item_json = item_json

    def _write_whole(
        self, output_index: int, part_index: int, kind: Kind, part: ItemPart, item_id: str
    ) -> None:
        self.write(output_index, part_index, kind, part.text or part.refusal, item_id)
        for index, annotation in enumerate(part.annotations):
            self.annotate(output_index, part_index, index, annotation)


def written_in(items_json: Iterable[str]) -> Written:
    """The text of whole items, as far as it can be read: what was said, thought and called."""
    written = Written()
    for item_json in items_json:
        for _, _, part in _parts(item_json):
            written.add(part.text or part.refusal)
    return written


def _parts(item_json: str) -> Iterator[tuple[int, Kind, ItemPart]]:
    """The parts of a whole item with their places; none of an item of a kind that is new to us."""
    try:
        item = _ITEM_TEXT.decode(item_json)
    except UNREADABLE:
        return
    for parts in (item.summary or (), item.content or ()):
        for index, part in enumerate(parts):
            if part.type in PART_KINDS:
                yield index, PART_KINDS[part.type], part
    if item.arguments:
        yield 0, _ARGUMENTS, ItemPart(text=item.arguments)
