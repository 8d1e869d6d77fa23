"""The media room as callers, operators and their tools meet it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from grokgate.api.media.v1.admin_pb2 import GetVideoJobRequest, ListVideoJobsRequest
from grokgate.api.media.v1.admin_pb2_grpc import VideoAdminServiceStub
from grokgate.api.media.v1.media_pb2 import (
    EditImagesRequest,
    GenerateImagesRequest,
    GetVideoRequest,
    ListVideosRequest,
    ListVideosResponse,
    StartVideoRequest,
    StreamVideoContentRequest,
    VideoState,
    WaitForVideoRequest,
)
from grokgate.api.media.v1.media_pb2_grpc import MediaServiceStub
from grokgate.chassis.channels import open_channel
from grokgate.chassis.clock import SystemClock
from grokgate.chassis.errors import Reason, StartupError
from grokgate.chassis.interceptors import server_interceptors
from grokgate.chassis.metrics import Metrics
from grokgate.chassis.serving import WireServer
from grokgate.media.videos.limits import VideoLimits
from tests.media.fake_videos import FakeVideos, done, said
from tests.media.running import (
    AS_ADMIN,
    CAP_BYTES,
    FAILED,
    SUCCEEDED,
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


async def listed(house: House, **fields: object) -> ListVideosResponse:
    request = ListVideosRequest(**fields)  # type: ignore[arg-type]  # fields by their names
    answer: ListVideosResponse = await house.one.media.ListVideos(request, metadata=house.key)
    return answer


async def test_the_room_names_its_services(house: House, upstream: FakeVideos) -> None:
    room = house.one.room
    assert room.name == "media"
    assert room.service_names == (
        "grokgate.api.media.v1.MediaService",
        "grokgate.api.media.v1.VideoAdminService",
    )


def test_a_lease_must_outlive_a_question() -> None:
    with pytest.raises(StartupError, match="lease"):
        VideoLimits(lease_s=15, renew_s=5, poll_timeout_s=10)


async def test_videos_of_others_look_absent(house: House, upstream: FakeVideos) -> None:
    video = await house.start_video()
    await house.open_account(name="stranger")
    await expect_refusal(Reason.NOT_FOUND, house.get(video.id), "id")
    await expect_refusal(Reason.NOT_FOUND, house.get_after(video.id, 0), "id")
    await expect_refusal(Reason.NOT_FOUND, house.get("videogen_nope"), "id")
    assert list((await listed(house)).videos) == []


@pytest.mark.parametrize(
    "key", [(), (("authorization", "Bearer no"),), (("authorization", "Basic no"),)]
)
async def test_nothing_is_shown_without_a_good_key(
    house: House, upstream: FakeVideos, key: tuple[tuple[str, str], ...]
) -> None:
    video = await house.start_video()
    media = house.one.media
    reason = Reason.INVALID_API_KEY if key[:1] and "Bearer" in key[0][1] else Reason.MISSING_API_KEY
    for call in (
        media.GetVideo(GetVideoRequest(id=video.id), metadata=key),
        media.WaitForVideo(WaitForVideoRequest(id=video.id), metadata=key),
        media.ListVideos(ListVideosRequest(), metadata=key),
        media.StreamVideoContent(StreamVideoContentRequest(id=video.id), metadata=key).read(),
    ):
        await expect_refusal(reason, call)


async def test_images_are_refused_by_the_same_room(house: House, upstream: FakeVideos) -> None:
    media = house.one.media
    generation = GenerateImagesRequest(model="grok-imagine-image")
    await expect_refusal(
        Reason.MISSING_PARAMETER, media.GenerateImages(generation, metadata=house.key), "prompt"
    )
    await expect_refusal(Reason.MISSING_API_KEY, media.EditImages(EditImagesRequest()))


async def test_a_page_of_videos_is_newest_first(house: House, upstream: FakeVideos) -> None:
    ids = [(await house.start_video()).id for _ in range(5)]
    page = await listed(house, limit=2)
    assert ([video.id for video in page.videos], page.has_more) == (ids[:2:-1], True)
    page = await listed(house, after=page.videos[-1].id)
    assert ([video.id for video in page.videos], page.has_more) == (ids[2::-1], False)


async def test_videos_are_listed_by_state(house: House, upstream: FakeVideos) -> None:
    upstream.polled = lambda upstream_id: done() if upstream_id == "up-1" else said(202)
    first, second = await house.start_video(), await house.start_video()
    await house.ended(first.id)
    states = VideoState.VIDEO_STATE_SUCCEEDED, VideoState.VIDEO_STATE_PROCESSING
    pages = [await listed(house, state=state) for state in states]
    assert [[video.id for video in page.videos] for page in pages] == [[first.id], [second.id]]


@pytest.mark.parametrize("limit", [0, -1, 101])
async def test_a_page_has_a_sensible_size(house: House, upstream: FakeVideos, limit: int) -> None:
    await expect_refusal(Reason.INVALID_VALUE, listed(house, limit=limit), "limit")


@pytest.mark.parametrize("after", ["nope", "videogen_1", "videogen_" + "A" * 32, "\0"])
async def test_a_page_begins_after_a_video(house: House, upstream: FakeVideos, after: str) -> None:
    await expect_refusal(Reason.INVALID_VALUE, listed(house, after=after), "after")


@pytest.mark.parametrize("wait_ms", [-1, 600_001])
async def test_a_wait_has_a_sensible_length(
    house: House, upstream: FakeVideos, wait_ms: int
) -> None:
    video = await house.start_video()
    await expect_refusal(Reason.INVALID_VALUE, house.get_after(video.id, wait_ms), "max_wait_ms")


async def test_whoever_sees_the_end_also_sees_the_charge(
    house: House, upstream: FakeVideos
) -> None:
    upstream.polled = lambda _: done()
    for _ in range(10):
        video = await house.start_video()
        while video.state != SUCCEEDED:
            video = await house.get(video.id)
            assert (video.url != "") == video.HasField("charge") == (video.state == SUCCEEDED)


async def test_a_wait_of_nothing_shows_what_is(house: House, upstream: FakeVideos) -> None:
    video = await house.start_video()
    assert (await house.get_after(video.id, 0)).id == video.id


async def test_operators_see_every_account(house: House, upstream: FakeVideos) -> None:
    mine = await house.start_video()
    await house.open_account(name="b")
    theirs = await house.start_video()
    assert [job.video.id for job in await house.jobs()] == [theirs.id, mine.id]
    [job] = await house.jobs(account_id="a")
    assert (job.video.id, job.account_id, job.inner_state) == (mine.id, "a", "polling")
    [hold, _] = await house.open_holds()
    assert hold.hold_id in {job.hold_id for job in await house.jobs()}
    admin = house.one.admin
    await expect_refusal(
        Reason.NOT_FOUND, admin.GetVideoJob(GetVideoJobRequest(id="x"), metadata=AS_ADMIN), "id"
    )
    request = ListVideoJobsRequest(limit=1001)
    await expect_refusal(
        Reason.INVALID_VALUE, admin.ListVideoJobs(request, metadata=AS_ADMIN), "limit"
    )


async def test_only_operators_see_jobs(house: House, upstream: FakeVideos) -> None:
    admin = house.one.admin
    for metadata in ((), house.key):
        for call in (
            admin.ListVideoJobs(ListVideoJobsRequest(), metadata=metadata),
            admin.GetVideoJob(GetVideoJobRequest(id="x"), metadata=metadata),
        ):
            await expect_refusal(Reason.ADMIN_TOKEN_REQUIRED, call)


async def test_what_goes_on_is_counted(house: House, upstream: FakeVideos) -> None:
    registry = house.one.metrics.registry
    await house.start_video()
    assert registry.get_sample_value("grokgate_media_open_videos") == 1
    upstream.polled = lambda _: done()
    [job] = await house.jobs()
    await house.settled(job.video.id)
    upstream.creation = lambda: said(400, {"error": "No."})
    await expect_refusal(Reason.PROVIDER_REJECTED, house.start())
    await house.usage()
    counted = registry.get_sample_value
    assert counted("grokgate_media_open_videos") == 0
    assert counted("grokgate_media_videos_total", {"state": "succeeded"}) == 1
    assert counted("grokgate_media_videos_total", {"state": "failed"}) == 1
    assert counted("grokgate_media_polls_total", {"answer": "done"}) == 1
    assert b"grokgate_upstream_seconds" in generate_latest(registry)


async def test_no_prompt_and_no_key_is_kept(house: House, upstream: FakeVideos) -> None:
    upstream.polled = lambda _: done()
    await house.ended((await house.start_video("a secret of mine")).id)
    await house.usage()
    await house.one.stop()
    kept = b"".join(path.read_bytes() for path in house.folder.glob("media.sqlite3*"))
    assert b"grok-imagine-video" in kept
    assert b"a secret of mine" not in kept
    assert b"xai-test" not in kept
    assert house.key[0][1].removeprefix("Bearer ").encode() not in kept


async def test_the_room_serves_the_same_over_a_wire(house: House, upstream: FakeVideos) -> None:
    server = WireServer(
        f"unix:{house.folder}/media.sock",
        [house.one.room],
        interceptors=server_interceptors(Metrics(), SystemClock()),
        message_cap_bytes=CAP_BYTES,
    )
    channel = open_channel(await server.start(), message_cap_bytes=CAP_BYTES)
    try:
        await server.set_serving(serving=True)
        media, admin = MediaServiceStub(channel), VideoAdminServiceStub(channel)
        upstream.polled = lambda _: done(url="")
        request = StartVideoRequest(model="grok-imagine-video", prompt="a cat")
        video = (await media.StartVideo(request, metadata=house.key)).video
        wait = WaitForVideoRequest(id=video.id, max_wait_ms=10_000)
        video = (await media.WaitForVideo(wait, metadata=house.key)).video
        assert video.state == FAILED != SUCCEEDED
        jobs = await admin.ListVideoJobs(ListVideoJobsRequest(), metadata=AS_ADMIN)
        assert [job.video.id for job in jobs.jobs] == [video.id]
    finally:
        await channel.close()
        await server.stop(0)
