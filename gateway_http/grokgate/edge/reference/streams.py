"""The schemas of what a streamed answer tells, event by event."""

from grokgate.edge.reference.schemas import (
    NULL,
    OBJECT,
    TEXT,
    Schema,
    any_of,
    array,
    has,
    reference,
    words,
)
from grokgate.edge.text.responses_answer import STATUS_WORDS
from grokgate.edge.text.responses_parts import PART_WORDS, PartWords

_INDEX: Schema = {"type": "integer", "minimum": 0}
_RESPONSE = {"response": reference("ResponseObject")}
_ITEM = {"output_index": _INDEX, "item": OBJECT}
# What readers of server-sent events call one without an `event:` line.
_NO_NAME = "message"
_LISTS = {"logprobs": array({})}


def _part_events(part: PartWords) -> dict[str, dict[str, Schema]]:
    """The events that tell one kind of part, by name, with their fields."""
    place = {"item_id": TEXT, "output_index": _INDEX}
    if part.index:
        place[part.index] = _INDEX
    more = {name: _LISTS[name] for name in part.more}
    events = {
        f"{part.events}.delta": place | {"delta": TEXT} | more,
        f"{part.events}.done": place | {part.text: TEXT} | more,
    }
    if part.frames:
        events[f"{part.frames}.added"] = events[f"{part.frames}.done"] = place | {"part": OBJECT}
    return events


# The fields of each event of the Responses API, beside its type and number.
RESPONSES_EVENTS: dict[str, dict[str, Schema]] = {
    "response.created": _RESPONSE,
    "response.in_progress": _RESPONSE,
    "response.output_item.added": _ITEM,
    "response.output_item.done": _ITEM,
    **{name: fields for part in PART_WORDS.values() for name, fields in _part_events(part).items()},
    "response.output_text.annotation.added": {
        "item_id": TEXT,
        "output_index": _INDEX,
        "content_index": _INDEX,
        "annotation_index": _INDEX,
        "annotation": OBJECT,
    },
    **{f"response.{status}": _RESPONSE for status in STATUS_WORDS.values()},
    "error": {
        "error": reference("ErrorObject"),
        "code": TEXT,
        "message": TEXT,
        "param": any_of(TEXT, NULL),
    },
}


def _component(event: str) -> str:
    """An event's name among the components, such as `ResponseOutputTextDeltaEvent`."""
    parts = event.replace(".", "_").split("_")
    return "".join(part.capitalize() for part in parts) + "Event"


def _event(event: str, fields: dict[str, Schema]) -> Schema:
    schema: Schema = {
        "type": "object",
        "description": f"`{event}`",
        **has(type=words(event), sequence_number=_INDEX, **fields),
    }
    if event == "error":
        schema["properties"]["usage"] = reference("Usage")
    return schema


def _sent(description: str, data: Schema, names: list[str]) -> Schema:
    """A server-sent event whose data is JSON, or the mark of the end; it may have no name."""
    text = {"type": "string", "contentMediaType": "application/json", "contentSchema": data}
    sent = has(data=any_of(text, words("[DONE]")))
    return {
        "type": "object",
        "description": description,
        **sent,
        "properties": {"event": words(*names), **sent["properties"]},
    }


STREAM_SCHEMAS: dict[str, Schema] = {
    "ChatStreamEvent": _sent(
        "A server-sent event without a name: a chunk, `[DONE]` at the end, or the error that the "
        "stream ends in instead.",
        any_of(reference("ChatCompletionChunk"), reference("Error")),
        names=[_NO_NAME],
    ),
    "ChunkDelta": {
        "type": "object",
        "description": "What a chunk adds to the message; each has one or two of these.",
        "required": [],
        "properties": {
            "role": words("assistant"),
            "content": TEXT,
            "refusal": TEXT,
            "reasoning_content": TEXT,
            "tool_calls": array(reference("CallDelta")),
            "annotations": array(OBJECT),
        },
    },
    "CallDelta": {
        "type": "object",
        "description": "A call that begins, with its id and name, or more of its arguments.",
        "required": ["index", "function"],
        "properties": {
            "index": _INDEX,
            "id": TEXT,
            "type": words("function"),
            "function": {
                "type": "object",
                "required": ["arguments"],
                "properties": {"name": TEXT, "arguments": TEXT},
            },
        },
    },
    "ResponsesStreamEvent": _sent(
        "A server-sent event by the name of its type, or `[DONE]`, without a name, at the end.",
        reference("ResponsesEvent"),
        names=[*RESPONSES_EVENTS, _NO_NAME],
    ),
    "ResponsesEvent": {
        **any_of(*(reference(_component(event)) for event in RESPONSES_EVENTS)),
        "discriminator": {
            "propertyName": "type",
            "mapping": {event: reference(_component(event))["$ref"] for event in RESPONSES_EVENTS},
        },
    },
    **{_component(event): _event(event, fields) for event, fields in RESPONSES_EVENTS.items()},
}
