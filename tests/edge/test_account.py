"""What a caller sees of its own key, balance and usage."""

from typing import Any

import pytest

from grokgate.api.billing.v1 import account_pb2
from grokgate.api.billing.v1.account_pb2 import (
    GetBalanceResponse,
    GetKeyResponse,
    Key,
    KeyPolicy,
    ListUsageRequest,
    ListUsageResponse,
    UsageRow,
)
from grokgate.api.types.v1 import endpoint_pb2
from grokgate.api.types.v1.usage_pb2 import (
    ImageQuantities,
    Quantities,
    SpeechQuantities,
    TranscriptionQuantities,
    VideoQuantities,
)
from grokgate.chassis.errors import GrokgateError, Reason
from tests.edge.conftest import RunningEdge
from tests.edge.fakes import GOOD_KEY
from tests.edge.usage_rows import settled

NO_UNITS: dict[str, Any] = dict.fromkeys(
    (
        "input_tokens",
        "cached_input_tokens",
        "output_tokens",
        "images_in",
        "images_out",
        "quality",
        "resolution",
        "seconds",
        "characters",
    )
)


async def test_a_key_without_limits(edge: RunningEdge) -> None:
    edge.accounts.keys[GOOD_KEY] = GetKeyResponse(
        key=Key(id="key_1", name="n", display="llmtr-abc123", created_at_ms=1_780_000_000_999)
    )
    assert (await edge.get("/v1/key")).json() == {
        "object": "key",
        "id": "key_1",
        "name": "n",
        "display": "llmtr-abc123",
        "allowed_models": None,
        "allowed_endpoints": None,
        "limits": {"requests_per_minute": None, "tokens_per_minute": None, "concurrency": None},
        "budget": None,
        "expires_at": None,
        "created_at": 1_780_000_000,
    }


async def test_a_key_with_every_limit(edge: RunningEdge) -> None:
    policy = KeyPolicy(
        allowed_models=["xai/grok-4.3"],
        allowed_endpoints=[
            endpoint_pb2.ENDPOINT_RESPONSES,
            endpoint_pb2.ENDPOINT_CHAT_COMPLETIONS,
        ],
        requests_per_minute=60,
        tokens_per_minute=0,
        concurrency=2,
        budget_usd_ticks=12_500_000_000,
        budget_period=account_pb2.BUDGET_PERIOD_MONTH,
        expires_at_ms=1_790_000_000_000,
    )
    edge.accounts.keys[GOOD_KEY] = GetKeyResponse(
        key=Key(policy=policy, spent_usd_ticks=3, held_usd_ticks=4)
    )
    body = (await edge.get("/v1/key")).json()
    assert body["allowed_models"] == ["xai/grok-4.3"]
    assert body["allowed_endpoints"] == ["responses", "chat_completions"]
    assert body["limits"] == {
        "requests_per_minute": 60,
        "tokens_per_minute": 0,
        "concurrency": 2,
    }
    assert body["budget"] == {
        "limit_usd_ticks": 12_500_000_000,
        "limit_usd": "1.25",
        "period": "month",
        "spent_usd_ticks": 3,
        "held_usd_ticks": 4,
    }
    assert body["expires_at"] == 1_790_000_000


async def test_a_balance_in_ticks_and_dollars(edge: RunningEdge) -> None:
    edge.accounts.balance = GetBalanceResponse(
        posted_usd_ticks=10**10 + 1, held_usd_ticks=5 * 10**9, available_usd_ticks=5 * 10**9 + 1
    )
    assert (await edge.get("/v1/balance")).json() == {
        "object": "balance",
        "posted_usd_ticks": 10_000_000_001,
        "held_usd_ticks": 5_000_000_000,
        "available_usd_ticks": 5_000_000_001,
        "posted_usd": "1.0000000001",
        "held_usd": "0.50",
        "available_usd": "0.5000000001",
    }


async def test_usage_rows(edge: RunningEdge) -> None:
    row = settled(client_request_id="mine", user="u")
    open_hold = UsageRow(request_id="req_2", status="open", hold_id="h2")
    edge.accounts.usage = ListUsageResponse(rows=[row, open_hold], has_more=True, last_id="h2")
    page = (await edge.get("/v1/usage")).json()
    assert {name: page[name] for name in ("object", "has_more", "last_id")} == {
        "object": "list",
        "has_more": True,
        "last_id": "h2",
    }
    assert page["data"][0] == {
        "object": "usage",
        "request_id": "req_1",
        "client_request_id": "mine",
        "created_at": 1_780_000_000,
        "model": "xai/grok-4.3",
        "endpoint": "responses",
        "units": NO_UNITS | {"input_tokens": 9, "cached_input_tokens": 1, "output_tokens": 2},
        "held_usd_ticks": 100,
        "charge_usd_ticks": 50,
        "charge_usd": "0.000000005",
        "basis": "provider",
        "status": "completed",
        "void_reason": None,
        "late": False,
        "latency_ms": 12,
        "user": "u",
        "hold_id": "h1",
        "key_id": "key_1",
    }
    assert page["data"][1]["units"] is None
    assert page["data"][1]["basis"] == "none"
    assert page["data"][1]["endpoint"] is None


@pytest.mark.parametrize(
    ("quantities", "units"),
    [
        (
            Quantities(images=ImageQuantities(images_in=2, images_out=1, resolution="1k")),
            {"images_in": 2, "images_out": 1, "resolution": "1k"},
        ),
        (
            Quantities(images=ImageQuantities(images_out=4, quality="low", resolution="2k")),
            {"images_in": 0, "images_out": 4, "quality": "low", "resolution": "2k"},
        ),
        (
            Quantities(video=VideoQuantities(duration_us=5_000_000, resolution="480p")),
            {"seconds": 5, "images_in": 0, "resolution": "480p"},
        ),
        (Quantities(speech=SpeechQuantities(characters=17)), {"characters": 17}),
        (
            Quantities(transcription=TranscriptionQuantities(duration_us=12_340_001)),
            {"seconds": 12.340001},
        ),
    ],
)
async def test_usage_rows_count_what_the_model_is_sold_by(
    edge: RunningEdge, quantities: Quantities, units: dict[str, Any]
) -> None:
    edge.accounts.usage = ListUsageResponse(rows=[settled(units=quantities)])
    [row] = (await edge.get("/v1/usage")).json()["data"]
    assert row["units"] == NO_UNITS | units


async def test_the_query_reaches_billing(edge: RunningEdge) -> None:
    query = {
        "from": "1780000000",
        "to": "2026-06-01T00:00:00Z",
        "model": "xai/grok-4.3",
        "status": "open",
        "limit": "1000",
        "after": "h1",
    }
    await edge.get("/v1/usage", params=query)
    assert edge.accounts.usage_requests == [
        ListUsageRequest(
            from_ms=1_780_000_000_000,
            to_ms=1_780_272_000_000,
            model="xai/grok-4.3",
            status="open",
            limit=1000,
            after="h1",
        )
    ]


async def test_a_wrong_query_is_refused_after_a_wrong_key(edge: RunningEdge) -> None:
    wrong = await edge.get("/v1/usage", params={"limit": "0"})
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "limit")
    nobody = await edge.http.get("/v1/usage", params={"limit": "0"})
    assert nobody.status_code == 401
    headers = {"authorization": "Bearer llmtr-unknown"}
    unknown = await edge.http.get("/v1/usage", params={"limit": "0"}, headers=headers)
    assert unknown.status_code == 401


@pytest.mark.parametrize("path", ["/v1/key", "/v1/balance", "/v1/usage"])
async def test_account_pages_are_for_good_keys_only(edge: RunningEdge, path: str) -> None:
    assert (await edge.http.get(path)).json()["error"]["code"] == "missing_api_key"
    edge.accounts.keys[GOOD_KEY] = GrokgateError(Reason.EXPIRED_API_KEY, "Expired.")
    answer = await edge.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "expired_api_key")
