"""What upstream says of videos, read with suspicion."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokgate.chassis.errors import Reason
from grokgate.chassis.secrets import Secret
from grokgate.xai.client import Fetched, XaiClient
from grokgate.xai.errors import UpstreamError
from grokgate.xai.timeouts import Timeouts
from grokgate.xai.usage import ProviderCost
from grokgate.xai.videos import (
    Answer,
    Done,
    Failed,
    Missing,
    Pending,
    Unclear,
    can_be_fetched,
    read_answer,
    read_created,
    video_path,
)
from tests.support.clock import FakeClock
from tests.xai.fake_transport import FakeTransport, Step

URL = "https://vidgen.x.ai/xai-vidgen-bucket/xai-video-1.mp4"


def fetched(status: int, page: Any = None) -> Fetched:
    return Fetched(status, b"" if page is None else json.dumps(page).encode(), None)


def done(**video: Any) -> dict[str, Any]:
    return {"status": "done", "video": {"url": URL, "duration": 5} | video}


def client(*steps: Step, keys: tuple[str, ...] = ("one",)) -> tuple[XaiClient, FakeTransport]:
    transport = FakeTransport(*steps)
    xai = XaiClient(
        transport=transport,
        base_url="https://api.x.ai/v1",
        api_keys=[Secret(key) for key in keys],
        timeouts=Timeouts(),
        clock=FakeClock(),
    )
    return xai, transport


class Told:
    reached_upstream = False


def test_the_id_of_a_creation_is_read() -> None:
    assert read_created(b'{"request_id":"a-1"}') == "a-1"


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"request_id":7}', b'{"request_id":""}']
)
def test_a_creation_without_an_id_is_a_lost_answer(body: bytes) -> None:
    with pytest.raises(UpstreamError) as failure:
        read_created(body)
    assert failure.value.answer_lost


def test_an_error_under_status_200_is_a_refusal() -> None:
    with pytest.raises(UpstreamError) as failure:
        read_created(b'{"error":"Service overloaded"}')
    assert failure.value.error.reason is Reason.PROVIDER_UNAVAILABLE
    assert not failure.value.answer_lost


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (fetched(202), Pending()),
        (fetched(202, {"status": "pending", "progress": 42}), Pending(42)),
        (fetched(200, {"status": "pending", "progress": 412.5}), Pending(100)),
        (fetched(200, {"status": "pending", "progress": "lots"}), Pending()),
        (fetched(200, done()), Done(URL, 5_000_000, ProviderCost())),
        (
            fetched(200, {"video": {"url": URL}, "usage": {"cost_in_usd_ticks": 7}}),
            Done(URL, None, ProviderCost(7)),
        ),
        (fetched(200, done(duration=4.04)), Done(URL, 4_040_000, ProviderCost())),
        (fetched(200, done(duration="6")), Done(URL, 6_000_000, ProviderCost())),
        (fetched(200, done(duration=-1)), Done(URL, None, ProviderCost())),
        (fetched(200, done(duration=True)), Done(URL, None, ProviderCost())),
        (fetched(200, done(duration=1e9)), Done(URL, None, ProviderCost())),
        (fetched(404), Missing()),
        (fetched(200, {"status": "dreaming"}), Unclear("upstream says 'dreaming'")),
        (fetched(200), Unclear("upstream gave no usable answer")),
        (fetched(200, {"error": "Oops."}), Unclear("upstream gave no usable answer")),
        (Fetched(200, b"<html>", None), Unclear("upstream gave no usable answer")),
        (fetched(500), Unclear("upstream answered 500")),
        (fetched(408), Unclear("upstream answered 408")),
        (fetched(302), Unclear("upstream answered 302")),
        (Fetched(429, b"", 7000), Unclear("upstream answered 429", 7000, limited=True)),
        (Fetched(503, b"", 7000), Unclear("upstream answered 503", 7000)),
    ],
)
def test_an_answer_means_what_the_table_says(answer: Fetched, expected: Answer) -> None:
    assert read_answer(answer) == expected


@pytest.mark.parametrize(
    ("answer", "reason", "ticks"),
    [
        (
            fetched(400, {"code": "imagine:content-moderated", "error": "Rejected."}),
            Reason.CONTENT_MODERATED,
            None,
        ),
        (
            fetched(400, {"error": "Bad image.", "usage": {"cost_in_usd_ticks": 9}}),
            Reason.PROVIDER_REJECTED,
            9,
        ),
        (fetched(400, {"error": "Model not found: x"}), Reason.PROVIDER_ERROR, None),
        (fetched(200, done(respect_moderation=False)), Reason.CONTENT_MODERATED, None),
        (fetched(200, done(url="")), Reason.PROVIDER_ERROR, None),
        (fetched(200, {"status": "done"}), Reason.PROVIDER_ERROR, None),
        (
            fetched(
                200,
                {
                    "status": "failed",
                    "error": {"code": "invalid_argument", "message": "Blocked by moderation"},
                },
            ),
            Reason.CONTENT_MODERATED,
            None,
        ),
        (
            fetched(
                200,
                {"status": "failed", "error": {"code": "failed_precondition", "message": "Long"}},
            ),
            Reason.PROVIDER_REJECTED,
            None,
        ),
        (
            fetched(200, {"status": "failed", "error": {"code": "permission_denied"}}),
            Reason.PROVIDER_ERROR,
            None,
        ),
        (fetched(200, {"status": "failed", "error": "?"}), Reason.PROVIDER_ERROR, None),
    ],
)
def test_every_form_of_failure_is_a_verdict(
    answer: Fetched, reason: Reason, ticks: int | None
) -> None:
    failed = read_answer(answer)
    assert isinstance(failed, Failed)
    assert failed.error.reason is reason
    assert failed.cost.usd_ticks == ticks


@given(st.sampled_from([200, 202, 400, 404, 429, 500]), st.binary(max_size=200))
def test_no_answer_breaks_the_reader(status: int, body: bytes) -> None:
    assert isinstance(read_answer(Fetched(status, body, None)), Answer)


_WORDS = st.sampled_from(
    ["status", "video", "url", "duration", "error", "code", "message", "usage", "progress", "done"]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=5),
    max_leaves=12,
)


@given(st.sampled_from([200, 202, 400]), st.dictionaries(_WORDS, _JSON, max_size=6))
def test_no_page_breaks_the_reader(status: int, page: dict[str, Any]) -> None:
    answer = read_answer(fetched(status, page))
    if isinstance(answer, Done):
        assert can_be_fetched(answer.url)
        assert answer.duration_us is None or type(answer.duration_us) is int


@pytest.mark.parametrize("number", ["1e999999", "-1e999999", "9" * 4000])
def test_a_number_without_measure_is_taken_without_effort(number: str) -> None:
    body = f'{{"status":"done","video":{{"url":"{URL}","duration":{number}}}}}'
    assert read_answer(Fetched(200, body.encode(), None)) == Done(URL, None, ProviderCost())
    body = f'{{"status":"pending","progress":{number}}}'
    progress = 0 if number.startswith("-") else 100
    assert read_answer(Fetched(200, body.encode(), None)) == Pending(progress)


@pytest.mark.parametrize(
    ("url", "fetchable"),
    [
        (URL, True),
        ("http://127.0.0.1:8100/v.mp4", True),
        ("http://localhost/v.mp4", True),
        ("http://[::1]/v.mp4", True),
        ("http://vidgen.x.ai/v.mp4", False),
        ("http://127.0.0.1.evil.test/v.mp4", False),
        ("file:///etc/passwd", False),
        ("https://", False),
        ("https://[broken/v.mp4", False),
        ("https://x.test/a\r\nb", False),
        ("", False),
    ],
)
def test_only_https_and_this_machine_are_fetched_from(url: str, fetchable: bool) -> None:  # noqa: FBT001  # a parameter of the test
    assert can_be_fetched(url) is fetchable


def test_an_id_cannot_leave_its_place_in_the_path() -> None:
    assert video_path("../files?a=b") == "/videos/..%2Ffiles%3Fa%3Db"


async def test_a_get_answers_with_whatever_status_came() -> None:
    xai, transport = client(httpx.Response(202), httpx.Response(404, content=b"{}"))
    assert await xai.get("/videos/1", key_name="", timeout_s=5) == Fetched(202, b"", None)
    assert (await xai.get("/videos/1", key_name="", timeout_s=5)).status == 404
    request = transport.requests[0]
    assert (request.method, str(request.url)) == ("GET", "https://api.x.ai/v1/videos/1")
    assert request.headers["authorization"] == "Bearer one"


async def test_a_get_asks_with_the_key_that_created() -> None:
    refused = httpx.Response(401)
    created = httpx.Response(200, content=b"{}")
    xai, transport = client(refused, created, httpx.Response(202), keys=("one", "two", "three"))
    creation = await xai.create("/videos/generations", b"{}", Told())
    await xai.get("/videos/1", key_name=creation.key_name, timeout_s=5)
    keys = [request.headers["authorization"] for request in transport.requests]
    assert keys == ["Bearer one", "Bearer two", "Bearer two"]
    assert "two" not in creation.key_name


async def test_a_get_asks_with_other_keys_when_one_is_refused() -> None:
    xai, transport = client(
        httpx.Response(401), httpx.Response(403), httpx.Response(202), keys=("one", "two", "three")
    )
    assert (await xai.get("/videos/1", key_name="", timeout_s=5)).status == 202
    assert len(transport.requests) == 3


@pytest.mark.parametrize(
    "step", [httpx.Response(401), httpx.ConnectError("x"), httpx.ReadError("x"), None]
)
async def test_a_get_without_an_answer_raises(step: Step) -> None:
    xai, _ = client(step)
    with pytest.raises(UpstreamError):
        await xai.get("/videos/1", key_name="", timeout_s=0.01)


@pytest.mark.parametrize(
    ("step", "lost"),
    [
        (httpx.ReadError("reset"), True),
        (httpx.Response(502), True),
        (httpx.Response(504), True),
        (httpx.Response(520), True),
        (httpx.Response(500), False),
        (httpx.Response(503), False),
        (httpx.Response(400, content=b'{"error":"Bad."}'), False),
    ],
)
async def test_a_creation_tells_a_lost_answer_from_a_refusal(step: Step, lost: bool) -> None:  # noqa: FBT001  # a parameter of the test
    xai, _ = client(step)
    with pytest.raises(UpstreamError) as failure:
        await xai.create("/videos/generations", b"{}", Told())
    assert failure.value.answer_lost is lost
