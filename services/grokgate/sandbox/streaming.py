"""A response as server-sent events, in the order of a captured xAI stream."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from grokgate.sandbox import tokens
from grokgate.sandbox.directives import Directive, find

Event = dict[str, Any]

_DONE = b"data: [DONE]\n\n"
_UNAVAILABLE = "Service temporarily unavailable. The model is at capacity."


def stream_chunks(response: dict[str, Any], directives: Sequence[Directive]) -> tuple[bytes, ...]:
    """The bytes of each event; the usage is in the last one before `[DONE]`, and only there."""
    events = list(_events(response))
    ending: list[bytes] = []
    if find(directives, "eof-before-terminal"):
        events = events[:-1]
    elif find(directives, "error-event"):
        events = [*events[: len(events) // 2], _flat_error()]
    elif find(directives, "error-event-nested"):
        events = [events[0], _nested_error()]
    else:
        ending.append(_DONE)
    if find(directives, "ping"):
        events = [event for each in events for event in ({"type": "ping"}, each)]
    chunks = (*_encoded(events), *ending)
    split = find(directives, "split")
    return _split(b"".join(chunks), split.number) if split else chunks


def _events(response: dict[str, Any]) -> Iterator[Event]:
    opening = {key: value for key, value in response.items() if key != "usage"}
    opening |= {"status": "in_progress", "output": [], "completed_at": None}
    opening |= {"incomplete_details": None, "error": None}
    yield {"type": "response.created", "response": opening}
    yield {"type": "response.in_progress", "response": opening}
    for index, item in enumerate(response["output"]):
        place = {"item_id": item["id"], "output_index": index}
        yield {"type": "response.output_item.added", **_item(index, _begun(item))}
        match item["type"]:
            case "reasoning":
                yield from _reasoning_events(item, place)
            case "function_call":
                yield from _call_events(item, place)
            case "message":
                yield from _message_events(item, place)
        yield {"type": "response.output_item.done", **_item(index, item)}
    yield {"type": f"response.{response['status']}", "response": response}


def _item(index: int, item: Event) -> Event:
    return {"output_index": index, "item": item}


def _begun(item: Event) -> Event:
    """An item before anything of it is known."""
    empty = {"summary": [], "content": [], "arguments": ""}
    begun = {key: empty.get(key, value) for key, value in item.items()}
    begun.pop("encrypted_content", None)
    return {**begun, "status": "in_progress"}


def _reasoning_events(item: Event, place: Event) -> Iterator[Event]:
    for index, part in enumerate(item["summary"]):
        at = {**place, "summary_index": index}
        empty = {**part, "text": ""}
        yield {"type": "response.reasoning_summary_part.added", **at, "part": empty}
        for delta in tokens.split(part["text"]):
            yield {"type": "response.reasoning_summary_text.delta", **at, "delta": delta}
        yield {"type": "response.reasoning_summary_text.done", **at, "text": part["text"]}
        yield {"type": "response.reasoning_summary_part.done", **at, "part": part}


def _call_events(item: Event, place: Event) -> Iterator[Event]:
    # xAI sends the arguments whole, though the event is called a delta.
    arguments = item["arguments"]
    yield {"type": "response.function_call_arguments.delta", **place, "delta": arguments}
    yield {"type": "response.function_call_arguments.done", **place, "arguments": arguments}


def _message_events(item: Event, place: Event) -> Iterator[Event]:
    for index, part in enumerate(item["content"]):
        at = {**place, "content_index": index}
        events = _refusal_events if part["type"] == "refusal" else _text_events
        yield from events(part, at)
        yield {"type": "response.content_part.done", **at, "part": part}


def _text_events(part: Event, at: Event) -> Iterator[Event]:
    empty = {**part, "text": "", "annotations": []}
    yield {"type": "response.content_part.added", **at, "part": empty}
    for delta in tokens.split(part["text"]):
        yield {"type": "response.output_text.delta", **at, "delta": delta, "logprobs": []}
    for index, annotation in enumerate(part["annotations"]):
        shown = {"annotation_index": index, "annotation": annotation}
        yield {"type": "response.output_text.annotation.added", **at, **shown}
    yield {"type": "response.output_text.done", **at, "text": part["text"], "logprobs": []}


def _refusal_events(part: Event, at: Event) -> Iterator[Event]:
    yield {"type": "response.content_part.added", **at, "part": {**part, "refusal": ""}}
    for delta in tokens.split(part["refusal"]):
        yield {"type": "response.refusal.delta", **at, "delta": delta}
    yield {"type": "response.refusal.done", **at, "refusal": part["refusal"]}


def _flat_error() -> Event:
    return {"type": "error", "code": "service-unavailable", "message": _UNAVAILABLE, "status": 503}


def _nested_error() -> Event:
    error = {"message": _UNAVAILABLE, "type": "server_error", "code": None, "param": None}
    return {"type": "error", "error": error}


def _encoded(events: Iterable[Event]) -> Iterator[bytes]:
    for number, event in enumerate(events):
        numbered = {"type": event["type"], "sequence_number": number, **event}
        data = msgspec.json.encode(numbered)
        yield b"event: %b\ndata: %b\n\n" % (event["type"].encode(), data)


def _split(whole: bytes, size: int) -> tuple[bytes, ...]:
    step = max(size, 1)
    return tuple(whole[start : start + step] for start in range(0, len(whole), step))
