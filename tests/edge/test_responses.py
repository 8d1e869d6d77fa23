"""Answers of `POST /v1/responses`."""

from typing import Any

import msgspec
from openai import AsyncOpenAI

from grokgate.api.text.v1 import text_pb2
from grokgate.api.types.v1 import money_pb2
from grokgate.api.types.v1.errors_pb2 import Failure
from grokgate.api.types.v1.money_pb2 import Charge
from grokgate.api.types.v1.rate_limits_pb2 import RateLimit, RateLimits
from tests.edge.conftest import HELLO, RunningEdge
from tests.edge.fakes import GOOD_KEY, MESSAGE_ITEM, REASONING_ITEM


async def test_an_answer_carries_text_usage_and_cost(edge: RunningEdge) -> None:
    answer = await edge.respond(HELLO)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body["id"] == "resp_1"
    assert body["object"] == "response"
    assert body["status"] == "completed"
    assert body["model"] == "xai/grok-4.3"
    assert body["reasoning"] == {"effort": "low", "summary": None}
    assert body["usage"] == {
        "input_tokens": 208,
        "input_tokens_details": {"cached_tokens": 128, "cache_write_tokens": 0},
        "output_tokens": 42,
        "output_tokens_details": {"reasoning_tokens": 33},
        "total_tokens": 250,
        "cost_in_usd_ticks": 4_760_000,
    }
    assert answer.headers["x-cost-usd-ticks"] == "4760000"
    assert answer.headers["x-cost-basis"] == "provider"


async def test_output_items_pass_verbatim(edge: RunningEdge) -> None:
    answer = await edge.respond(HELLO)
    assert f'"output":[{REASONING_ITEM},{MESSAGE_ITEM}]'.encode() in answer.content


async def test_the_answer_repeats_what_was_asked(edge: RunningEdge) -> None:
    schema = {"type": "object", "properties": {"b": {}, "a": {"maximum": 10**30}}}
    asked: dict[str, Any] = HELLO | {
        "instructions": "Be brief.",
        "max_output_tokens": 7,
        "temperature": 0.5,
        "top_p": 0.25,
        "parallel_tool_calls": False,
        "user": "u-1",
        "prompt_cache_key": "c-1",
        "metadata": {"order": "7"},
        "tools": [{"type": "function", "name": "f", "parameters": schema, "strict": True}],
        "tool_choice": {"type": "function", "name": "f"},
        "text": {"format": {"type": "json_schema", "name": "n", "schema": schema}},
        "reasoning": {"summary": "concise"},
    }
    body = (await edge.respond(asked)).json()
    same = ("instructions", "max_output_tokens", "temperature", "top_p", "parallel_tool_calls")
    for name in (*same, "user", "prompt_cache_key", "metadata", "tool_choice"):
        assert body[name] == asked[name], name
    assert body["tools"] == [asked["tools"][0] | {"description": None}]
    assert body["text"]["format"] == asked["text"]["format"] | {"strict": None, "description": None}
    assert list(body["text"]["format"]["schema"]["properties"]) == ["b", "a"]
    assert body["reasoning"]["summary"] == "concise"


async def test_what_was_not_asked_has_its_default(edge: RunningEdge) -> None:
    body = (await edge.respond(HELLO)).json()
    expected: dict[str, Any] = {
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "metadata": {},
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "service_tier": "default",
        "store": False,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "truncation": "disabled",
        "user": None,
    }
    assert {name: body[name] for name in expected} == expected


async def test_the_openai_library_understands_the_answer(edge: RunningEdge) -> None:
    async with AsyncOpenAI(api_key=GOOD_KEY, base_url=f"{edge.url}/v1", max_retries=0) as client:
        answer = await client.responses.create(model="xai/grok-4.3", input="Hello.", store=False)
    assert answer.output_text == "Hi!"
    assert answer.usage is not None
    assert answer.usage.total_tokens == 250
    assert answer.usage.input_tokens_details.cached_tokens == 128
    assert (answer.usage.model_extra or {})["cost_in_usd_ticks"] == 4_760_000
    assert (answer._request_id or "").startswith("req_")


async def test_an_answer_cut_short_is_incomplete(edge: RunningEdge) -> None:
    edge.text.answer.status = text_pb2.GENERATION_STATUS_INCOMPLETE
    edge.text.answer.incomplete_reason = "max_output_tokens"
    body = (await edge.respond(HELLO)).json()
    assert body["status"] == "incomplete"
    assert body["incomplete_details"] == {"reason": "max_output_tokens"}


async def test_a_charged_failure_is_an_error_with_its_cost(edge: RunningEdge) -> None:
    answer = edge.text.answer
    answer.status = text_pb2.GENERATION_STATUS_FAILED
    answer.failure.CopyFrom(Failure(reason="CONTENT_VIOLATION", message="Not this.", param="input"))
    answer.charge.CopyFrom(Charge(usd_ticks=500_000_000, basis=money_pb2.CHARGE_BASIS_PRICE_LIST))
    got = await edge.respond(HELLO)
    assert got.status_code == 403
    assert got.json()["error"]["code"] == "content_violation"
    assert got.json()["error"]["param"] == "input"
    assert got.json()["usage"]["cost_in_usd_ticks"] == 500_000_000
    assert got.headers["x-cost-usd-ticks"] == "500000000"
    assert got.headers["x-cost-basis"] == "price_list"
    assert got.headers["x-should-retry"] == "false"


async def test_a_failure_without_a_charge_names_no_cost(edge: RunningEdge) -> None:
    answer = edge.text.answer
    answer.status = text_pb2.GENERATION_STATUS_FAILED
    answer.failure.CopyFrom(Failure(reason="PROVIDER_ERROR", message="It broke."))
    answer.charge.CopyFrom(Charge(usd_ticks=0, basis=money_pb2.CHARGE_BASIS_NONE))
    got = await edge.respond(HELLO)
    assert got.status_code == 502
    assert "usage" not in got.json()
    assert "x-cost-usd-ticks" not in got.headers
    assert got.headers["x-should-retry"] == "false"


async def test_a_charge_that_billing_has_not_taken_is_not_claimed(edge: RunningEdge) -> None:
    edge.text.answer.ClearField("charge")
    got = await edge.respond(HELLO)
    assert got.json()["usage"]["cost_in_usd_ticks"] is None
    assert "x-cost-usd-ticks" not in got.headers


async def test_limits_are_told_in_headers(edge: RunningEdge) -> None:
    edge.text.answer.rate_limits.CopyFrom(
        RateLimits(
            requests=RateLimit(limit=60, remaining=59, reset_ms=1000),
            tokens=RateLimit(limit=90_000, remaining=1, reset_ms=360_000),
        )
    )
    headers = (await edge.respond(HELLO)).headers
    assert headers["x-ratelimit-limit-requests"] == "60"
    assert headers["x-ratelimit-remaining-requests"] == "59"
    assert headers["x-ratelimit-reset-requests"] == "1s"
    assert headers["x-ratelimit-limit-tokens"] == "90000"
    assert headers["x-ratelimit-remaining-tokens"] == "1"
    assert headers["x-ratelimit-reset-tokens"] == "6m0s"


async def test_the_service_hears_the_key_and_both_request_ids(edge: RunningEdge) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    answer = await edge.respond(HELLO, **{"x-request-id": "mine-1", "traceparent": trace})
    call = edge.text.calls[0]
    assert call.require_key().reveal() == GOOD_KEY
    assert call.request_id == answer.headers["x-request-id"]
    assert call.client_request_id == answer.headers["x-client-request-id"] == "mine-1"
    assert call.traceparent == trace


async def test_every_field_of_the_answer_is_valid_json(edge: RunningEdge) -> None:
    assert msgspec.json.decode((await edge.respond(HELLO)).content)["output"][0]["id"] == "rs_1"
