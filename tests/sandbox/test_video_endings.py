"""Every way in which a video's job can end, or go wrong on its way."""

from typing import Any

import httpx
import pytest

from grokgate.sandbox.service import Sandbox
from tests.sandbox.jobs import RENDERING_MS, order
from tests.support.clock import FakeClock

PRICE = 500_000_000
BILL = {"usage": {"cost_in_usd_ticks": PRICE}}
MODERATED = {
    "code": "imagine:content-moderated",
    "error": "Generated video rejected by content moderation.",
}


def failed(code: str, message: str = "The video could not be generated.") -> dict[str, Any]:
    return {"status": "failed", "error": {"code": code, "message": message}}


def done(**video: Any) -> dict[str, Any]:
    shown = {"duration": 1} | video
    return {"status": "done", "progress": 100, "model": "grok-imagine-video", "video": shown}


@pytest.mark.parametrize(
    ("directive", "status", "body", "cost"),
    [
        ("moderated", 400, MODERATED | BILL, PRICE),
        ("moderated-free", 400, MODERATED, 0),
        ("moderated] [sandbox:no-ticks", 400, MODERATED | {"usage": {}}, PRICE),
        ("withheld", 200, done(url="", respect_moderation=False) | BILL, PRICE),
        ("no-url", 200, done(respect_moderation=True) | BILL, PRICE),
        ("failed", 200, failed("internal_error") | BILL, PRICE),
        ("failed-free=invalid_argument", 200, failed("invalid_argument", MODERATED["error"]), 0),
        ("failed-free=service_unavailable", 200, failed("service_unavailable"), 0),
        ("failed-free=permission_denied", 200, failed("permission_denied"), 0),
        ("expired", 200, {"status": "expired"}, 0),
    ],
)
async def test_a_job_ends_as_its_order_says_and_costs_what_the_log_says(
    client: httpx.AsyncClient,
    clock: FakeClock,
    sandbox: Sandbox,
    *,
    directive: str,
    status: int,
    body: dict[str, Any],
    cost: int,
) -> None:
    job = await order(client, f"[sandbox:{directive}]")
    assert (await client.get(job)).status_code == 202
    clock.advance(RENDERING_MS)
    ends = [await client.get(job) for _ in range(2)]
    assert [(end.status_code, end.json()) for end in ends] == [(status, body)] * 2
    assert sum(received.cost_usd_ticks for received in sandbox.requests) == cost


@pytest.mark.parametrize(
    ("directive", "usage"),
    [
        ("ticks=-1", {"cost_in_usd_ticks": -1}),
        ("ticks-text", {"cost_in_usd_ticks": "not an integer"}),
        ("no-ticks", {}),
        ("no-usage", None),
    ],
)
async def test_the_bill_can_be_forged(
    client: httpx.AsyncClient, clock: FakeClock, sandbox: Sandbox, directive: str, usage: Any
) -> None:
    job = await order(client, f"[sandbox:{directive}]")
    clock.advance(RENDERING_MS)
    assert (await client.get(job)).json()["usage"] == usage
    assert sandbox.videos[0].cost_usd_ticks == PRICE


async def test_a_url_may_be_dead(client: httpx.AsyncClient, clock: FakeClock) -> None:
    job = await order(client, "[sandbox:dead-url]")
    clock.advance(RENDERING_MS)
    url = (await client.get(job)).json()["video"]["url"]
    assert (await client.get(url)).status_code == 404


@pytest.mark.parametrize(
    ("directive", "status", "words"),
    [
        ("poll=429", 429, "resource-exhausted"),
        ("poll=500", 500, "internal-error"),
        ("poll=503", 503, "unavailable"),
        ("poll=html", 502, "<h1>Bad gateway</h1>"),
        ("poll=not-json", 200, "upstream connect error"),
        ("poll=moderated-cost=7", 400, '"cost_in_usd_ticks":7'),
        ("poll-empty", 202, ""),
        ("poll-unknown", 200, '{"status":"dreaming"}'),
    ],
)
async def test_polls_can_go_wrong_for_ever_or_a_few_times_a_job(
    client: httpx.AsyncClient, clock: FakeClock, directive: str, status: int, words: str
) -> None:
    for_ever = await order(client, f"[sandbox:{directive}]")
    twice = [await order(client, f"[sandbox:{directive} times=2]") for _ in range(2)]
    clock.advance(RENDERING_MS)
    for job, wrong in (for_ever, 4), (twice[0], 2), (twice[1], 2):
        answers = [await client.get(job) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [status] * wrong + [200] * (4 - wrong)
        assert all(words in answer.text for answer in answers[:wrong])


async def test_a_poll_can_lose_its_connection(client: httpx.AsyncClient, clock: FakeClock) -> None:
    job = await order(client, "[sandbox:poll=reset-before-answer times=1]")
    clock.advance(RENDERING_MS)
    with pytest.raises(httpx.ReadError):
        await client.get(job)
    assert (await client.get(job)).json()["status"] == "done"


async def test_a_poll_can_be_slow(client: httpx.AsyncClient, sandbox: Sandbox) -> None:
    job = await order(client, "[sandbox:poll=slow=60]")
    with pytest.raises(httpx.ReadTimeout):
        await client.get(job, timeout=0.1)
    await sandbox.stop()
    assert [received.outcome for received in sandbox.requests] == ["answered", "client left"]


@pytest.mark.parametrize("inner", ["nonsense", "slow", "poll=429", "429=1", "500!"])
async def test_a_poll_can_only_meet_a_directive_that_exists(
    client: httpx.AsyncClient, inner: str
) -> None:
    body = {"model": "grok-imagine-video", "prompt": f"[sandbox:poll={inner}]"}
    answer = await client.post("/v1/videos/generations", json=body)
    assert answer.status_code == 400
    assert "Unknown sandbox directive" in answer.json()["error"]
