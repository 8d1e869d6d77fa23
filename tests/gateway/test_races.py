"""Many at once, and callers that leave."""

import asyncio

import httpx
import pytest

from tests.support.gateway import Gateway


async def held_for(gateway: Gateway, text: str) -> int:
    """What one such call holds, in ticks."""
    key = await gateway.new_key()
    await gateway.ask(key, text)
    held: int = (await gateway.get(key, "/v1/usage"))["data"][0]["held_usd_ticks"]
    return held


async def test_of_two_hundred_at_once_exactly_those_are_admitted_that_the_balance_covers(
    gateway: Gateway,
) -> None:
    text = "Wait for me [sandbox:slow=2]"
    key = await gateway.new_key(usd_ticks=7 * await held_for(gateway, text))
    limits = httpx.Limits(max_connections=200)
    async with httpx.AsyncClient(limits=limits, timeout=60, trust_env=False) as client:
        answers = await asyncio.gather(
            *(
                client.post(
                    f"{gateway.url}/v1/responses",
                    json={"model": "xai/grok-4.3", "input": text},
                    headers={"authorization": f"Bearer {key}"},
                )
                for _ in range(200)
            )
        )
    codes = [answer.status_code for answer in answers]
    assert codes.count(200) == 7
    assert set(codes) == {200, 429}
    assert {a.json()["error"]["code"] for a in answers if a.status_code == 429} == {
        "holds_outstanding"
    }
    assert (await gateway.get(key, "/v1/balance"))["available_usd_ticks"] >= 0


async def test_a_concurrency_limit_counts_open_calls(gateway: Gateway) -> None:
    key = await gateway.new_key(concurrency=2)
    answers = await asyncio.gather(*(gateway.ask(key, "[sandbox:slow=1]") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 429, 429, 429]
    assert (await gateway.ask(key)).status_code == 200


async def test_a_caller_that_leaves_is_still_charged_what_the_provider_bills(
    gateway: Gateway,
) -> None:
    key = await gateway.new_key()
    before = len(gateway.sandbox.requests)
    call = asyncio.create_task(gateway.ask(key, "I shall not wait [sandbox:slow=1]"))
    await gateway.held(key)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await gateway.settled()
    [received] = gateway.sandbox.requests[before:]
    [row] = (await gateway.get(key, "/v1/usage"))["data"]
    assert (row["charge_usd_ticks"], row["basis"]) == (received.cost_usd_ticks, "provider")
