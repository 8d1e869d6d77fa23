"""Films: how they are ordered, made, fetched and billed."""

from io import BytesIO
from typing import Any

import av
import httpx
import pytest
from PIL import Image

from grokgate.sandbox.service import Sandbox
from tests.sandbox.jobs import FOX, RENDERING_MS, order
from tests.sandbox.pictures import RED, data_uri, is_near, picture
from tests.support.clock import FakeClock

CENT = 10**8
TEN_CENTS_IMAGE = {"url": "https://pictures.invalid/a.png"}


async def film(client: httpx.AsyncClient, clock: FakeClock, **fields: Any) -> bytes:
    job = await order(client, **fields)
    clock.advance(RENDERING_MS)
    url = (await client.get(job)).json()["video"]["url"]
    fetched = await client.get(url, headers={"authorization": ""})
    assert fetched.headers["content-type"] == "video/mp4"
    return fetched.content


def frames_of(data: bytes) -> list[Image.Image]:
    with av.open(BytesIO(data), "r") as container:
        assert container.streams.video[0].codec_context.name == "h264"
        return [
            frame.to_image()  # type: ignore[no-untyped-call]  # PyAV's gap
            for frame in container.decode(video=0)
        ]


async def test_a_job_is_pending_with_a_growing_progress_until_it_is_done(
    client: httpx.AsyncClient, clock: FakeClock
) -> None:
    job = await order(client, duration=5)
    seen = []
    for _ in range(4):
        answer = await client.get(job)
        seen.append((answer.status_code, answer.json() if answer.content else None))
        clock.advance(RENDERING_MS // 4)
    assert seen == [
        (202, {"status": "pending", "progress": 0}),
        (202, {"status": "pending", "progress": 25}),
        (202, None),
        (202, {"status": "pending", "progress": 75}),
    ]
    done = await client.get(job)
    assert done.status_code == 200
    body = done.json()
    assert body.pop("video")["url"].startswith(f"{client.base_url}/vidgen/xai-video-")
    assert body == {
        "status": "done",
        "progress": 100,
        "model": "grok-imagine-video",
        "usage": {"cost_in_usd_ticks": 25 * CENT},
    }


async def test_how_long_a_video_takes_can_be_set(
    client: httpx.AsyncClient, clock: FakeClock
) -> None:
    job = await order(client, "A fox [sandbox:render=60]")
    clock.advance(59_999)
    assert (await client.get(job)).json()["progress"] == 99
    clock.advance(1)
    assert (await client.get(job)).json()["status"] == "done"


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({}, (854, 480)),
        ({"aspect_ratio": "9:16"}, (480, 854)),
        ({"aspect_ratio": "1:1", "resolution": "720p"}, (720, 720)),
        ({"aspect_ratio": "4:3"}, (640, 480)),
        ({"model": "grok-imagine-video-1.5", "resolution": "1080p"}, (1920, 1080)),
    ],
)
async def test_a_film_is_h264_of_the_shape_and_resolution_asked_for(
    client: httpx.AsyncClient, clock: FakeClock, fields: dict[str, Any], size: tuple[int, int]
) -> None:
    frames = frames_of(await film(client, clock, **fields))
    assert {frame.size for frame in frames} == {size}
    assert frames[0].tobytes() != frames[-1].tobytes()


@pytest.mark.parametrize("duration", [{"duration": 3}, {"duration": "3"}, {"seconds": "3"}])
async def test_a_film_is_as_long_as_asked_for(
    client: httpx.AsyncClient, clock: FakeClock, duration: dict[str, Any]
) -> None:
    fields = {"duration": None} | duration
    assert len(frames_of(await film(client, clock, **fields))) == 3 * 24


async def test_a_film_begins_with_the_picture_that_was_sent_and_has_its_shape(
    client: httpx.AsyncClient, clock: FakeClock
) -> None:
    sent = {"url": data_uri(picture(RED, (200, 200)))}
    frames = frames_of(await film(client, clock, image=sent, aspect_ratio="16:9", prompt=""))
    assert frames[0].size == (480, 480)
    assert is_near(frames[0], (240, 200), RED)


async def test_orders_of_the_same_video_are_jobs_of_their_own_with_the_same_film(
    client: httpx.AsyncClient, clock: FakeClock, sandbox: Sandbox
) -> None:
    assert await film(client, clock) == await film(client, clock)
    assert len({job.id for job in sandbox.videos}) == 2


@pytest.mark.parametrize(
    ("fields", "ticks"),
    [
        ({"duration": None}, 40 * CENT),
        ({"resolution": "720p", "duration": 15}, 105 * CENT),
        ({"image": TEN_CENTS_IMAGE}, 52 * CENT // 10),
        ({"model": "grok-imagine-video-1.5", "image": TEN_CENTS_IMAGE}, 9 * CENT),
        ({"model": "grok-imagine-video-1.5", "resolution": "1080p"}, 25 * CENT),
        ({"model": "grok-imagine-video-1.5-lite", "resolution": "720p"}, 3 * CENT),
    ],
)
async def test_a_film_is_billed_by_the_second_and_its_creation_bears_the_bill(
    client: httpx.AsyncClient,
    clock: FakeClock,
    sandbox: Sandbox,
    fields: dict[str, Any],
    ticks: int,
) -> None:
    job = await order(client, **fields)
    clock.advance(RENDERING_MS)
    assert (await client.get(job)).json()["usage"] == {"cost_in_usd_ticks": ticks}
    assert [received.cost_usd_ticks for received in sandbox.requests] == [ticks, 0]
    assert sandbox.videos[0].cost_usd_ticks == ticks


async def test_a_lost_answer_leaves_a_job_that_is_billed(
    client: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    with pytest.raises(httpx.ReadError):
        await order(client, "A fox [sandbox:reset-before-answer]")
    [job] = sandbox.videos
    [received] = sandbox.requests
    assert (received.status, received.outcome) == (200, "reset")
    assert received.cost_usd_ticks == job.cost_usd_ticks == 5 * CENT


@pytest.mark.parametrize(
    ("directive", "status"), [("429", 429), ("bad-key", 400), ("no-credit", 403), ("safety", 403)]
)
async def test_an_order_can_be_refused_and_makes_no_job(
    client: httpx.AsyncClient, sandbox: Sandbox, directive: str, status: int
) -> None:
    body = FOX | {"prompt": f"[sandbox:{directive}]"}
    assert (await client.post("/v1/videos/generations", json=body)).status_code == status
    assert sandbox.videos == []


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"prompt": ""}, 400, "`prompt` is required for text-to-video."),
        ({"duration": 0}, 400, "`duration` must be between 1 and 15 seconds."),
        ({"duration": "16"}, 400, "`duration` must be between 1 and 15 seconds."),
        ({"duration": "long"}, 422, "invalid duration 'long'"),
        ({"duration": 1.5}, 422, "Failed to deserialize"),
        ({"aspect_ratio": "auto"}, 422, "Failed to deserialize"),
        ({"resolution": "8k"}, 422, "Failed to deserialize"),
        ({"resolution": "1080p"}, 400, "1080p video resolution is not available"),
        ({"model": "grok-4.3"}, 400, "Model not found: grok-4.3"),
        ({"image": "https://a.invalid/a.png"}, 422, "Failed to deserialize"),
        ({"image": {"url": "data:image/png;base64,AAAA"}}, 400, "could not be decoded"),
        ({"reference_images": []}, 400, "The sandbox does not know `reference_images`."),
    ],
)
async def test_what_cannot_be_made_is_refused(
    client: httpx.AsyncClient, fields: dict[str, Any], status: int, words: str
) -> None:
    answer = await client.post("/v1/videos/generations", json=FOX | fields)
    assert answer.status_code == status
    assert words in answer.json()["error"]


async def test_a_form_is_a_415_and_an_unknown_job_a_404(client: httpx.AsyncClient) -> None:
    assert (await client.post("/v1/videos/generations", data=FOX)).status_code == 415
    unknown = await client.get("/v1/videos/01a1feea-7b0a-7000-9fc7-aec90da36332")
    assert unknown.status_code == 404
    assert unknown.json()["code"] == "Some requested entity was not found"


async def test_the_jobs_can_be_seen_and_forgotten(
    client: httpx.AsyncClient, clock: FakeClock
) -> None:
    job = await order(client, "A fox [sandbox:withheld]")
    await client.get(job)
    [seen] = (await client.get("/sandbox/videos")).json()["videos"]
    assert seen == {
        "id": job.rpartition("/")[2],
        "model": "grok-imagine-video",
        "prompt": "A fox",
        "seconds": 1,
        "directives": ["withheld"],
        "created_at_ms": clock.now_ms(),
        "progress": 0,
        "polls": 1,
        "cost_usd_ticks": 5 * CENT,
    }
    await client.post("/sandbox/reset")
    assert (await client.get("/sandbox/videos")).json() == {"videos": []}
    assert (await client.get(job)).status_code == 404
