"""What is refused is refused before any hold and any upstream call, and costs nothing."""

from typing import Any

import pytest

from grokgate.api.billing.v1.admin_pb2 import RevokeKeyRequest, UpdateAccountRequest
from grokgate.api.types.v1.endpoint_pb2 import Endpoint
from tests.support.gateway import USD, Gateway


async def refusal(gateway: Gateway, key: str, **fields: Any) -> tuple[int, dict[str, Any]]:
    """The error of a call that must not reach upstream nor the ledger."""
    before = len(gateway.sandbox.requests)
    response = await gateway.ask(key, **fields)
    assert len(gateway.sandbox.requests) == before
    error: dict[str, Any] = response.json()["error"]
    assert error["request_id"] == response.headers["x-request-id"]
    assert error["message"]
    return response.status_code, error


@pytest.mark.parametrize(
    ("fields", "status", "code", "param"),
    [
        ({"model": "xai/grok-99"}, 404, "model_not_found", "model"),
        ({"model": "xai/grok-4.3:loud"}, 400, "invalid_value", "model"),
        ({"model": "grok-4.20:high"}, 400, "unsupported_capability", "model"),
        ({"reasoning": {"effort": "loud"}}, 400, "invalid_value", "reasoning.effort"),
        ({"store": True}, 400, "unsupported_parameter", "store"),
        (
            {"previous_response_id": "resp_1"},
            400,
            "unsupported_parameter",
            "previous_response_id",
        ),
        ({"tools": [{"type": "web_search"}]}, 400, "unsupported_parameter", "tools[0].type"),
        ({"temperature": 3}, 400, "invalid_value", "temperature"),
        ({"max_output_tokens": 0}, 400, "invalid_value", "max_output_tokens"),
        ({"colour": "red"}, 400, "unknown_parameter", "colour"),
        ({"service_tier": "priority"}, 400, "unsupported_parameter", "service_tier"),
        ({"input": []}, 400, None, "input"),
        ({"input": "word" * 201_000}, 413, "context_too_large", "input"),
        (
            {
                "model": "xai/grok-4.20-multi-agent",
                "tools": [{"type": "function", "name": "f", "parameters": {}}],
            },
            400,
            "unsupported_capability",
            "tools",
        ),
        (
            {
                "input": [
                    {
                        "role": "user",
                        "content": [{"type": "input_image", "image_url": "http://a.test/x.png"}],
                    }
                ]
            },
            400,
            "invalid_value",
            "input[0].content[0].image_url",
        ),
    ],
)
async def test_a_bad_request_names_its_field(
    gateway: Gateway, fields: dict[str, Any], status: int, code: str | None, param: str
) -> None:
    key = await gateway.new_key()
    seen = await refusal(gateway, key, **fields)
    assert (seen[0], seen[1]["param"]) == (status, param)
    assert code in (None, seen[1]["code"])
    assert (await gateway.get(key, "/v1/usage"))["data"] == []
    assert (await gateway.get(key, "/v1/balance"))["available_usd_ticks"] == 10 * USD


@pytest.mark.parametrize(
    ("policy", "status", "code"),
    [
        ({"allowed_models": ["xai/grok-4.5"]}, 403, "model_not_allowed"),
        (
            {"allowed_endpoints": [Endpoint.ENDPOINT_AUDIO_SPEECH]},
            403,
            "endpoint_not_allowed",
        ),
        ({"budget_usd_ticks": 1}, 402, "key_budget_exceeded"),
        ({"tokens_per_minute": 1}, 429, "tokens"),
    ],
)
async def test_a_key_does_only_what_it_may(
    gateway: Gateway, policy: dict[str, Any], status: int, code: str
) -> None:
    key = await gateway.new_key(**policy)
    seen = await refusal(gateway, key)
    assert (seen[0], seen[1]["code"]) == (status, code)


async def test_a_revoked_key_is_refused_at_once(gateway: Gateway) -> None:
    key = await gateway.new_key()
    assert (await gateway.ask(key)).status_code == 200
    described = await gateway.get(key, "/v1/key")
    await gateway.admin.RevokeKey(
        RevokeKeyRequest(id=described["id"]), metadata=gateway.admin_metadata
    )
    seen = await refusal(gateway, key)
    assert (seen[0], seen[1]["code"]) == (401, "revoked_api_key")


async def test_a_suspended_account_is_refused_at_once(gateway: Gateway) -> None:
    account = await gateway.open_account()
    key = await gateway.issue_key(account)
    assert (await gateway.ask(key)).status_code == 200
    await gateway.admin.UpdateAccount(
        UpdateAccountRequest(id=account, suspended=True), metadata=gateway.admin_metadata
    )
    seen = await refusal(gateway, key)
    assert (seen[0], seen[1]["code"]) == (403, "account_suspended")


async def test_an_unknown_key_and_no_key_are_told_apart(gateway: Gateway) -> None:
    assert (await refusal(gateway, "llmtr-unknown"))[1]["code"] == "invalid_api_key"
    response = await gateway.http.post(f"{gateway.url}/v1/responses", json={})
    assert (response.status_code, response.json()["error"]["code"]) == (401, "missing_api_key")


async def test_an_empty_account_is_refused_for_good(gateway: Gateway) -> None:
    key = await gateway.new_key(usd_ticks=0)
    response = await gateway.ask(key)
    assert (response.status_code, response.json()["error"]["code"]) == (
        402,
        "insufficient_balance",
    )
    assert "retry-after" not in response.headers


async def test_a_rate_limit_says_when_to_come_back(gateway: Gateway) -> None:
    key = await gateway.new_key(requests_per_minute=1)
    first = await gateway.ask(key)
    assert first.headers["x-ratelimit-limit-requests"] == "1"
    assert first.headers["x-ratelimit-remaining-requests"] == "0"
    second = await gateway.ask(key)
    assert (second.status_code, second.json()["error"]["code"]) == (429, "requests")
    assert 1 <= int(second.headers["retry-after"]) <= 60


async def test_other_owners_usage_is_not_seen(gateway: Gateway) -> None:
    mine, theirs = await gateway.new_key(), await gateway.new_key()
    await gateway.ask(mine)
    assert (await gateway.get(theirs, "/v1/usage"))["data"] == []


async def test_a_clients_url_is_passed_on_and_never_fetched(gateway: Gateway) -> None:
    key = await gateway.new_key()
    before = len(gateway.sandbox.requests)
    picture = {"type": "input_image", "image_url": f"https://{gateway.url[7:]}/healthz"}
    response = await gateway.ask(key, input=[{"role": "user", "content": [picture]}])
    assert response.status_code == 200
    [sent] = gateway.sandbox.requests[before:]
    assert sent.json()["input"][0]["content"][0]["image_url"] == picture["image_url"]
