"""Answers of `POST /v1/chat/completions`."""

import json
from typing import Any

import pytest

from grokgate.api.text.v1 import text_pb2
from grokgate.api.types.v1.endpoint_pb2 import ENDPOINT_RESPONSES
from grokgate.api.types.v1.errors_pb2 import Failure
from grokgate.api.types.v1.rate_limits_pb2 import RateLimit, RateLimits
from tests.edge.conftest import RunningEdge
from tests.edge.generations import REFUSAL, SUMMARY, TEXT, Part, item_json

HELLO_CHAT = {"model": "xai/grok-4.3", "messages": [{"role": "user", "content": "Hello."}]}


async def chat(edge: RunningEdge, **fields: Any) -> dict[str, Any]:
    answer = await edge.chat(HELLO_CHAT | fields)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def answers(edge: RunningEdge, *items: str) -> None:
    edge.text.answer.output_items_json[:] = items


def message(index: int, *parts: Part) -> str:
    return item_json(index, "message", list(parts))


async def test_an_answer_carries_text_usage_and_cost(edge: RunningEdge) -> None:
    answer = await edge.chat(HELLO_CHAT)
    assert answer.json() == {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_780_000_000,
        "model": "xai/grok-4.3",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "Hi!",
                    "refusal": None,
                    "annotations": [],
                },
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {
            "prompt_tokens": 208,
            "completion_tokens": 42,
            "total_tokens": 250,
            "prompt_tokens_details": {"cached_tokens": 128, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": 33,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
            "cost_in_usd_ticks": 4_760_000,
        },
        "service_tier": "default",
        "system_fingerprint": None,
    }
    assert answer.headers["x-cost-usd-ticks"] == "4760000"
    assert answer.headers["x-cost-basis"] == "provider"


async def test_several_texts_become_one(edge: RunningEdge) -> None:
    answers(
        edge,
        item_json(0, "reasoning", [(SUMMARY, ["a"]), (SUMMARY, ["b"])]),
        message(1, (TEXT, ["c"]), (TEXT, ["d"])),
        message(2, (TEXT, ["e"])),
    )
    [choice] = (await chat(edge))["choices"]
    assert choice["message"]["content"] == "cd\n\ne"
    assert choice["message"]["reasoning_content"] == "a\n\nb"


async def test_of_several_json_values_the_last_counts(edge: RunningEdge) -> None:
    answers(edge, message(0, (TEXT, ['{"a":1}'])), message(1, (TEXT, ['{"a":2}'])))
    [choice] = (await chat(edge, response_format={"type": "json_object"}))["choices"]
    assert json.loads(choice["message"]["content"]) == {"a": 2}


async def test_a_call_is_told_with_its_arguments_as_they_are(edge: RunningEdge) -> None:
    call = {"id": "fc_1", "type": "function_call", "call_id": "c1", "name": "f"}
    answers(edge, json.dumps(call | {"arguments": '{"b": 1,"a":2}'}))
    [choice] = (await chat(edge))["choices"]
    assert choice["message"]["content"] is None
    assert choice["message"]["tool_calls"] == [
        {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"b": 1,"a":2}'}}
    ]
    assert choice["finish_reason"] == "tool_calls"


async def test_a_refusal_is_no_content(edge: RunningEdge) -> None:
    answers(edge, message(0, (REFUSAL, ["No."])))
    [choice] = (await chat(edge))["choices"]
    assert (choice["message"]["content"], choice["message"]["refusal"]) == (None, "No.")
    assert choice["finish_reason"] == "stop"


async def test_a_note_has_its_fields_under_its_type(edge: RunningEdge) -> None:
    citation = {"url": "https://a.test", "title": "A", "start_index": 0, "end_index": 2}
    part = {
        "type": "output_text",
        "text": "Hi",
        "annotations": [{"type": "url_citation"} | citation],
    }
    answers(edge, json.dumps({"type": "message", "content": [part]}))
    [choice] = (await chat(edge))["choices"]
    [note] = choice["message"]["annotations"]
    assert note == {"type": "url_citation", "url_citation": citation}


async def test_an_answer_cut_short_says_so(edge: RunningEdge) -> None:
    edge.text.answer.status = text_pb2.GENERATION_STATUS_INCOMPLETE
    edge.text.answer.incomplete_reason = "max_output_tokens"
    [choice] = (await chat(edge))["choices"]
    assert choice["finish_reason"] == "length"


async def test_a_charged_failure_is_an_error_with_its_cost(edge: RunningEdge) -> None:
    edge.text.answer.status = text_pb2.GENERATION_STATUS_FAILED
    edge.text.answer.failure.CopyFrom(Failure(reason="CONTENT_VIOLATION", message="Not this."))
    answer = await edge.chat(HELLO_CHAT)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "content_violation")
    assert answer.json()["usage"]["cost_in_usd_ticks"] == 4_760_000
    assert answer.headers["x-cost-usd-ticks"] == "4760000"


@pytest.mark.parametrize("item", ["[]", '{"type":"message","content":7}'])
async def test_an_item_that_cannot_be_told_is_the_providers_fault(
    edge: RunningEdge, item: str
) -> None:
    answers(edge, item)
    answer = await edge.chat(HELLO_CHAT)
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "provider_error")
    assert answer.headers["x-should-retry"] == "false"
    assert answer.json()["usage"]["cost_in_usd_ticks"] == 4_760_000


async def test_limits_are_told_in_headers(edge: RunningEdge) -> None:
    requests = RateLimit(limit=60, remaining=59, reset_ms=1000)
    edge.text.answer.rate_limits.CopyFrom(RateLimits(requests=requests))
    headers = (await edge.chat(HELLO_CHAT)).headers
    assert headers["x-ratelimit-remaining-requests"] == "59"


async def test_a_key_without_the_endpoint_is_refused(edge: RunningEdge) -> None:
    [key] = edge.accounts.keys.values()
    assert not isinstance(key, Exception)
    key.key.policy.allowed_endpoints.append(ENDPOINT_RESPONSES)
    answer = await edge.chat(HELLO_CHAT)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "endpoint_not_allowed")
    assert edge.text.requests == []
