"""Misbehaviour on demand."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
import uvloop

from grokgate.sandbox.directives import DIRECTIVES
from grokgate.sandbox.service import Sandbox

Post = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def post(client: httpx.AsyncClient) -> Post:
    async def send(prompt: str, **headers: str) -> httpx.Response:
        body = {"model": "grok-4.3", "input": prompt}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await client.post("/v1/responses", json=body, headers=named)

    return send


@pytest.mark.parametrize(
    ("directive", "status", "words"),
    [
        ("429", 429, "resource-exhausted"),
        ("500", 500, "internal-error"),
        ("503", 503, "Service temporarily unavailable"),
        ("529", 529, "overloaded_error"),
        ("html", 502, "<h1>Bad gateway</h1>"),
        ("safety", 403, "SAFETY_CHECK_TYPE"),
        ("bad-key", 400, "Incorrect API key provided"),
        ("no-credit", 403, "used all available credits"),
        ("error-in-200", 200, "Service temporarily unavailable"),
        ("not-json", 200, "upstream connect error"),
        ("moderated-cost=7", 400, '"usage":{"cost_in_usd_ticks":7}'),
    ],
)
async def test_a_refusal_can_be_asked_for(
    post: Post, directive: str, status: int, words: str
) -> None:
    for answer in (
        await post(f"Hi [sandbox:{directive}]"),
        await post("Hi", x_sandbox_fault=directive),
    ):
        assert answer.status_code == status
        assert words in answer.text


async def test_a_retry_after_comes_with_the_429_that_asks_for_it(post: Post) -> None:
    assert (await post("[sandbox:429-retry-after=2]")).headers["retry-after"] == "2"
    assert "retry-after" not in (await post("[sandbox:429]")).headers


async def test_times_fails_the_first_tries_of_one_request_only(post: Post) -> None:
    answers = [await post("a [sandbox:500 times=2]") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [500, 500, 200, 200]
    assert (await post("b [sandbox:500 times=2]")).status_code == 500


async def test_times_is_forgotten_on_reset(client: httpx.AsyncClient, post: Post) -> None:
    assert (await post("[sandbox:500 times=1]")).status_code == 500
    assert (await post("[sandbox:500 times=1]")).status_code == 200
    await client.post("/sandbox/reset")
    assert (await post("[sandbox:500 times=1]")).status_code == 500


@pytest.mark.parametrize(
    ("directive", "ticks"),
    [("ticks=-5", -5), ("ticks=99999999999999999", 10**17 - 1), ("ticks-text", "not an integer")],
)
async def test_the_bill_can_be_forged_while_the_log_keeps_the_true_one(
    post: Post, sandbox: Sandbox, directive: str, ticks: Any
) -> None:
    usage = (await post(f"[sandbox:{directive}]")).json()["usage"]
    assert usage["cost_in_usd_ticks"] == ticks
    assert sandbox.requests[-1].cost_usd_ticks == (
        usage["input_tokens"] * 12_500 + usage["output_tokens"] * 25_000
    )


async def test_the_bill_can_be_left_out(post: Post) -> None:
    assert "cost_in_usd_ticks" not in (await post("[sandbox:no-ticks]")).json()["usage"]
    assert (await post("[sandbox:no-usage]")).json()["usage"] is None


@pytest.mark.parametrize(
    ("directive", "cost"), [("safety", 500_000_000), ("moderated-cost=7", 7), ("429", 0)]
)
async def test_the_log_knows_what_a_refusal_costs(
    post: Post, sandbox: Sandbox, directive: str, cost: int
) -> None:
    await post(f"[sandbox:{directive}]")
    assert sandbox.requests[-1].cost_usd_ticks == cost


async def test_an_unknown_directive_is_a_400_that_lists_the_known_ones(post: Post) -> None:
    answer = await post("[sandbox:explode]")
    assert answer.status_code == 400
    assert all(known.form in answer.json()["error"] for known in DIRECTIVES.values())


async def test_what_the_model_said_earlier_is_no_directive(client: httpx.AsyncClient) -> None:
    turns = [
        {"role": "assistant", "content": "You said: [sandbox:500]"},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "[sandbox:500]"},
        {"type": "function_call_output", "call_id": "c", "output": "[sandbox:500]"},
    ]
    answer = await client.post("/v1/responses", json={"model": "grok-4.3", "input": turns})
    assert answer.status_code == 200


async def test_instructions_may_hold_a_directive(client: httpx.AsyncClient) -> None:
    body = {"model": "grok-4.3", "input": "Hi", "instructions": "[sandbox:503]"}
    assert (await client.post("/v1/responses", json=body)).status_code == 503


async def test_listings_obey_the_header(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/models", headers={"x-sandbox-fault": "503"})
    assert answer.status_code == 503


@pytest.mark.parametrize(
    ("directive", "error"),
    [
        ("reset-before-answer", httpx.ReadError),
        ("reset-mid-body", httpx.ReadError),
        ("truncated-body", httpx.RemoteProtocolError),
    ],
)
async def test_a_connection_can_break(
    post: Post, sandbox: Sandbox, directive: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await post(f"[sandbox:{directive}]")
    assert sandbox.requests[-1].cost_usd_ticks > 0
    assert (await post("Hi")).status_code == 200


async def test_the_headers_arrive_before_a_reset_in_the_body(client: httpx.AsyncClient) -> None:
    body = {"model": "grok-4.3", "input": "[sandbox:reset-mid-body]"}
    async with client.stream("POST", "/v1/responses", json=body) as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.ReadError):
            await answer.aread()


def test_a_connection_breaks_under_uvloop_too() -> None:
    async def break_one() -> None:
        sandbox = Sandbox()
        url = await sandbox.start()
        headers = {"authorization": "Bearer xai-1", "x-sandbox-fault": "reset-mid-body"}
        try:
            async with (
                httpx.AsyncClient(base_url=url, headers=headers) as client,
                client.stream("GET", "/v1/models") as answer,
            ):
                with pytest.raises(httpx.ReadError):
                    await answer.aread()
        finally:
            await sandbox.stop()  # uvloop waits for ever for a server that is left open
        assert sandbox.requests[-1].outcome == "reset"

    uvloop.run(break_one())


@pytest.mark.parametrize("directive", ["silent", "slow=60"])
async def test_silence_lasts_until_the_client_goes(
    client: httpx.AsyncClient, sandbox: Sandbox, directive: str
) -> None:
    body = {"model": "grok-4.3", "input": f"[sandbox:{directive}]"}
    with pytest.raises(httpx.ReadTimeout):
        await client.post("/v1/responses", json=body, timeout=0.2)
    await sandbox.stop()
    assert [received.outcome for received in sandbox.requests] == ["client left"]


async def test_a_slow_answer_comes_in_the_end(post: Post, sandbox: Sandbox) -> None:
    assert (await post("[sandbox:slow=0.01]")).status_code == 200
    assert sandbox.requests[-1].outcome == "answered"


@pytest.mark.parametrize(
    ("repeat", "statuses"),
    [(False, [429, 200, 500, 200, 200, 200]), (True, [429, 200, 500, 429, 200, 500])],
)
async def test_a_schedule_names_the_fault_of_each_call(
    *, repeat: bool, statuses: list[int]
) -> None:
    sandbox = Sandbox(faults=["429", "", "500, no-ticks"], repeat_faults=repeat)
    url = await sandbox.start()
    async with httpx.AsyncClient(base_url=url, headers={"authorization": "Bearer xai-1"}) as client:
        seen = []
        for _ in statuses:
            await client.get("/v1/models")  # takes no step
            answer = await client.post("/v1/responses", json={"model": "grok-4.3", "input": "Hi"})
            seen.append(answer.status_code)
    await sandbox.stop()
    assert seen == statuses


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_the_url_is_one_that_a_client_can_use(host: str) -> None:
    sandbox = Sandbox()
    url = await sandbox.start(host)
    async with httpx.AsyncClient(base_url=url) as client:
        assert (await client.get("/sandbox/requests")).json() == {"requests": []}
    await sandbox.stop()
