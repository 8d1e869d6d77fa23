"""`/v1/video/generations`: starting, waiting, looking, listing."""

import asyncio
from typing import Any

import httpx
import msgspec
import pytest

from grokgate.api.media.v1 import media_pb2
from grokgate.api.media.v1.media_pb2 import (
    GetVideoRequest,
    ImageContent,
    InputImage,
    ListVideosRequest,
    ListVideosResponse,
    StartVideoRequest,
    WaitForVideoRequest,
)
from grokgate.api.types.v1 import money_pb2
from grokgate.api.types.v1.errors_pb2 import Failure
from grokgate.api.types.v1.money_pb2 import Charge
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.fields import Support
from grokgate.edge.video.fields import VIDEO
from grokgate.edge.video.objects import video_object
from grokgate.edge.video.request import read_video_request
from tests.edge.conftest import RunEdge, RunningEdge
from tests.edge.fake_media import PNG, failed, processing, succeeded
from tests.edge.test_image_edits import data_uri

PATH = "/v1/video/generations"
CLOUDS: dict[str, Any] = {
    "model": "xai/grok-imagine-video",
    "prompt": "A calm time-lapse of clouds over a mountain ridge",
}
DONE = {
    "object": "video.generation",
    "id": "videogen_1",
    "status": "succeeded",
    "model": "xai/grok-imagine-video",
    "created_at": 1_780_000_000,
    "finished_at": 1_780_000_060,
    "progress": 100,
    "duration_seconds": 5,
    "resolution": "480p",
    "aspect_ratio": None,
    "request_id": "req_1",
    "url": "https://vidgen.x.ai/1.mp4",
    "usage": {
        "seconds_generated": 5,
        "cost_in_usd_ticks": 2_500_000_000,
        "native_cost_usd": "0.25",
    },
}
UNDER_WAY = {
    **{name: DONE[name] for name in ("object", "id", "model", "created_at", "duration_seconds")},
    **{name: DONE[name] for name in ("resolution", "aspect_ratio", "request_id")},
    "status": "processing",
    "progress": 42,
}


async def test_the_documented_request_waits_and_gets_its_video(edge: RunningEdge) -> None:
    body = CLOUDS | {
        "duration_seconds": 5,
        "aspect_ratio": "16:9",
        "resolution": "480p",
        "max_wait_seconds": 120,
    }
    answer = await edge.post(PATH, body)
    assert (answer.status_code, answer.json()) == (200, DONE)
    assert answer.headers["x-cost-usd-ticks"] == "2500000000"
    assert answer.headers["x-ratelimit-remaining-requests"] == "59"
    started, waited = edge.media.requests
    assert started == StartVideoRequest(
        model="xai/grok-imagine-video",
        prompt=CLOUDS["prompt"],
        duration_seconds=5,
        aspect_ratio="16:9",
        resolution="480p",
    )
    assert waited == WaitForVideoRequest(id="videogen_1", max_wait_ms=120_000)


async def test_every_field_reaches_the_service(edge: RunningEdge) -> None:
    body = {
        "model": "grok-imagine-video",
        "image": {"url": data_uri(PNG)},
        "max_budget_usd": "0.5",
        "user": "u",
        "max_wait_seconds": 0,
    }
    await edge.post(PATH, body)
    assert edge.media.only(StartVideoRequest) == StartVideoRequest(
        model="grok-imagine-video",
        image=InputImage(content=ImageContent(data=PNG, mime_type="image/png")),
        max_hold_usd_ticks=5_000_000_000,
        user="u",
    )


def accepted(answer: httpx.Response) -> bool:
    return (
        answer.status_code == 202
        and answer.json() == UNDER_WAY
        and answer.headers["location"] == f"{PATH}/videogen_1"
        and answer.headers["retry-after"] == "5"
        and "x-cost-usd-ticks" not in answer.headers
    )


async def test_who_does_not_wait_gets_a_promise(edge: RunningEdge) -> None:
    assert accepted(await edge.post(PATH, CLOUDS | {"max_wait_seconds": 0}))


async def test_a_wait_that_is_over_ends_in_a_promise(edge: RunningEdge) -> None:
    edge.media.video = processing()
    assert accepted(await edge.post(PATH, CLOUDS))
    assert edge.media.requests[1] == WaitForVideoRequest(id="videogen_1", max_wait_ms=120_000)


async def test_a_wait_that_breaks_ends_in_a_promise_all_the_same(edge: RunningEdge) -> None:
    edge.media.wait_ends = asyncio.Event()
    asking = asyncio.create_task(edge.post(PATH, CLOUDS))
    await edge.media.is_waited_for.wait()
    edge.media.error = GrokgateError(Reason.OVERLOADED, "The service stops.")
    edge.media.wait_ends.set()
    assert accepted(await asking)


async def test_a_gateway_that_stops_answers_those_who_wait(run: RunEdge) -> None:
    async with run() as edge:
        edge.media.wait_ends = asyncio.Event()
        asking = asyncio.create_task(edge.post(PATH, CLOUDS))
        await edge.media.is_waited_for.wait()
        await edge.server.stop(grace_s=10)
        assert accepted(await asking)


async def test_a_client_that_leaves_ends_its_wait_only(edge: RunningEdge) -> None:
    edge.media.wait_ends = asyncio.Event()
    asking = asyncio.create_task(edge.post(PATH, CLOUDS))
    await edge.media.is_waited_for.wait()
    asking.cancel()
    await edge.media.cancelled.wait()
    assert [type(request) for request in edge.media.requests] == [
        StartVideoRequest,
        WaitForVideoRequest,
    ]


async def test_a_video_that_failed_within_the_wait_is_an_answer(edge: RunningEdge) -> None:
    edge.media.video = failed()
    answer = await edge.post(PATH, CLOUDS)
    assert answer.status_code == 200
    video = answer.json()
    assert video["status"] == "failed"
    assert video["error"] == {
        "code": "content_moderated",
        "message": "Rejected by content moderation.",
    }
    assert video["usage"] == {
        "seconds_generated": 0,
        "cost_in_usd_ticks": 500_000_000,
        "native_cost_usd": None,
    }
    assert answer.headers["x-cost-usd-ticks"] == "500000000"


def test_a_video_that_cost_nothing_has_no_usage() -> None:
    free = Charge(basis=money_pb2.CHARGE_BASIS_NONE)
    video = msgspec.to_builtins(video_object(failed(charge=free)))
    assert "usage" not in video
    expired = processing(state=media_pb2.VIDEO_STATE_EXPIRED, finished_at=1, failure=Failure())
    video = msgspec.to_builtins(video_object(expired))
    assert (video["status"], video["error"]["code"]) == ("expired", "internal_error")
    assert "usage" not in video


def test_a_video_tells_what_is_not_known_yet() -> None:
    video = succeeded(duration_us=5_250_000, aspect_ratio="16:9")
    video.ClearField("charge")
    video.ClearField("provider_usd_ticks")
    shown = msgspec.to_builtins(video_object(video))
    assert (shown["duration_seconds"], shown["aspect_ratio"]) == (5.25, "16:9")
    assert shown["usage"] == {
        "seconds_generated": 5.25,
        "cost_in_usd_ticks": None,
        "native_cost_usd": None,
    }


async def test_a_refusal_is_an_error(edge: RunningEdge) -> None:
    edge.media.error = GrokgateError(
        Reason.MAX_BUDGET_EXCEEDED, "It may cost 0.40 USD.", param="max_budget_usd"
    )
    answer = await edge.post(PATH, CLOUDS | {"max_budget_usd": 0.3})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "max_budget_exceeded")


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("0", 0),
        ("1", 10**10),
        ('"1"', 10**10),
        ("0.1", 10**9),
        ('"0.1"', 10**9),
        ("0.29999999999999998", 2_999_999_999),
        ("0.00000000019999999999999999999999999999", 1),
        ("1e-11", 0),
        ("2.5E-1", 2_500_000_000),
        ('"0.00000000019"', 1),
        ("899999999.99999999999999999999", 8_999_999_999_999_999_999),
        ('"900000000"', 9 * 10**18),
    ],
)
async def test_a_budget_is_read_to_the_tick_and_rounded_down(
    edge: RunningEdge, text: str, ticks: int
) -> None:
    body = f'{{"model":"m","prompt":"p","max_wait_seconds":0,"max_budget_usd":{text}}}'
    headers = edge.headers | {"content-type": "application/json"}
    await edge.http.post(PATH, content=body, headers=headers)
    assert edge.media.only(StartVideoRequest).max_hold_usd_ticks == ticks


BAD_BUDGETS = ["-1", "-0.1", "900000001", "1e999999999", '"1e3"', '"-1"', '""', '" 1"', '"٣"']


async def test_what_is_no_budget_is_named(edge: RunningEdge) -> None:
    headers = edge.headers | {"content-type": "application/json"}
    for text in [*BAD_BUDGETS, '"1,5"', '"NaN"', '".5"', "true", "[]", "{}"]:
        body = f'{{"model":"m","prompt":"p","max_budget_usd":{text}}}'
        error = (await edge.http.post(PATH, content=body, headers=headers)).json()["error"]
        assert (error["code"], error["param"]) == ("invalid_value", "max_budget_usd"), text
    assert edge.media.requests == []


SERVED = [name for name, field in VIDEO.items() if field.support is Support.SERVED]


@pytest.mark.parametrize("name", SERVED)
@pytest.mark.parametrize("value", [[[]], True])
async def test_a_field_of_a_wrong_type_is_named(name: str, value: Any) -> None:
    with pytest.raises(GrokgateError) as caught:
        await read_video_request(CLOUDS | {name: value})
    assert (caught.value.reason, caught.value.param) == (Reason.INVALID_VALUE, name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("duration_seconds", 0),
        ("duration_seconds", 16),
        ("duration_seconds", "5"),
        ("duration_seconds", 5.0),
        ("max_wait_seconds", -1),
        ("max_wait_seconds", 601),
        ("user", "x" * 513),
    ],
)
async def test_a_wrong_value_is_named(name: str, value: Any) -> None:
    with pytest.raises(GrokgateError) as caught:
        await read_video_request(CLOUDS | {name: value})
    assert (caught.value.reason, caught.value.param) == (Reason.INVALID_VALUE, name)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"prompt": "p"}, "model"),
        ({"model": "m"}, "prompt"),
        ({"model": "m", "prompt": ""}, "prompt"),
        ({"model": "m", "image": {}}, "image.url"),
    ],
)
async def test_a_required_field_is_asked_for(body: dict[str, Any], param: str) -> None:
    with pytest.raises(GrokgateError) as caught:
        await read_video_request(body)
    assert (caught.value.reason, caught.value.param) == (Reason.MISSING_PARAMETER, param)


async def test_a_video_is_shown_to_its_owner(edge: RunningEdge) -> None:
    answer = await edge.get(f"{PATH}/videogen_1")
    assert (answer.status_code, answer.json()) == (200, DONE)
    assert edge.media.only(GetVideoRequest).id == "videogen_1"
    assert "x-cost-usd-ticks" not in answer.headers


async def test_a_video_that_has_not_ended_says_when_to_ask_again(edge: RunningEdge) -> None:
    for state in (media_pb2.VIDEO_STATE_QUEUED, media_pb2.VIDEO_STATE_PROCESSING):
        edge.media.video = processing(state=state)
        assert (await edge.get(f"{PATH}/videogen_1")).headers["retry-after"] == "5"
    for ended in (succeeded(), failed()):
        edge.media.video = ended
        assert "retry-after" not in (await edge.get(f"{PATH}/videogen_1")).headers


async def test_a_video_of_somebody_else_is_not_there(edge: RunningEdge) -> None:
    edge.media.error = GrokgateError(Reason.NOT_FOUND, "There is no such video.")
    answer = await edge.get(f"{PATH}/videogen_2")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_looking_may_be_repeated_when_the_service_is_gone(edge: RunningEdge) -> None:
    await edge.get(f"{PATH}/videogen_1")
    await edge.services.stop()
    answer = await edge.get(f"{PATH}/videogen_1")
    assert answer.status_code == 503
    assert "x-should-retry" not in answer.headers


async def test_videos_are_listed_page_by_page(edge: RunningEdge) -> None:
    edge.media.videos = ListVideosResponse(videos=[succeeded(), processing()], has_more=True)
    answer = await edge.get(
        PATH, params={"limit": 2, "after": "videogen_3", "status": "processing"}
    )
    assert answer.json() == {
        "object": "list",
        "data": [DONE, UNDER_WAY],
        "has_more": True,
        "last_id": "videogen_1",
    }
    assert edge.media.only(ListVideosRequest) == ListVideosRequest(
        limit=2, after="videogen_3", state=media_pb2.VIDEO_STATE_PROCESSING
    )


async def test_a_list_may_be_empty(edge: RunningEdge) -> None:
    edge.media.videos = ListVideosResponse()
    body = (await edge.get(PATH)).json()
    assert body == {"object": "list", "data": [], "has_more": False, "last_id": None}
    assert edge.media.only(ListVideosRequest) == ListVideosRequest()


async def test_a_wrong_query_is_named(edge: RunningEdge) -> None:
    wrong = {"limit": "101", "status": "done", "after": "a\nb", "page": "2"}
    for name, value in wrong.items():
        answer = await edge.get(PATH, params={name: value})
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, name)
    assert edge.media.requests == []


async def test_another_method_learns_which_ones_there_are(edge: RunningEdge) -> None:
    answer = await edge.http.delete(PATH, headers=edge.headers)
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


async def test_every_route_needs_a_key(edge: RunningEdge) -> None:
    for method, path in [
        ("POST", PATH),
        ("GET", PATH),
        ("GET", f"{PATH}/videogen_1"),
        ("GET", f"{PATH}/videogen_1/content"),
    ]:
        assert (await edge.http.request(method, path)).status_code == 401, path
    assert edge.media.requests == []


async def test_the_paths_of_other_apis_point_here(edge: RunningEdge) -> None:
    for method, path in [
        ("POST", "/v1/videos"),
        ("POST", "/v1/videos/generations"),
        ("GET", "/v1/videos/video_1"),
    ]:
        error = (await edge.http.request(method, path, headers=edge.headers)).json()["error"]
        assert error["code"] == "unsupported_operation"
        assert error["details"]["suggested_endpoint"] == PATH
        assert PATH in error["message"]
