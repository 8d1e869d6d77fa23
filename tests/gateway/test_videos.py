"""Videos through the whole gateway: never lost, never started twice, never charged twice."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import av
import httpx
import pytest

from grokgate.api.media.v1.admin_pb2 import ListVideoJobsRequest
from grokgate.api.media.v1.admin_pb2_grpc import VideoAdminServiceStub
from tests.support.gateway import GATEWAYS, LAUNCHED, USD, Gateway, until

CENT = USD // 100
VIDEOS = "/v1/video/generations"
QUICK = {"video_poll_first_s": 0.1, "video_poll_ceiling_s": 0.2, "video_lease_s": 1}


async def order(gateway: Gateway, key: str, prompt: str = "Clouds", **fields: Any) -> Any:
    body = {"model": "xai/grok-imagine-video", "prompt": prompt, "duration_seconds": 5, **fields}
    headers = {"authorization": f"Bearer {key}"}
    return await gateway.http.post(gateway.url + VIDEOS, json=body, headers=headers)


async def ended(gateway: Gateway, key: str, video_id: str) -> dict[str, Any]:
    """A video, once it has ended."""
    seen: dict[str, Any] = {}

    async def has_ended() -> bool:
        seen.update(await gateway.get(key, f"{VIDEOS}/{video_id}"))
        return seen["status"] not in {"queued", "processing"}

    await until(has_ended)
    return seen


async def to_reconcile(gateway: Gateway) -> list[str]:
    """The ids that `grokgate video reconcile` lists."""
    stub = VideoAdminServiceStub(gateway.channel("media"))
    request = ListVideoJobsRequest(outcome_unknown=True)
    answer = await stub.ListVideoJobs(request, metadata=gateway.admin_metadata)
    return [job.video.id for job in answer.jobs]


@asynccontextmanager
async def quick(way: str, **settings: Any) -> AsyncIterator[Gateway]:
    async with GATEWAYS[way](**QUICK, **settings) as gateway:
        yield gateway
        await gateway.verify()


async def test_a_video_that_is_done_in_time_is_the_answer(gateway: Gateway) -> None:
    key = await gateway.new_key()
    response = await order(gateway, key, max_wait_seconds=60)
    video = response.json()
    assert (response.status_code, video["status"]) == (200, "succeeded")
    assert video["usage"] == {
        "seconds_generated": 5,
        "cost_in_usd_ticks": 25 * CENT,
        "native_cost_usd": "0.25",
    }
    assert response.headers["x-cost-usd-ticks"] == str(25 * CENT)
    row = await gateway.row(key)
    assert (row["charge_usd_ticks"], row["basis"]) == (25 * CENT, "provider")


async def test_a_video_that_is_not_done_in_time_is_fetched_later(gateway: Gateway) -> None:
    key = await gateway.new_key()
    response = await order(gateway, key, max_wait_seconds=0, aspect_ratio="16:9")
    video = response.json()
    assert (response.status_code, video["status"]) == (202, "processing")
    assert response.headers["location"] == f"{VIDEOS}/{video['id']}"
    assert int(response.headers["retry-after"]) > 0
    assert (await ended(gateway, key, video["id"]))["usage"]["cost_in_usd_ticks"] == 25 * CENT
    listed = (await gateway.get(key, VIDEOS))["data"]
    assert [one["id"] for one in listed] == [video["id"]]
    content = await fetched(gateway, key, f"{video['id']}/content")
    with av.open(io.BytesIO(content.content), "r") as file:
        stream = file.streams.video[0]
        assert float(file.duration or 0) / av.time_base == pytest.approx(5, abs=0.2)
        assert stream.width / stream.height == pytest.approx(16 / 9, rel=0.02)
        assert stream.height == 480
    part = await fetched(gateway, key, f"{video['id']}/content", range="bytes=10-19")
    assert (part.status_code, part.content) == (206, content.content[10:20])
    stranger = await gateway.new_key()
    assert (await fetched(gateway, stranger, video["id"])).status_code == 404
    assert (await fetched(gateway, stranger, f"{video['id']}/content")).status_code == 404


async def fetched(gateway: Gateway, key: str, path: str, **headers: str) -> httpx.Response:
    headers["authorization"] = f"Bearer {key}"
    return await gateway.http.get(f"{gateway.url}{VIDEOS}/{path}", headers=headers)


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"max_budget_usd": "0.24"}, "max_budget_exceeded", "max_budget_usd"),
        ({"duration_seconds": 16}, "invalid_value", "duration_seconds"),
        ({"resolution": "1080p"}, "invalid_value", "resolution"),
        ({"aspect_ratio": "auto"}, "invalid_value", "aspect_ratio"),
        ({"image": {"url": "ftp://example.com/a.png"}}, "invalid_value", "image.url"),
        ({"image": {"url": "data:text/plain;base64,aGk="}}, "invalid_value", "image.url"),
        ({"max_wait_seconds": 601}, "invalid_value", "max_wait_seconds"),
        ({"prompt": ""}, "missing_parameter", "prompt"),
    ],
)
async def test_bad_input_is_refused_before_any_hold_naming_the_field(
    gateway: Gateway, fields: dict[str, Any], code: str, param: str
) -> None:
    key = await gateway.new_key()
    ordered = len(gateway.sandbox.videos)
    response = await order(gateway, key, **fields)
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (400, code, param)
    assert (await gateway.get(key, "/v1/usage"))["data"] == []
    assert (await gateway.get(key, VIDEOS))["data"] == []
    assert len(gateway.sandbox.videos) == ordered


@pytest.mark.parametrize(
    ("prompt", "status", "usd_ticks", "basis"),
    [
        ("[sandbox:no-ticks]", "succeeded", 25 * CENT, "price_list"),
        ("[sandbox:ticks=77]", "succeeded", 77, "provider"),
        ("[sandbox:poll-empty times=3]", "succeeded", 25 * CENT, "provider"),
        ("[sandbox:poll=500 times=2]", "succeeded", 25 * CENT, "provider"),
        ("[sandbox:poll=reset-before-answer times=2]", "succeeded", 25 * CENT, "provider"),
        ("[sandbox:poll=html times=2]", "succeeded", 25 * CENT, "provider"),
        ("[sandbox:poll-unknown times=2]", "succeeded", 25 * CENT, "provider"),
        ("[sandbox:moderated]", "failed", 25 * CENT, "provider"),
        ("[sandbox:moderated-free]", "failed", 0, "none"),
        ("[sandbox:withheld]", "failed", 25 * CENT, "provider"),
        ("[sandbox:no-url]", "failed", 25 * CENT, "provider"),
        ("[sandbox:failed-free=internal_error]", "failed", 0, "none"),
    ],
)
async def test_every_end_is_told_and_charged_as_the_provider_says(
    gateway: Gateway, prompt: str, status: str, usd_ticks: int, basis: str
) -> None:
    key = await gateway.new_key()
    started = await order(gateway, key, f"Clouds {prompt} [sandbox:render=0.2]", max_wait_seconds=0)
    assert started.status_code == 202, started.text
    video = await ended(gateway, key, started.json()["id"])
    assert video["status"] == status, video
    assert ("error" in video) == (status == "failed")
    row = await gateway.row(key)
    assert (row["charge_usd_ticks"], row["basis"]) == (usd_ticks, basis)


@pytest.mark.parametrize("way", sorted(GATEWAYS))
async def test_a_video_that_nobody_tells_of_expires_uncharged(way: str) -> None:
    async with quick(way, video_deadline_s=2) as gateway:
        key = await gateway.new_key()
        prompts = ("[sandbox:reset-before-answer]", "[sandbox:poll-unknown]")
        videos = [
            (await order(gateway, key, prompt, max_wait_seconds=0)).json() for prompt in prompts
        ]
        assert [video["status"] for video in videos] == ["processing"] * 2
        assert videos[0]["id"] in await to_reconcile(gateway)
        for video in videos:
            assert (await ended(gateway, key, video["id"]))["status"] == "expired"
        assert len(gateway.sandbox.videos) == 2
        rows = (await gateway.get(key, "/v1/usage"))["data"]
        assert [row["charge_usd_ticks"] for row in rows] == [0, 0]
        assert sorted(await to_reconcile(gateway)) == sorted(video["id"] for video in videos)


@pytest.mark.parametrize("way", sorted(LAUNCHED))
@pytest.mark.parametrize(
    ("prompt", "status"),
    [
        pytest.param("[sandbox:slow=3]", "expired", id="submitting"),
        pytest.param("[sandbox:render=2]", "succeeded", id="polling"),
        pytest.param("[sandbox:reset-before-answer]", "expired", id="outcome-unknown"),
    ],
)
async def test_a_killed_media_process_starts_no_video_twice_and_charges_it_once(
    way: str, prompt: str, status: str
) -> None:
    settings = {"video_deadline_s": 5, "hold_expiry_s": 3, **QUICK}
    async with LAUNCHED[way](**settings) as gateway:
        key = await gateway.new_key()
        call = asyncio.create_task(order(gateway, key, prompt, max_wait_seconds=0))

        async def is_ordered() -> bool:
            return bool(gateway.sandbox.requests) and bool(
                (await gateway.get(key, "/v1/balance"))["held_usd_ticks"]
            )

        await until(is_ordered)
        if "slow" not in prompt:
            await call
        await gateway.kill("media")
        await asyncio.gather(call, return_exceptions=True)
        await gateway.restart()
        [listed] = (await gateway.get(key, VIDEOS))["data"]
        video = await ended(gateway, key, listed["id"])
        assert video["status"] == status
        created = [one for one in gateway.sandbox.requests if one.method == "POST"]
        assert len(created) == 1
        row = await gateway.row(key)
        if status == "succeeded":
            assert row["charge_usd_ticks"] == 25 * CENT
        else:
            assert row["charge_usd_ticks"] == 0
            assert await to_reconcile(gateway) == [video["id"]]
        await gateway.verify()
