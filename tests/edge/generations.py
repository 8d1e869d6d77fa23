"""Events of generations, for the translators and for the fake service."""

import json
from collections.abc import Iterator
from typing import Any

from grokgate.api.text.v1 import text_pb2
from grokgate.api.text.v1.text_pb2 import (
    Annotation,
    Delta,
    Finished,
    GenerationEvent,
    ItemDone,
    ItemStarted,
    PartKind,
    PartStarted,
    Started,
    StreamGenerateResponse,
)
from grokgate.api.types.v1 import money_pb2
from grokgate.api.types.v1.errors_pb2 import Failure
from grokgate.api.types.v1.money_pb2 import Charge
from grokgate.api.types.v1.usage_pb2 import TokenUsage

TEXT = text_pb2.PART_KIND_TEXT
REFUSAL = text_pb2.PART_KIND_REFUSAL
SUMMARY = text_pb2.PART_KIND_REASONING_SUMMARY
THOUGHT = text_pb2.PART_KIND_REASONING_TEXT
ARGUMENTS = text_pb2.PART_KIND_ARGUMENTS

# What each kind of part is within its item, and where.
_PARTS: dict[PartKind.ValueType, tuple[str, dict[str, Any], str]] = {
    TEXT: ("content", {"type": "output_text", "logprobs": [], "annotations": []}, "text"),
    REFUSAL: ("content", {"type": "refusal"}, "refusal"),
    SUMMARY: ("summary", {"type": "summary_text"}, "text"),
    THOUGHT: ("content", {"type": "reasoning_text"}, "text"),
}

Part = tuple[PartKind.ValueType, list[str]]


def page(*events: GenerationEvent) -> StreamGenerateResponse:
    return StreamGenerateResponse(events=events)


def begun() -> GenerationEvent:
    started = Started(
        id="resp_1", created_at=1_780_000_000, model="xai/grok-4.3", reasoning_effort="low"
    )
    return GenerationEvent(started=started)


def item_begun(index: int, kind: str, **fields: str) -> GenerationEvent:
    started = ItemStarted(output_index=index, id=f"{kind}_{index}", type=kind, **fields)
    return GenerationEvent(item_started=started)


def part_begun(index: int, part: int, kind: PartKind.ValueType) -> GenerationEvent:
    started = PartStarted(output_index=index, part_index=part, kind=kind)
    return GenerationEvent(part_started=started)


def written(index: int, part: int, kind: PartKind.ValueType, text: str) -> GenerationEvent:
    delta = Delta(output_index=index, part_index=part, kind=kind, text=text)
    return GenerationEvent(delta=delta)


def noted(index: int, part: int, number: int, annotation: dict[str, Any]) -> GenerationEvent:
    note = Annotation(
        output_index=index,
        part_index=part,
        annotation_index=number,
        annotation_json=json.dumps(annotation),
    )
    return GenerationEvent(annotation=note)


def item_whole(index: int, item_json: str) -> GenerationEvent:
    return GenerationEvent(item_done=ItemDone(output_index=index, item_json=item_json))


def item_json(index: int, kind: str, parts: list[Part]) -> str:
    """An item as the provider would write it."""
    item: dict[str, Any] = {"id": f"{kind}_{index}", "type": kind, "status": "completed"}
    item |= {"role": "assistant", "content": []} if kind == "message" else {"summary": []}
    for part_kind, pieces in parts:
        place, part, text = _PARTS[part_kind]
        item.setdefault(place, []).append(part | {text: "".join(pieces)})
    return json.dumps(item)


def item(index: int, kind: str, *parts: Part) -> Iterator[GenerationEvent]:
    """Everything about a message or a reasoning, in the usual order."""
    yield item_begun(index, kind)
    numbers: dict[str, int] = {}
    for part_kind, pieces in parts:
        place = _PARTS[part_kind][0]
        number = numbers[place] = numbers.get(place, -1) + 1
        yield part_begun(index, number, part_kind)
        for piece in pieces:
            yield written(index, number, part_kind, piece)
    yield item_whole(index, item_json(index, kind, list(parts)))


def call(index: int, name: str, *pieces: str) -> Iterator[GenerationEvent]:
    """Everything about a function call."""
    call_id = f"call_{index}"
    yield item_begun(index, "function_call", name=name, call_id=call_id)
    for piece in pieces:
        yield written(index, 0, ARGUMENTS, piece)
    whole = {"id": f"function_call_{index}", "type": "function_call", "call_id": call_id}
    whole |= {"name": name, "arguments": "".join(pieces)}
    yield item_whole(index, json.dumps(whole))


def ended(reason: str = "", **fields: Any) -> GenerationEvent:
    """Whole, or cut short for a reason."""
    status = (
        text_pb2.GENERATION_STATUS_INCOMPLETE if reason else text_pb2.GENERATION_STATUS_COMPLETED
    )
    finished = Finished(
        status=status,
        incomplete_reason=reason,
        usage=TokenUsage(
            input_tokens=208, cached_input_tokens=128, output_tokens=42, reasoning_tokens=33
        ),
        charge=Charge(usd_ticks=4_760_000, basis=money_pb2.CHARGE_BASIS_PROVIDER),
        completed_at=1_780_000_002,
    )
    finished.MergeFrom(Finished(**fields))
    return GenerationEvent(finished=finished)


def failed(reason: str = "PROVIDER_ERROR", usd_ticks: int | None = None) -> GenerationEvent:
    finished = Finished(
        status=text_pb2.GENERATION_STATUS_FAILED,
        failure=Failure(reason=reason, message="It broke."),
        completed_at=1_780_000_002,
    )
    if usd_ticks is not None:
        charge = Charge(usd_ticks=usd_ticks, basis=money_pb2.CHARGE_BASIS_PROVIDER)
        finished.charge.CopyFrom(charge)
    return GenerationEvent(finished=finished)


def hello() -> list[GenerationEvent]:
    """A short answer with a thought before it."""
    return [
        begun(),
        *item(0, "reasoning", (SUMMARY, ["They", " greet."])),
        *item(1, "message", (TEXT, ["Hel", "lo!"])),
        ended(),
    ]
