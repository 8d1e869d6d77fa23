"""What a call costs is what the provider says, to the tick; without its word, the price list."""

from typing import Any

import pytest

from tests.support.gateway import USD, Gateway

# xAI's own prices, ticks a token, for what these tests ask; the gateway's catalogue is not asked.
INPUT, CACHED, OUTPUT = 12_500, 2_000, 25_000


def priced(usage: dict[str, Any]) -> int:
    cached = usage["input_tokens_details"]["cached_tokens"]
    uncached = usage["input_tokens"] - cached
    return int(uncached * INPUT + cached * CACHED + usage["output_tokens"] * OUTPUT)


async def test_the_charge_is_the_providers_bill_to_the_tick(gateway: Gateway) -> None:
    key = await gateway.new_key()
    response = await gateway.ask(key, "What does this cost?")
    assert response.status_code == 200
    billed = gateway.sandbox.requests[-1].cost_usd_ticks
    answer = response.json()
    assert answer["usage"]["cost_in_usd_ticks"] == billed == priced(answer["usage"])
    assert response.headers["x-cost-usd-ticks"] == str(billed)
    assert response.headers["x-cost-basis"] == "provider"
    balance = await gateway.get(key, "/v1/balance")
    assert balance["posted_usd_ticks"] == 10 * USD - billed
    assert balance["held_usd_ticks"] == 0
    [row] = (await gateway.get(key, "/v1/usage"))["data"]
    assert row["request_id"] == response.headers["x-request-id"]
    assert (row["charge_usd_ticks"], row["basis"], row["status"]) == (
        billed,
        "provider",
        "completed",
    )


@pytest.mark.parametrize(
    ("fault", "basis"),
    [
        ("no-ticks", "price_list"),
        ("ticks=-5", "price_list"),
        ("ticks-text", "price_list"),
        ("ticks=0", "provider"),
        ("ticks=30000000000", "provider"),
    ],
)
async def test_what_the_provider_says_of_the_cost_is_believed_if_it_makes_sense(
    gateway: Gateway, fault: str, basis: str
) -> None:
    key = await gateway.new_key()
    response = await gateway.ask(key, f"Hello [sandbox:{fault}]")
    usage = response.json()["usage"]
    expected = {
        "price_list": priced(usage),
        "provider": int(fault.removeprefix("ticks=")) if fault.startswith("ticks=") else 0,
    }[basis]
    assert usage["cost_in_usd_ticks"] == expected
    assert response.headers["x-cost-basis"] == basis
    assert (await gateway.get(key, "/v1/balance"))["posted_usd_ticks"] == 10 * USD - expected


async def test_a_cost_above_the_hold_is_charged_whole_and_stops_further_calls(
    gateway: Gateway,
) -> None:
    key = await gateway.new_key(usd_ticks=1 * USD)
    response = await gateway.ask(key, "[sandbox:ticks=15000000000]")
    assert response.status_code == 200
    balance = await gateway.get(key, "/v1/balance")
    assert balance["posted_usd_ticks"] == -USD // 2
    refused = await gateway.ask(key)
    assert refused.status_code == 402
    assert refused.json()["error"]["code"] == "insufficient_balance"


async def test_an_answer_without_usage_is_a_marked_estimate(gateway: Gateway) -> None:
    key = await gateway.new_key()
    response = await gateway.ask(key, "[sandbox:no-usage]")
    assert response.headers["x-cost-basis"] == "partial_estimate"
    assert int(response.headers["x-cost-usd-ticks"]) > 0


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("500", 502, "provider_error"),
        ("503", 503, "provider_unavailable"),
        ("529", 503, "provider_unavailable"),
        ("html", 503, "provider_unavailable"),
        ("error-in-200", 502, "provider_error"),
        ("not-json", 502, "provider_error"),
        ("reset-before-answer", 502, "provider_error"),
        ("reset-mid-body", 502, "provider_error"),
        ("truncated-body", 502, "provider_error"),
        ("bad-key", 503, "provider_unavailable"),
        ("no-credit", 503, "provider_unavailable"),
    ],
)
async def test_a_failed_call_costs_nothing_and_is_asked_once(
    gateway: Gateway, fault: str, status: int, code: str
) -> None:
    key = await gateway.new_key()
    before = len(gateway.sandbox.requests)
    response = await gateway.ask(key, f"[sandbox:{fault}]")
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert len(gateway.sandbox.requests) == before + 1
    await gateway.settled()
    balance = await gateway.get(key, "/v1/balance")
    assert balance["posted_usd_ticks"] == 10 * USD
    [row] = (await gateway.get(key, "/v1/usage"))["data"]
    assert (row["charge_usd_ticks"], row["status"]) == (0, "released")


async def test_a_rate_limit_of_the_provider_is_waited_for_once(gateway: Gateway) -> None:
    key = await gateway.new_key()
    response = await gateway.ask(key, "Patience [sandbox:429-retry-after=1 times=1]")
    assert response.status_code == 200


async def test_an_unsafe_prompt_costs_the_providers_fee_and_says_so(gateway: Gateway) -> None:
    key = await gateway.new_key()
    response = await gateway.ask(key, "[sandbox:safety]")
    assert response.status_code == 403
    assert response.json()["error"]["code"] == "content_violation"
    assert response.json()["usage"]["cost_in_usd_ticks"] == USD // 20
    assert response.headers["x-cost-usd-ticks"] == str(USD // 20)
    assert response.headers["x-should-retry"] == "false"
    assert (await gateway.get(key, "/v1/balance"))["posted_usd_ticks"] == 10 * USD - USD // 20


async def test_a_refusal_that_the_provider_bills_is_charged_at_its_bill(gateway: Gateway) -> None:
    key = await gateway.new_key()
    response = await gateway.ask(key, "[sandbox:moderated-cost=123456789]")
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "content_moderated"
    assert response.json()["usage"]["cost_in_usd_ticks"] == 123_456_789


async def test_reading_never_charges(gateway: Gateway) -> None:
    key = await gateway.new_key()
    await gateway.ask(key)
    before = await gateway.get(key, "/v1/balance")
    for path in ("/v1/key", "/v1/balance", "/v1/usage", "/healthz", "/readyz"):
        await gateway.get(key, path)
    assert await gateway.get(key, "/v1/balance") == before
