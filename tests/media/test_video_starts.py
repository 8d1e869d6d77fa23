"""How a start is refused, and what becomes of a creation whose answer is no id."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from grokgate.chassis.errors import Reason
from grokgate.xai.timeouts import Timeouts
from tests.media.fake_videos import FakeVideos, said
from tests.media.running import (
    EXPIRED,
    FAILED,
    PROCESSING,
    USD,
    House,
    expect_refusal,
    running_house,
)


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


@pytest.mark.parametrize(
    ("fields", "reason", "param"),
    [
        ({"model": ""}, Reason.MISSING_PARAMETER, "model"),
        ({"model": "grok-nope"}, Reason.MODEL_NOT_FOUND, "model"),
        ({"model": "grok-4.3"}, Reason.UNSUPPORTED_OPERATION, "model"),
        ({"model": "grok-imagine-video:high"}, Reason.UNSUPPORTED_CAPABILITY, "model"),
        ({"prompt": " "}, Reason.MISSING_PARAMETER, "prompt"),
        ({"duration_seconds": 0}, Reason.INVALID_VALUE, "duration_seconds"),
        ({"duration_seconds": 16}, Reason.INVALID_VALUE, "duration_seconds"),
        ({"resolution": "1080p"}, Reason.INVALID_VALUE, "resolution"),
        ({"aspect_ratio": "auto"}, Reason.INVALID_VALUE, "aspect_ratio"),
        ({"image": {}}, Reason.MISSING_PARAMETER, "image.url"),
        ({"image": {"url": "http://x.test/1.png"}}, Reason.INVALID_VALUE, "image.url"),
        (
            {"image": {"content": {"data": b"GIF89a", "mime_type": "image/png"}}},
            Reason.INVALID_VALUE,
            "image.url",
        ),
        ({"user": "u" * 513}, Reason.INVALID_VALUE, "user"),
        ({"max_hold_usd_ticks": -1}, Reason.INVALID_VALUE, "max_budget_usd"),
        ({"max_hold_usd_ticks": 2_499_999_999}, Reason.MAX_BUDGET_EXCEEDED, "max_budget_usd"),
    ],
)
async def test_a_wrong_request_is_refused_before_anything_is_kept(
    house: House, upstream: FakeVideos, fields: dict[str, Any], reason: Reason, param: str
) -> None:
    await expect_refusal(reason, house.start(**fields), param)
    assert upstream.creations == []
    assert await house.jobs() == []
    assert await house.usage() == []


async def test_a_refusal_of_a_choice_lists_the_choices(house: House, upstream: FakeVideos) -> None:
    error = await expect_refusal(Reason.INVALID_VALUE, house.start(resolution="4k"), "resolution")
    assert "480p, 720p" in error.message


async def test_a_cap_that_is_not_exceeded_lets_pass(house: House, upstream: FakeVideos) -> None:
    assert (await house.start_video(max_hold_usd_ticks=2_500_000_000)).state == PROCESSING


@pytest.mark.parametrize(
    ("key", "reason"),
    [((), Reason.MISSING_API_KEY), ((("authorization", "Bearer no"),), Reason.INVALID_API_KEY)],
)
async def test_a_bad_key_is_refused(
    house: House, upstream: FakeVideos, key: tuple[tuple[str, str], ...], reason: Reason
) -> None:
    house.key = key
    await expect_refusal(reason, house.start())
    assert await house.jobs() == []


async def test_an_empty_account_leaves_nothing_behind(house: House, upstream: FakeVideos) -> None:
    await house.open_account(1, "poor")
    await expect_refusal(Reason.INSUFFICIENT_BALANCE, house.start())
    assert (upstream.creations, await house.jobs(), await house.usage()) == ([], [], [])


async def test_without_billing_nothing_is_started_and_nothing_left_behind(
    house: House, upstream: FakeVideos, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grokgate.metering.paid_work._METER_GRACE_S", 0)
    await house.start_video()  # so that the key is known
    await house.billing_server.stop(None)
    house.one.room._paid_work.standing_holds._place_wait_s = 0.05
    await expect_refusal(Reason.BILLING_UNAVAILABLE, house.start())
    assert len(await house.jobs()) == 1
    assert len(upstream.creations) == 1
    house.key = (("authorization", "Bearer another"),)
    await expect_refusal(Reason.BILLING_UNAVAILABLE, house.start())


async def test_too_many_open_videos_are_overload(house: House) -> None:
    await house.add_room(FakeVideos(), open_ceiling=1)
    await house.start_video()
    await expect_refusal(Reason.OVERLOADED, house.start())


@pytest.mark.parametrize(
    ("answer", "reason", "listed"),
    [
        (said(400, {"error": "Bad prompt."}), Reason.PROVIDER_REJECTED, False),
        (said(422, {"error": "Failed to deserialize."}), Reason.PROVIDER_REJECTED, False),
        (said(400, {"code": "imagine:content-moderated"}), Reason.CONTENT_MODERATED, True),
        (said(401, {"error": "no"}), Reason.PROVIDER_UNAVAILABLE, False),
        (said(403, {"error": "blocked"}), Reason.PROVIDER_UNAVAILABLE, False),
        (said(500, {"error": "oops"}), Reason.PROVIDER_ERROR, True),
        (said(503, {"error": "later"}), Reason.PROVIDER_UNAVAILABLE, True),
        (said(200, {"error": "half a success"}), Reason.PROVIDER_ERROR, True),
    ],
)
async def test_a_refused_creation_fails_the_start_and_releases(
    house: House,
    upstream: FakeVideos,
    answer: httpx.Response,
    reason: Reason,
    listed: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    upstream.creation = lambda: answer
    await expect_refusal(reason, house.start())
    [job] = await house.jobs()
    assert (job.inner_state, job.video.failure.reason) == ("failed", reason)
    [row] = await house.usage()
    assert (row.status, row.void_reason) == ("released", reason.lower())
    assert len(await house.to_reconcile()) == listed
    assert len(upstream.creations) == 1


@pytest.mark.parametrize(
    ("answer", "charge"),
    [
        (said(403, {"error": "Content violates usage guidelines."}), 500_000_000),
        (
            said(
                400,
                {"code": "imagine:content-moderated", "usage": {"cost_in_usd_ticks": 700}},
            ),
            700,
        ),
    ],
)
async def test_a_refusal_that_is_billed_is_a_failed_video_with_its_charge(
    house: House, upstream: FakeVideos, answer: httpx.Response, charge: int
) -> None:
    upstream.creation = lambda: answer
    video = await house.start_video()
    assert (video.state, video.charge.usd_ticks) == (FAILED, charge)
    [row] = await house.usage()
    assert (row.status, row.charge.usd_ticks) == ("failed", charge)


@pytest.mark.parametrize("tries", [1, 2])
async def test_a_creation_is_asked_for_again_when_nothing_can_have_started(
    house: House, upstream: FakeVideos, tries: int
) -> None:
    def creation() -> httpx.Response | Exception:
        if len(upstream.creations) <= tries:
            return httpx.ConnectError("refused")
        return said(200, {"request_id": "up-1"})

    upstream.creation = creation
    assert (await house.start_video()).state == PROCESSING
    assert len(upstream.creations) == tries + 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ReadError("reset"),
        said(200, {}),
        said(200, {"request_id": ""}),
        httpx.Response(200, content=b"<html>"),
        said(502),
        said(504),
        None,
    ],
)
async def test_a_lost_answer_is_never_asked_for_again_and_expires(
    house: House, answer: httpx.Response | Exception | None
) -> None:
    upstream = FakeVideos()
    upstream.creation = lambda: answer
    await house.add_room(upstream, hard_deadline_s=0.4, timeouts=Timeouts(header_s=0.1))
    video = await house.start_video()
    assert video.state == PROCESSING
    job = await house.job(video.id)
    assert (job.inner_state, job.to_reconcile) == ("outcome_unknown", False)
    assert len(await house.open_holds()) == 1
    assert [one.video.id for one in await house.jobs(outcome_unknown=True)] == [video.id]
    video = await house.ended(video.id)
    assert (video.state, video.charge.usd_ticks) == (EXPIRED, 0)
    assert (await house.job(video.id)).to_reconcile
    await house.usage()
    assert len(await house.to_reconcile()) == 1
    assert (len(upstream.creations), upstream.polls) == (1, [])


async def test_a_start_tells_the_limits_of_the_key(house: House, upstream: FakeVideos) -> None:
    answer = await house.start()
    assert not answer.rate_limits.HasField("requests")
    assert answer.video.id.startswith("videogen_")
    assert answer.video.model == "xai/grok-imagine-video"
    assert (answer.video.duration_us, answer.video.resolution) == (5_000_000, "480p")


async def test_parallel_starts_spend_no_more_than_there_is(
    house: House, upstream: FakeVideos
) -> None:
    await house.open_account(USD, "small")  # enough for four videos of 0.25 USD
    outcomes = await asyncio.gather(
        *(house.start_video() for _ in range(12)), return_exceptions=True
    )
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 4
    assert len(upstream.creations) == 4
    assert len(await house.jobs(account_id="small")) == 4
