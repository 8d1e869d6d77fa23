"""The events of streams against the description of the API."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator

from grokgate.api.text.v1.text_pb2 import GenerationEvent
from grokgate.edge.reference.document import openapi_document
from grokgate.edge.reference.streams import RESPONSES_EVENTS, STREAM_SCHEMAS
from grokgate.edge.text.chat_request import read_chat_request
from grokgate.edge.text.chat_stream import ChatStream
from grokgate.edge.text.responses_request import read_responses_request
from grokgate.edge.text.responses_stream import ResponsesStream
from tests.edge.generations import (
    REFUSAL,
    SUMMARY,
    TEXT,
    THOUGHT,
    begun,
    call,
    ended,
    failed,
    item,
    item_begun,
    noted,
    part_begun,
)
from tests.support.streams import read_events

HI = {"model": "xai/grok-4.3", "messages": [{"role": "user", "content": "Hi."}]}
CITATION = {"type": "url_citation", "url": "https://a.test"}
BEGINNING = [
    begun(),
    *item(0, "reasoning", (SUMMARY, ["They", " greet."]), (THOUGHT, ["Hm."])),
    *item(1, "message", (TEXT, ["Hel", "lo!"]), (REFUSAL, ["No."])),
    *call(2, "f", '{"a"', ":1}"),
    item_begun(3, "message"),
    part_begun(3, 0, TEXT),
    noted(3, 0, 0, CITATION),
]
ENDINGS = [ended(), ended("max_output_tokens"), failed(usd_ticks=500)]
Tell = Callable[[Iterable[GenerationEvent]], bytes]


def tell_chat(events: Iterable[GenerationEvent]) -> bytes:
    options = {"stream_options": {"include_usage": True}}
    return ChatStream(read_chat_request(HI | options), "req_1").write(events)


def tell_responses(events: Iterable[GenerationEvent]) -> bytes:
    return ResponsesStream(read_responses_request(HI), "req_1").write(events)


def validator(name: str) -> OAS31Validator:
    """Of one component, where nothing may come that the description does not tell of."""
    document: dict[str, Any] = deepcopy(openapi_document())
    schemas = document["components"]["schemas"]
    for known in (*STREAM_SCHEMAS, "ChatCompletionChunk", "ChunkChoice", "ErrorObject"):
        if "properties" in schemas[known]:
            schemas[known]["additionalProperties"] = False
    return OAS31Validator({**document, **schemas[name]})


def wrong(described: OAS31Validator, event: Any) -> list[str]:
    return [error.message for error in described.iter_errors(event)]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    ("tell", "name"),
    [(tell_chat, "ChatCompletionChunk"), (tell_responses, "ResponsesEvent")],
)
def test_what_a_stream_tells_is_described(tell: Tell, name: str, ending: GenerationEvent) -> None:
    *events, last = read_events(tell([*BEGINNING, ending]))
    described = validator(name)
    for event in events:
        assert wrong(described, event) == []
    is_chat_error = name == "ChatCompletionChunk" and "error" in last
    assert wrong(validator("Error") if is_chat_error else described, last) == []


def test_every_event_of_the_responses_api_is_told_somewhere() -> None:
    told = {
        event["type"] for end in ENDINGS for event in read_events(tell_responses([*BEGINNING, end]))
    }
    assert told == set(RESPONSES_EVENTS)


@pytest.mark.parametrize("name", ["ChatStreamEvent", "ResponsesStreamEvent"])
def test_the_mark_of_the_end_has_no_name(name: str) -> None:
    assert wrong(validator(name), {"data": "[DONE]"}) == []
