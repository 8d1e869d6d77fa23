"""Streams through the whole gateway: whole, prompt, and paid for to the tick."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.support.gateway import USD, Gateway
from tests.support.streams import read_events, said

FUNCTION = {"type": "function", "name": "f", "parameters": {"type": "object"}}
SCHEMA = {
    "type": "object",
    "properties": {"colour": {"type": "string"}, "count": {"type": "integer"}},
    "required": ["colour", "count"],
    "additionalProperties": False,
}


async def streamed(
    gateway: Gateway, key: str, text: str = "Hello", **fields: Any
) -> list[dict[str, Any]]:
    """The events of a stream that ended in good order, and was charged as the provider bills."""
    response = await gateway.ask(key, text, stream=True, **fields)
    assert response.status_code == 200, response.text
    assert response.text.endswith("data: [DONE]\n\n")
    events = read_events(response.text)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    billed = gateway.sandbox.requests[-1].cost_usd_ticks
    assert events[-1]["response"]["usage"]["cost_in_usd_ticks"] == billed > 0
    assert (await gateway.get(key, "/v1/balance"))["posted_usd_ticks"] == 10 * USD - billed
    return events


async def until(response: httpx.Response, words: bytes) -> None:
    received = b""
    async for chunk in response.aiter_bytes():
        received += chunk
        if words in received:
            return


async def test_a_stream_tells_what_a_whole_answer_would(gateway: Gateway) -> None:
    key = await gateway.new_key()
    events = await streamed(gateway, key, "Tell me.")
    response = events[-1]["response"]
    whole = (await gateway.ask(await gateway.new_key(), "Tell me.")).json()
    assert [item["type"] for item in response["output"]] == ["reasoning", "message"]
    assert said(events) == response["output"][1]["content"][0]["text"]
    own = ("id", "created_at", "completed_at", "output", "usage")
    assert response.items() >= {k: v for k, v in whole.items() if k not in own}.items()
    assert response["output"][1]["content"] == whole["output"][1]["content"]
    found = await gateway.row(key)
    assert (found["basis"], found["status"], found["endpoint"]) == (
        "provider",
        "completed",
        "responses",
    )


async def test_a_call_of_a_function_is_streamed(gateway: Gateway) -> None:
    key = await gateway.new_key()
    events = await streamed(gateway, key, '[sandbox:call f {"a": 1}]', tools=[FUNCTION])
    kind = "response.function_call_arguments"
    [done] = [event for event in events if event["type"] == f"{kind}.done"]
    assert json.loads(done["arguments"]) == {"a": 1}
    assert events[-1]["response"]["output"][-1]["name"] == "f"


async def test_an_answer_that_fits_a_schema_is_streamed(gateway: Gateway) -> None:
    text_format = {"type": "json_schema", "name": "n", "schema": SCHEMA, "strict": True}
    key = await gateway.new_key()
    events = await streamed(gateway, key, response_format=text_format)
    assert set(json.loads(said(events))) == {"colour", "count"}
    assert events[-1]["response"]["text"]["format"]["schema"] == SCHEMA


async def test_encrypted_reasoning_passes(gateway: Gateway) -> None:
    include = ["reasoning.encrypted_content"]
    events = await streamed(gateway, await gateway.new_key(), include=include)
    [reasoning, _] = events[-1]["response"]["output"]
    assert len(reasoning["encrypted_content"]) > 50
    assert reasoning in [e["item"] for e in events if e["type"] == "response.output_item.done"]


@pytest.mark.parametrize(
    ("wish", "kind"),
    [
        ("refuse", "response.refusal.done"),
        ("annotate", "response.output_text.annotation.added"),
        ("ping", "response.output_text.done"),
        ("split=7", "response.output_text.done"),
    ],
)
async def test_whatever_the_model_does_is_streamed(gateway: Gateway, wish: str, kind: str) -> None:
    events = await streamed(gateway, await gateway.new_key(), f"[sandbox:{wish}]")
    assert [event["type"] for event in events].count(kind) == 1


async def test_an_answer_cut_short_ends_as_incomplete(gateway: Gateway) -> None:
    events = await streamed(
        gateway, await gateway.new_key(), "[sandbox:words=50]", max_output_tokens=5
    )
    assert events[-1]["type"] == "response.incomplete"
    reason = {"reason": "max_output_tokens"}
    assert events[-1]["response"]["incomplete_details"] == reason


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("error-event", "provider_unavailable"),
        ("eof-before-terminal", "provider_error"),
        ("reset-mid-body", "provider_error"),
        ("truncated-body", "provider_error"),
    ],
)
async def test_a_stream_that_breaks_ends_in_an_error_and_a_marked_estimate(
    gateway: Gateway, fault: str, code: str
) -> None:
    key = await gateway.new_key()
    response = await gateway.ask(key, f"[sandbox:{fault}]", stream=True)
    assert response.status_code == 200
    assert "[DONE]" not in response.text
    last = read_events(response.text)[-1]
    assert (last["type"], last["error"]["code"]) == ("error", code)
    assert last["error"]["request_id"] == response.headers["x-request-id"]
    found = await gateway.row(key)
    assert (found["basis"], found["status"]) == ("partial_estimate", "failed")
    assert last["usage"]["cost_in_usd_ticks"] == found["charge_usd_ticks"] > 0


async def test_a_stream_that_breaks_before_it_said_anything_is_free(gateway: Gateway) -> None:
    key = await gateway.new_key()
    response = await gateway.ask(key, "[sandbox:error-event-nested]", stream=True)
    last = read_events(response.text)[-1]
    assert last["type"] == "error"
    assert "usage" not in last
    assert (await gateway.row(key))["charge_usd_ticks"] == 0


async def test_an_answer_that_failed_is_charged_at_its_bill(gateway: Gateway) -> None:
    key = await gateway.new_key()
    response = await gateway.ask(key, "[sandbox:failed]", stream=True)
    last = read_events(response.text)[-1]
    assert last["type"] == "error"
    billed = gateway.sandbox.requests[-1].cost_usd_ticks
    assert last["usage"]["cost_in_usd_ticks"] == billed
    assert (await gateway.row(key))["charge_usd_ticks"] == billed


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("500", 502, "provider_error"),
        ("503", 503, "provider_unavailable"),
        ("html", 503, "provider_unavailable"),
        ("error-in-200", 502, "provider_error"),
        ("reset-before-answer", 502, "provider_error"),
    ],
)
async def test_what_fails_before_the_first_event_is_a_plain_error_and_free(
    gateway: Gateway, fault: str, status: int, code: str
) -> None:
    key = await gateway.new_key()
    before = len(gateway.sandbox.requests)
    response = await gateway.ask(key, f"[sandbox:{fault}]", stream=True)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert len(gateway.sandbox.requests) == before + 1
    assert (await gateway.row(key))["status"] == "released"


async def test_an_unsafe_prompt_is_a_plain_error_with_its_fee(gateway: Gateway) -> None:
    response = await gateway.ask(await gateway.new_key(), "[sandbox:safety]", stream=True)
    assert (response.status_code, response.json()["error"]["code"]) == (403, "content_violation")
    assert response.json()["usage"]["cost_in_usd_ticks"] == USD // 20
    assert response.headers["x-cost-usd-ticks"] == str(USD // 20)


async def test_what_is_refused_is_refused_as_without_a_stream(gateway: Gateway) -> None:
    before = len(gateway.sandbox.requests)
    response = await gateway.ask(await gateway.new_key(usd_ticks=0), stream=True)
    assert (response.status_code, response.json()["error"]["code"]) == (
        402,
        "insufficient_balance",
    )
    assert len(gateway.sandbox.requests) == before


async def test_the_first_words_leave_while_the_model_still_speaks(gateway: Gateway) -> None:
    key = await gateway.new_key()
    async with gateway.stream(key, "[sandbox:words=30][sandbox:delay=0.02]") as response:
        await until(response, b"response.output_item.added")
        assert gateway.sandbox.requests[-1].outcome == ""
    await gateway.settled()


async def test_a_client_that_leaves_pays_what_the_provider_bills(gateway: Gateway) -> None:
    key = await gateway.new_key()
    async with gateway.stream(key, "[sandbox:words=30][sandbox:delay=0.01]") as response:
        await until(response, b"response.output_text.delta")
    found = await gateway.row(key)
    upstream = gateway.sandbox.requests[-1]
    assert upstream.outcome == "answered"
    assert (found["charge_usd_ticks"], found["basis"], found["status"]) == (
        upstream.cost_usd_ticks,
        "provider",
        "completed",
    )


async def test_a_slow_reader_gets_everything(gateway: Gateway) -> None:
    key = await gateway.new_key()
    received = b""
    async with gateway.stream(key, "[sandbox:words=3000]") as response:
        async for chunk in response.aiter_raw(4096):
            received += chunk
            await asyncio.sleep(0)
    events = read_events(received)
    assert len(said(events).split()) == 3000
    billed = gateway.sandbox.requests[-1].cost_usd_ticks
    assert events[-1]["response"]["usage"]["cost_in_usd_ticks"] == billed


async def test_200_streams_side_by_side_stay_whole_and_are_all_paid_for(gateway: Gateway) -> None:
    account = await gateway.open_account(100 * USD)
    key = await gateway.issue_key(account)
    limits = httpx.Limits(max_connections=200)
    before = len(gateway.sandbox.requests)

    async with httpx.AsyncClient(timeout=60, trust_env=False, limits=limits) as http:

        async def ask(number: int) -> int:
            body = {"model": "grok-4.3", "input": f"stream {number}!", "stream": True}
            headers = {"authorization": f"Bearer {key}"}
            response = await http.post(f"{gateway.url}/v1/responses", json=body, headers=headers)
            events = read_events(response.text)
            assert f"stream {number}!" in said(events)
            cost: int = events[-1]["response"]["usage"]["cost_in_usd_ticks"]
            return cost

        costs = await asyncio.gather(*map(ask, range(200)))
    asked = gateway.sandbox.requests[before:]
    assert sum(costs) == sum(received.cost_usd_ticks for received in asked)
    posted = (await gateway.get(key, "/v1/balance"))["posted_usd_ticks"]
    assert posted == 100 * USD - sum(costs)


async def test_a_chat_is_streamed_and_paid_for(gateway: Gateway) -> None:
    key = await gateway.new_key()
    body = {
        "model": "grok-4.3",
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    response = await gateway.http.post(
        f"{gateway.url}/v1/chat/completions", json=body, headers={"authorization": f"Bearer {key}"}
    )
    chunks = read_events(response.text)
    billed = gateway.sandbox.requests[-1].cost_usd_ticks
    assert chunks[-1]["usage"]["cost_in_usd_ticks"] == billed
    found = await gateway.row(key)
    assert (found["charge_usd_ticks"], found["endpoint"]) == (billed, "chat_completions")
