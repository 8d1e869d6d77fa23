"""Videos from their start to their charge, over an upstream that answers as told."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from grokgate.api.types.v1.money_pb2 import ChargeBasis
from tests.media.fake_videos import FakeVideos, done, said
from tests.media.running import (
    EXPIRED,
    FAILED,
    PROCESSING,
    SUCCEEDED,
    House,
    running_house,
)

MODERATED = {"code": "imagine:content-moderated", "error": "Rejected by content moderation."}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with running_house(tmp_path) as house:
        yield house


@pytest.fixture
async def upstream(house: House) -> FakeVideos:
    """Of a room that runs."""
    upstream = FakeVideos()
    await house.add_room(upstream)
    return upstream


async def test_a_video_is_charged_what_the_provider_reports(
    house: House, upstream: FakeVideos
) -> None:
    video = await house.start_video()
    assert video.state == PROCESSING
    assert not video.HasField("charge")
    upstream.polled = lambda _: done()
    video = await house.ended(video.id)
    assert video.state == SUCCEEDED
    assert video.url == "https://vidgen.test/1.mp4"
    assert video.duration_us == 5_000_000
    assert video.provider_usd_ticks == 2_500_000_000
    assert video.charge.usd_ticks == 2_500_000_000
    assert video.charge.basis == ChargeBasis.CHARGE_BASIS_PROVIDER
    [row] = await house.usage()
    assert (row.charge.usd_ticks, row.status) == (2_500_000_000, "completed")
    assert row.request_id == video.request_id
    assert len(upstream.creations) == 1


async def test_without_a_reported_cost_the_seconds_are_charged(
    house: House, upstream: FakeVideos
) -> None:
    upstream.polled = lambda _: done(None, duration=4.5)
    video = await house.start_video(resolution="720p")
    video = await house.ended(video.id)
    assert video.duration_us == 4_500_000
    assert video.charge.usd_ticks == 45 * 70_000_000
    assert video.charge.basis == ChargeBasis.CHARGE_BASIS_PRICE_LIST


async def test_a_cost_that_makes_no_sense_is_not_believed(
    house: House, upstream: FakeVideos
) -> None:
    upstream.polled = lambda _: done(-5)
    video = await house.ended((await house.start_video()).id)
    assert video.state == SUCCEEDED
    assert video.charge.usd_ticks == 5 * 500_000_000
    assert not video.HasField("provider_usd_ticks")


async def test_upstream_is_always_told_length_and_resolution(
    house: House, upstream: FakeVideos
) -> None:
    await house.start_video(user="u-1")
    assert upstream.creations == [
        {
            "model": "grok-imagine-video",
            "duration": 5,
            "resolution": "480p",
            "prompt": "a cat",
            "user": "u-1",
        }
    ]


async def test_an_image_is_passed_on_and_paid_for(house: House, upstream: FakeVideos) -> None:
    upstream.polled = lambda _: done(None)
    png = b"\x89PNG\r\n\x1a\n rest"
    image = {"content": {"data": png, "mime_type": "image/png"}}
    video = await house.ended((await house.start_video("", image=image, aspect_ratio="1:1")).id)
    assert upstream.creations[0]["image"] == {"url": "data:image/png;base64,iVBORw0KGgogcmVzdA=="}
    assert upstream.creations[0]["aspect_ratio"] == "1:1"
    assert video.charge.usd_ticks == 5 * 500_000_000 + 20_000_000


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (said(400, MODERATED), "CONTENT_MODERATED"),
        (said(400, {"error": "No such picture."}), "PROVIDER_REJECTED"),
        (said(400), "PROVIDER_REJECTED"),
        (done(None, respect_moderation=False, url=""), "CONTENT_MODERATED"),
        (done(None, url=None), "PROVIDER_ERROR"),
        (done(None, url="ftp://vidgen.test/1.mp4"), "PROVIDER_ERROR"),
        (
            said(200, {"status": "failed", "error": {"code": "invalid_argument", "message": "x"}}),
            "PROVIDER_REJECTED",
        ),
        (
            said(200, {"status": "failed", "error": {"code": "internal_error", "message": "x"}}),
            "PROVIDER_ERROR",
        ),
        (said(200, {"status": "expired"}), "PROVIDER_ERROR"),
    ],
)
async def test_a_failure_without_a_cost_is_not_charged_but_listed(
    house: House, upstream: FakeVideos, answer: httpx.Response, reason: str
) -> None:
    upstream.polled = lambda _: answer
    video = await house.ended((await house.start_video()).id)
    assert (video.state, video.failure.reason) == (FAILED, reason)
    assert video.url == ""
    assert video.charge.usd_ticks == 0
    [row] = await house.usage()
    assert (row.status, row.charge.usd_ticks) == ("released", 0)
    assert [listed.hold_id for listed in await house.to_reconcile()] == [row.hold_id]
    assert (await house.job(video.id)).to_reconcile is False


@pytest.mark.parametrize(
    "answer",
    [
        said(400, MODERATED | {"usage": {"cost_in_usd_ticks": 700}}),
        said(200, {"status": "failed", "usage": {"cost_in_usd_ticks": 700}}),
        done(700, respect_moderation=False, url=""),
        done(700, url=""),
    ],
)
async def test_a_failure_is_charged_the_cost_that_the_provider_reports(
    house: House, upstream: FakeVideos, answer: httpx.Response
) -> None:
    upstream.polled = lambda _: answer
    video = await house.ended((await house.start_video()).id)
    assert (video.state, video.charge.usd_ticks) == (FAILED, 700)
    [row] = await house.usage()
    assert (row.status, row.charge.usd_ticks) == ("failed", 700)
    assert await house.to_reconcile() == []


@pytest.mark.parametrize(
    "answer",
    [
        said(202),
        said(202, {"status": "pending"}),
        said(200),
        said(200, {"status": "dreaming"}),
        said(200, ["no", "object"]),
        httpx.Response(200, content=b"<html>"),
        said(408),
        said(429, {"error": "Too many requests."}, **{"retry-after": "0"}),
        said(500),
        httpx.Response(529, content=b"overloaded"),
        said(401, {"error": "no"}),
        said(403, {"error": "blocked"}),
        said(400, {"error": "Incorrect API key provided."}),
        said(404),
        said(302, None, location="https://elsewhere.test/"),
        httpx.ReadError("reset"),
        httpx.ConnectError("refused"),
    ],
)
async def test_no_verdict_keeps_the_hold_and_is_asked_again(
    house: House, upstream: FakeVideos, answer: httpx.Response | Exception
) -> None:
    upstream.polled = lambda _: answer
    video = await house.start_video()
    await upstream.until(lambda: len(upstream.polls) >= 3)
    assert (await house.get(video.id)).state == PROCESSING
    assert len(await house.open_holds()) == 1
    upstream.polled = lambda _: done()
    assert (await house.ended(video.id)).state == SUCCEEDED
    assert len(await house.usage()) == 1
    assert len(upstream.creations) == 1


async def test_a_question_that_is_never_answered_is_asked_again(house: House) -> None:
    upstream = FakeVideos()
    await house.add_room(upstream, poll_timeout_s=0.05)
    upstream.polled = lambda _: None if len(upstream.polls) < 3 else done()
    assert (await house.ended((await house.start_video()).id)).state == SUCCEEDED


async def test_a_video_that_the_provider_does_not_know_fails_in_the_end(
    house: House, upstream: FakeVideos
) -> None:
    upstream.polled = lambda _: said(404, {"code": "Some requested entity was not found"})
    video = await house.ended((await house.start_video()).id)
    assert (video.state, video.failure.reason) == (FAILED, "PROVIDER_ERROR")
    assert len(upstream.polls) == 10
    [job] = await house.jobs(outcome_unknown=True)
    assert (job.video.id, job.to_reconcile) == (video.id, True)
    await house.usage()
    assert len(await house.to_reconcile()) == 1


async def test_after_the_hard_deadline_a_video_expires_uncharged_and_listed(house: House) -> None:
    upstream = FakeVideos()
    await house.add_room(upstream, hard_deadline_s=0.2)
    upstream.polled = lambda _: said(200, {"status": "dreaming"})
    video = await house.ended((await house.start_video()).id)
    assert (video.state, video.failure.reason) == (EXPIRED, "TIMEOUT")
    assert video.charge.usd_ticks == 0
    await house.usage()
    assert len(await house.to_reconcile()) == 1
    assert [job.video.id for job in await house.jobs(outcome_unknown=True)] == [video.id]


async def test_the_last_question_at_the_deadline_may_still_bring_the_video(house: House) -> None:
    upstream = FakeVideos()
    await house.add_room(upstream, hard_deadline_s=0.05, poll_first_s=60)
    upstream.polled = lambda _: done()
    video = await house.ended((await house.start_video()).id)
    assert video.state == SUCCEEDED
    assert len(upstream.polls) == 1


async def test_progress_is_shown_as_the_provider_tells_it(
    house: House, upstream: FakeVideos
) -> None:
    video = await house.start_video()
    await upstream.until(lambda: len(upstream.polls) >= 2)
    assert (await house.get(video.id)).progress == 42
    job = await house.job(video.id)
    assert (job.upstream_id, job.inner_state) == ("up-1", "polling")
    assert job.polls > 0
    assert job.next_poll_at_ms <= job.deadline_at_ms


async def test_a_job_is_asked_about_with_the_key_that_made_it(house: House) -> None:
    upstream = FakeVideos()
    await house.add_room(upstream, keys=("bad", "good"))
    refused = said(401)
    upstream.creation = lambda: refused if upstream.keys[-1] == "Bearer bad" else said(
        200, {"request_id": "up-1"}
    )  # fmt: skip
    upstream.polled = lambda _: done()
    assert (await house.ended((await house.start_video()).id)).state == SUCCEEDED
    assert upstream.keys == ["Bearer bad", "Bearer good", "Bearer good"]


async def test_a_limit_of_upstreams_pauses_every_question(house: House) -> None:
    upstream = FakeVideos()
    await house.add_room(upstream)
    upstream.polled = lambda _: said(429, None, **{"retry-after": "60"})
    for _ in range(3):
        await house.start_video()
    await upstream.until(lambda: upstream.polls)
    asked = len(upstream.polls)
    job = await house.job((await house.start_video()).id)
    await asyncio.sleep(0.1)  # during which the last one would have been asked about
    assert len(upstream.polls) == asked <= 3
    assert job.inner_state == "polling"


async def test_a_caller_that_leaves_changes_nothing(house: House, upstream: FakeVideos) -> None:
    arrived, go = asyncio.Event(), asyncio.Event()
    handle = upstream.handle_async_request

    async def slow(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            arrived.set()
            await go.wait()
        return await handle(request)

    upstream.handle_async_request = slow  # type: ignore[method-assign]  # for this test
    caller = asyncio.create_task(house.start_video())
    await arrived.wait()
    caller.cancel()
    await asyncio.wait([caller])
    go.set()
    upstream.polled = lambda _: done()
    [job] = await house.jobs()
    assert (await house.ended(job.video.id)).state == SUCCEEDED
    assert len(upstream.creations) == 1
