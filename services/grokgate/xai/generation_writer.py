"""The contract's events of an answer, in an order that readers can rely on."""

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from grokgate.api.text.v1.text_pb2 import (
    Annotation,
    Delta,
    GenerationEvent,
    ItemDone,
    ItemStarted,
    PartKind,
    PartStarted,
)
from grokgate.chassis.json_text import UNREADABLE
from grokgate.xai.stream_events import PART_KINDS, Item, ItemPart, ItemText
from grokgate.xai.written import Written

Events: TypeAlias = list[GenerationEvent]
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
    """Makes the events, and those before them that upstream left out.

    An item begins before its parts, a part before its deltas; arguments begin with their item. What
    no delta brought comes with the whole item. `written` counts the text so far.
    """

    def __init__(self) -> None:
        self.written = Written()
        self._begun_items: set[int] = set()
        self._whole_items: set[int] = set()
        # Whether a part that has begun has any text yet.
        self._parts: dict[tuple[int, int, Kind], bool] = {}

    def begin_item(self, output_index: int, item: Item) -> Events:
        """An item begins; nothing if it has."""
        if output_index in self._begun_items:
            return []
        self._begun_items.add(output_index)
        started = ItemStarted(
            output_index=output_index,
            id=item.id or "",
            type=item.type,
            name=item.name or "",
            call_id=item.call_id or "",
        )
        return [GenerationEvent(item_started=started)]

    def begin_part(self, output_index: int, part_index: int, kind: Kind, item_id: str) -> Events:
        """A part begins; nothing if it has."""
        place = (output_index, part_index, kind)
        if place in self._parts:
            return []
        self._parts[place] = False
        events = self.begin_item(output_index, Item(_ITEM_TYPES[kind], item_id))
        if kind != _ARGUMENTS:
            started = PartStarted(output_index=output_index, part_index=part_index, kind=kind)
            events.append(GenerationEvent(part_started=started))
        return events

    def write(
        self, output_index: int, part_index: int, kind: Kind, text: str, item_id: str
    ) -> Events:
        """More text of a part."""
        place = (output_index, part_index, kind)
        events = [] if self._parts.get(place) else self.begin_part(*place, item_id)
        self._parts[place] = True
        self.written.add(text)
        delta = Delta(output_index=output_index, part_index=part_index, kind=kind, text=text)
        events.append(GenerationEvent(delta=delta))
        return events

    def annotate(
        self, output_index: int, part_index: int, annotation_index: int, annotation: msgspec.Raw
    ) -> Events:
        """A note on a part of text."""
        note = Annotation(
            output_index=output_index,
            part_index=part_index,
            annotation_index=annotation_index,
            annotation_json=bytes(annotation).decode(),
        )
        return [GenerationEvent(annotation=note)]

    def complete_item(self, output_index: int, item_json: str) -> Events:
        """An item is whole; nothing if it was before."""
        if output_index in self._whole_items:
            return []
        self._whole_items.add(output_index)
        item = _ITEM.decode(item_json)
        events = self.begin_item(output_index, item)
        for part_index, kind, part in _parts(item_json):
            if not self._parts.get((output_index, part_index, kind)):
                events += self._write_whole(output_index, part_index, kind, part, item.id or "")
        done = ItemDone(output_index=output_index, item_json=item_json)
        events.append(GenerationEvent(item_done=done))
        return events

    def _write_whole(
        self, output_index: int, part_index: int, kind: Kind, part: ItemPart, item_id: str
    ) -> Events:
        events = self.write(output_index, part_index, kind, part.text or part.refusal, item_id)
        for index, annotation in enumerate(part.annotations):
            events += self.annotate(output_index, part_index, index, annotation)
        return events


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
