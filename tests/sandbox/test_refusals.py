"""What the real service refuses, and in which words."""

from typing import Any

import httpx
import pytest

TOOL = {"type": "function", "name": "f", "parameters": {"type": "object"}}


async def post(client: httpx.AsyncClient, **fields: Any) -> httpx.Response:
    return await client.post("/v1/responses", json={"model": "grok-4.3", "input": "Hi"} | fields)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"model": "grok-99"}, "Model not found: grok-99"),
        ({"model": "grok-imagine-image"}, "Model not found: grok-imagine-image"),
        (
            {"model": "grok-4.20-0309-reasoning", "reasoning": {"effort": "low"}},
            "Argument not supported on this model: reasoningEffort",
        ),
        (
            {"model": "grok-4.20-0309-non-reasoning", "reasoning_effort": "none"},
            "Argument not supported on this model: reasoningEffort",
        ),
        (
            {"model": "grok-4.6", "reasoning": {"effort": "none"}},
            "This model does not support `reasoning_effort` value `none`.",
        ),
        (
            {"model": "grok-4.20-multi-agent", "tools": [TOOL]},
            "Client-side tools for multi-agent models require beta access",
        ),
        (
            {"tool_choice": "auto"},
            "A tool_choice was set on the request but no tools were specified.",
        ),
        (
            {"tools": [TOOL], "tool_choice": {"type": "function", "name": "g"}},
            "tool_choice names `g`, which is not among the tools.",
        ),
        ({"tools": [TOOL] * 351}, "A maximum of 350 tools is supported."),
        ({"tools": [{"type": "web_search"}]}, "The sandbox does not run the tool `web_search`."),
        (
            {"tools": [{"type": "function", "name": "f"}]},
            "A function needs a `name` and `parameters`.",
        ),
        (
            {"response_format": {"type": "json_object"}},
            "Argument not supported: response_format. Use `text.format`.",
        ),
        (
            {"text": {"format": {"type": "json_schema"}}},
            "`text.format.schema` is required with type `json_schema`.",
        ),
        ({"stop": ["x"]}, "Argument not supported: stop"),
        ({"presence_penalty": 0}, "Argument not supported: presence_penalty"),
        ({"frequency_penalty": 1.5}, "Argument not supported: frequency_penalty"),
        ({"max_output_tokens": 0}, "`max_output_tokens` must be at least 1."),
        ({"temperature": 2.5}, "`temperature` must be between 0 and 2."),
        ({"top_p": 0}, "`top_p` must be above 0 and at most 1."),
        ({"input": []}, "`input` must not be empty."),
        (
            {"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}]},
            "The sandbox keeps no files.",
        ),
        (
            {"input": [{"role": "user", "content": [{"type": "input_image"}]}]},
            "`image_url` must be an https URL or a data URI of an image.",
        ),
        (
            {"model": "grok-build-0.1", "input": "word " * 256_000},
            "This model's maximum prompt length is 256000 but the request contains 256207 tokens.",
        ),
        ({"input": "[sandbox:call f {}]"}, "[sandbox:call f] names none of the tools."),
        ({"input": "[sandbox:words=0]"}, "[sandbox:words=N] takes 1 to 200000."),
    ],
)
async def test_an_invalid_argument_is_a_400_in_the_flat_shape(
    client: httpx.AsyncClient, fields: dict[str, Any], message: str
) -> None:
    answer = await post(client, **fields)
    assert answer.status_code == 400
    assert answer.json() == {"code": "invalid-argument", "error": message}


@pytest.mark.parametrize(
    "fields",
    [
        {"model": 5},
        {"input": 5},
        {"input": [{"role": "nobody", "content": "Hi"}]},
        {"input": [{"type": "no_such_item"}]},
        {"input": ["Hi"]},
        {"temperature": "warm"},
        {"reasoning": {"effort": "minimal"}},
        {"tools": {}},
        {"stream": "yes"},
    ],
)
async def test_a_wrong_type_is_a_422_without_a_code(
    client: httpx.AsyncClient, fields: dict[str, Any]
) -> None:
    answer = await post(client, **fields)
    assert answer.status_code == 422
    assert list(answer.json()) == ["error"]
    assert answer.json()["error"].startswith("Failed to deserialize the JSON body")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"model":"grok-4.3"}',
        b"[" * 100_000,
        b'{"model":"[sandbox:429]",' + b'"a":[' * 5_000,
    ],
)
async def test_an_unreadable_body_is_a_422(client: httpx.AsyncClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post("/v1/responses", content=body, headers=headers)
    assert answer.status_code == 422


async def test_live_search_is_gone(client: httpx.AsyncClient) -> None:
    assert (await post(client, search_parameters={"mode": "on"})).status_code == 410


async def test_an_earlier_response_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await post(client, previous_response_id="r")).status_code == 404


async def test_fields_that_do_nothing_are_accepted(client: httpx.AsyncClient) -> None:
    answer = await post(
        client, store=True, background=False, metadata={"a": "b"}, user="u", seed=7, nonsense=1
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("authorization", "status", "words"),
    [
        ("", 401, "No API key"),
        ("Basic xai-1", 401, "No API key"),
        ("Bearer xai-wrong-1", 400, "Incorrect API key provided"),
        ("Bearer sk-1", 400, "Incorrect API key provided"),
        ("Bearer xai-blocked-1", 403, "blocked"),
        ("Bearer xai-no-credit-1", 403, "used all available credits"),
    ],
)
async def test_a_key_that_cannot_pay_is_refused(
    client: httpx.AsyncClient, authorization: str, status: int, words: str
) -> None:
    answer = await client.post(
        "/v1/responses",
        json={"model": "grok-4.3", "input": "Hi"},
        headers={"authorization": authorization},
    )
    assert answer.status_code == status
    assert words in answer.json()["error"]


async def test_another_content_type_is_a_415(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/responses", data={"model": "grok-4.3"})
    assert answer.status_code == 415


async def test_an_unknown_path_is_a_404_and_a_wrong_method_a_405(
    client: httpx.AsyncClient,
) -> None:
    unknown, wrong = await client.get("/v1/nothing"), await client.put("/v1/responses")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not-found")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method-not-allowed")
