"""POST /v1/responses, answered whole."""

import json
from typing import Any

import httpx
import pytest

from grokgate.sandbox.service import Sandbox

NOW_S = 1_780_000_000  # where FakeClock stands
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 2}},
        "required": ["city", "days"],
    },
}


async def ask(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/v1/responses", json={"model": "grok-4.3", "input": "Hi"} | fields)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def text_of(page: dict[str, Any]) -> str:
    (message,) = [item for item in page["output"] if item["type"] == "message"]
    text: str = message["content"][0]["text"]
    return text


async def test_an_answer_has_the_captured_shape(client: httpx.AsyncClient) -> None:
    page = await ask(client, model="grok-4.6", input="Say hi", prompt_cache_key="k", store=False)
    identity = page["id"]
    assert page["created_at"] == page["completed_at"] == NOW_S
    assert (page["object"], page["status"], page["store"]) == ("response", "completed", False)
    assert page["reasoning"] == {"effort": "high", "summary": "detailed"}
    assert page["error"] is page["incomplete_details"] is None
    reasoning, message = page["output"]
    assert reasoning["id"] == f"rs_{identity}"
    assert reasoning["summary"][0]["type"] == "summary_text"
    assert message["id"] == f"msg_{identity}"
    assert message["content"][0]["type"] == "output_text"
    assert "Say hi" in text_of(page)


async def test_the_usage_adds_up_and_is_priced_by_the_published_rates(
    client: httpx.AsyncClient,
) -> None:
    usage = (await ask(client, model="grok-4.6", input="Say hi", prompt_cache_key="k"))["usage"]
    assert usage["input_tokens"] == 208
    assert usage["input_tokens_details"] == {"cached_tokens": 128}
    assert usage["output_tokens"] > usage["output_tokens_details"]["reasoning_tokens"] > 0
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert usage["cost_in_usd_ticks"] == (
        80 * 20_000 + 128 * 5_000 + usage["output_tokens"] * 60_000
    )


async def test_the_same_request_gets_the_same_answer_and_another_one_another_id(
    client: httpx.AsyncClient,
) -> None:
    first, again, other = [await ask(client, input=text) for text in ("a", "a", "b")]
    assert first == again
    assert first["id"] != other["id"]


async def test_nothing_is_cached_without_a_cache_key(client: httpx.AsyncClient) -> None:
    usage = (await ask(client))["usage"]
    assert usage["input_tokens_details"] == {"cached_tokens": 0}


async def test_what_stands_before_the_last_item_is_cached_in_whole_blocks(
    client: httpx.AsyncClient,
) -> None:
    turns = [{"role": "user", "content": "word " * 400}, {"role": "user", "content": "more"}]
    usage = (await ask(client, input=turns, prompt_cache_key="k"))["usage"]
    cached = usage["input_tokens_details"]["cached_tokens"]
    assert cached % 128 == 0
    assert usage["input_tokens"] - cached < 128 + 10


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("grok-4.3-latest", "grok-4.3"),
        ("grok-4.20", "grok-4.20-0309-reasoning"),
        ("grok-4", "grok-4.3"),
        ("grok-code-fast-1", "grok-build-0.1"),
    ],
)
async def test_an_alias_or_a_retired_name_is_answered_by_the_model_it_leads_to(
    client: httpx.AsyncClient, asked: str, served: str
) -> None:
    assert (await ask(client, model=asked))["model"] == served


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("grok-4.20-0309-non-reasoning", {}),
        ("grok-4.3", {"reasoning": {"effort": "none"}}),
        ("grok-4.3", {"reasoning_effort": "none"}),
    ],
)
async def test_no_thought_means_no_reasoning_item_and_no_reasoning_tokens(
    client: httpx.AsyncClient, model: str, options: dict[str, Any]
) -> None:
    page = await ask(client, model=model, **options)
    assert [item["type"] for item in page["output"]] == ["message"]
    assert page["usage"]["output_tokens_details"] == {"reasoning_tokens": 0}


async def test_more_effort_costs_more_reasoning_tokens(client: httpx.AsyncClient) -> None:
    spent = [
        (await ask(client, reasoning={"effort": effort}))["usage"]["output_tokens"]
        for effort in ("low", "medium", "high", "xhigh")
    ]
    assert spent == sorted(set(spent))


@pytest.mark.parametrize(("effort", "agents"), [("low", 4), ("medium", 4), ("xhigh", 16)])
async def test_all_agents_are_billed(client: httpx.AsyncClient, effort: str, agents: int) -> None:
    one = (await ask(client, reasoning={"effort": effort}))["usage"]
    all_usage = (
        await ask(client, model="grok-4.20-multi-agent", reasoning={"effort": effort}, input="Hi")
    )["usage"]
    assert all_usage["input_tokens"] == one["input_tokens"] * agents
    assert all_usage["context_details"]["input_tokens"] == one["input_tokens"]
    reasoned = one["output_tokens_details"]["reasoning_tokens"]
    assert all_usage["output_tokens_details"]["reasoning_tokens"] == reasoned * agents
    assert all_usage["cost_in_usd_ticks"] == (
        all_usage["input_tokens"] * 12_500 + all_usage["output_tokens"] * 25_000
    )


async def test_a_prompt_at_the_threshold_is_billed_wholly_at_the_long_rate(
    client: httpx.AsyncClient,
) -> None:
    usage = (await ask(client, input="word " * 200_000))["usage"]
    assert usage["input_tokens"] > 200_000
    assert usage["cost_in_usd_ticks"] == (
        usage["input_tokens"] * 25_000 + usage["output_tokens"] * 50_000
    )


async def test_priority_is_billed_twice_and_says_so(client: httpx.AsyncClient) -> None:
    page = await ask(client, service_tier="fast")
    usage = page["usage"]
    assert page["service_tier"] == "priority"
    assert usage["cost_in_usd_ticks"] == 2 * (
        usage["input_tokens"] * 12_500 + usage["output_tokens"] * 25_000
    )


async def test_the_token_limit_cuts_the_visible_words_but_not_the_thinking(
    client: httpx.AsyncClient,
) -> None:
    page = await ask(client, max_output_tokens=3)
    usage = page["usage"]
    assert page["status"] == "incomplete"
    assert page["incomplete_details"] == {"reason": "max_output_tokens"}
    assert page["output"][-1]["status"] == "incomplete"
    assert usage["output_tokens"] == usage["output_tokens_details"]["reasoning_tokens"] + 3


async def test_a_picture_counts_as_tokens_and_is_not_fetched(client: httpx.AsyncClient) -> None:
    def message(*pictures: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"role": "user", "content": [{"type": "input_text", "text": "Hi"}, *pictures]}]

    # Nothing listens there: a fetch would fail the call.
    link = {"type": "input_image", "image_url": "https://127.0.0.1:1/a.png", "detail": "low"}
    inline = {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}
    plain = (await ask(client, input=message()))["usage"]["input_tokens"]
    page = await ask(client, input=message(link, inline))
    assert page["usage"]["input_tokens"] == plain + 256 + 1024
    assert "Pictures that came with it: 2." in text_of(page)


async def test_encrypted_reasoning_comes_only_when_it_is_asked_for(
    client: httpx.AsyncClient,
) -> None:
    plain = await ask(client)
    sealed = await ask(client, include=["reasoning.encrypted_content"])
    assert "encrypted_content" not in plain["output"][0]
    assert len(sealed["output"][0]["encrypted_content"]) > 100


@pytest.mark.parametrize("choice", ["required", {"type": "function", "name": "get_weather"}])
async def test_a_forced_function_is_called_with_arguments_that_fit(
    client: httpx.AsyncClient, choice: Any
) -> None:
    page = await ask(client, input="Rome", tools=[WEATHER], tool_choice=choice)
    call = page["output"][-1]
    assert (call["type"], call["name"]) == ("function_call", "get_weather")
    assert call["id"] == f"fc_{page['id']}_0"
    assert json.loads(call["arguments"]) == {"city": "Rome", "days": 2}


async def test_the_prompt_can_ask_for_calls_and_their_results_are_used(
    client: httpx.AsyncClient,
) -> None:
    prompt = (
        '[sandbox:call get_weather {"city": "Rome"}] [sandbox:call get_weather {"city": "Oslo"}]'
    )
    page = await ask(client, input=prompt, tools=[WEATHER])
    calls = page["output"][1:]
    assert [call["arguments"] for call in calls] == ['{"city": "Rome"}', '{"city": "Oslo"}']
    assert calls[0]["call_id"] != calls[1]["call_id"]
    result = {"type": "function_call_output", "call_id": calls[0]["call_id"], "output": "sunny"}
    page = await ask(
        client,
        input=[{"role": "user", "content": prompt}, *page["output"], result],
        tools=[WEATHER],
    )
    assert "sunny" in text_of(page)


async def test_without_parallel_calls_there_is_one(client: httpx.AsyncClient) -> None:
    prompt = "[sandbox:call get_weather {}] [sandbox:call get_weather {}]"
    page = await ask(client, input=prompt, tools=[WEATHER], parallel_tool_calls=False)
    assert [item["type"] for item in page["output"]] == ["reasoning", "function_call"]


async def test_tool_choice_none_calls_nothing(client: httpx.AsyncClient) -> None:
    prompt = "[sandbox:call get_weather {}]"
    page = await ask(client, input=prompt, tools=[WEATHER], tool_choice="none")
    assert page["output"][-1]["type"] == "message"


async def test_a_json_answer_fits_its_schema(client: httpx.AsyncClient) -> None:
    schema = {
        "type": "object",
        "properties": {"answer": {"type": "string"}, "score": {"type": "number", "minimum": 3}},
        "required": ["answer", "score"],
    }
    options = {"format": {"type": "json_schema", "name": "s", "schema": schema, "strict": True}}
    page = await ask(client, text=options)
    answer = json.loads(text_of(page))
    assert answer["score"] == 3
    assert "You said: “Hi”" in answer["answer"]
    assert page["text"] == options


async def test_a_json_object_answer_is_an_object(client: httpx.AsyncClient) -> None:
    answer = json.loads(text_of(await ask(client, text={"format": {"type": "json_object"}})))
    assert "You said: “Hi”" in answer["message"]


async def test_a_prompt_can_ask_for_many_words(client: httpx.AsyncClient) -> None:
    assert len(text_of(await ask(client, input="[sandbox:words=500]")).split()) == 500


async def test_a_prompt_can_ask_for_a_citation_a_refusal_or_a_failure(
    client: httpx.AsyncClient,
) -> None:
    cited = (await ask(client, input="[sandbox:annotate]"))["output"][-1]["content"][0]
    assert cited["annotations"][0]["end_index"] == len(cited["text"])
    refused = (await ask(client, input="[sandbox:refuse]"))["output"][-1]["content"][0]
    assert refused == {"type": "refusal", "refusal": "I can't help with that."}
    failed = await ask(client, input="[sandbox:failed]")
    assert (failed["status"], failed["error"]["code"]) == ("failed", "server_error")
    assert failed["usage"]["cost_in_usd_ticks"] > 0


async def test_headers_carry_the_response_id_and_the_limits(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/responses", json={"model": "grok-4.3", "input": "Hi"})
    assert answer.headers["x-request-id"] == answer.json()["id"]
    assert answer.headers["x-ratelimit-limit-requests"] == "2220"
    assert answer.headers["x-metrics-e2e-ms"] == "0"
    assert answer.headers["x-zero-data-retention"] == "false"


async def test_the_log_shows_what_arrived_without_the_key(
    client: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    page = await ask(client, input="Remember me")
    await client.get("/v1/models")
    logged, listed = (await client.get("/sandbox/requests")).json()["requests"]
    assert (logged["method"], logged["path"]) == ("POST", "/v1/responses")
    assert logged["body"] == {"model": "grok-4.3", "input": "Remember me"}
    assert (logged["status"], logged["outcome"]) == (200, "answered")
    assert logged["cost_usd_ticks"] == page["usage"]["cost_in_usd_ticks"]
    assert (listed["number"], listed["body"], listed["cost_usd_ticks"]) == (2, None, 0)
    assert "xai-test-key" not in json.dumps([logged, listed])
    assert (await client.post("/sandbox/reset")).status_code == 204
    assert sandbox.requests == []
