"""`POST /v1/images/generations`, and what both image routes answer."""

import base64
from typing import Any

import openai
import pytest

from grokgate.api.media.v1 import media_pb2
from grokgate.api.media.v1.media_pb2 import GenerateImagesRequest, Image
from grokgate.api.types.v1 import money_pb2
from grokgate.api.types.v1.errors_pb2 import Failure
from grokgate.api.types.v1.money_pb2 import Charge
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.fields import Support
from grokgate.edge.images.fields import GENERATION
from grokgate.edge.images.request import read_generation
from tests.edge.conftest import RunEdge, RunningEdge
from tests.edge.fake_media import JPEG, drawn
from tests.edge.fakes import GOOD_KEY

PATH = "/v1/images/generations"
LAMP: dict[str, Any] = {"model": "xai/grok-imagine-image", "prompt": "A copper desk lamp."}


async def test_the_documented_request_is_read_whole(edge: RunningEdge) -> None:
    body = LAMP | {
        "aspect_ratio": "16:9",
        "resolution": "1k",
        "response_format": "url",
        "n": 1,
        "quality": "low",
        "user": "u",
    }
    assert (await edge.post(PATH, body)).status_code == 200
    assert edge.media.only(GenerateImagesRequest) == GenerateImagesRequest(
        model="xai/grok-imagine-image",
        prompt="A copper desk lamp.",
        count=1,
        aspect_ratio="16:9",
        resolution="1k",
        quality="low",
        delivery=media_pb2.DELIVERY_URL,
        user="u",
    )


async def test_the_answer_has_the_images_and_what_they_cost(edge: RunningEdge) -> None:
    answer = await edge.post(PATH, LAMP)
    assert answer.json() == {
        "created": 1_780_000_000,
        "data": [
            {
                "url": "https://imgen.x.ai/1.jpeg",
                "mime_type": "image/jpeg",
                "revised_prompt": "A lamp.",
            }
        ],
        "usage": {"cost_in_usd_ticks": 200_000_000, "images_in": 0, "images_out": 1},
    }
    assert answer.headers["x-cost-usd-ticks"] == "200000000"
    assert answer.headers["x-cost-basis"] == "provider"
    assert answer.headers["x-ratelimit-remaining-requests"] == "59"


async def test_an_image_comes_in_base64_when_asked_for(edge: RunningEdge) -> None:
    picture = JPEG * 100_000
    edge.media.images = drawn(images=[Image(data=picture)])
    edge.media.images.ClearField("charge")
    answer = await edge.post(PATH, LAMP | {"response_format": "b64_json"})
    [image] = answer.json()["data"]
    assert base64.b64decode(image["b64_json"], validate=True) == picture
    assert (image["mime_type"], set(image)) == (None, {"b64_json", "mime_type"})
    assert answer.json()["usage"]["cost_in_usd_ticks"] is None
    assert "x-cost-usd-ticks" not in answer.headers
    assert edge.media.only(GenerateImagesRequest).delivery == media_pb2.DELIVERY_CONTENT


async def test_a_failure_that_cost_something_says_so(edge: RunningEdge) -> None:
    failure = Failure(reason="CONTENT_MODERATED", message="Rejected by content moderation.")
    edge.media.images = drawn(images=[], images_in=2, failure=failure)
    answer = await edge.post(PATH, LAMP)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "content_moderated")
    usage = {"cost_in_usd_ticks": 200_000_000, "images_in": 2, "images_out": 0}
    assert answer.json()["usage"] == usage
    assert answer.headers["x-cost-usd-ticks"] == "200000000"
    assert answer.headers["x-should-retry"] == "false"


async def test_a_failure_that_cost_nothing_has_no_usage(edge: RunningEdge) -> None:
    charge = Charge(basis=money_pb2.CHARGE_BASIS_NONE)
    failure = Failure(reason="PROVIDER_ERROR", message="The provider failed.")
    edge.media.images = drawn(images=[], failure=failure, charge=charge)
    answer = await edge.post(PATH, LAMP)
    assert answer.status_code == 502
    assert "usage" not in answer.json()
    assert "x-cost-usd-ticks" not in answer.headers


async def test_a_refusal_of_the_service_is_told(edge: RunningEdge) -> None:
    edge.media.error = GrokgateError(
        Reason.UNSUPPORTED_PARAMETER, "Argument not supported: quality", param="quality"
    )
    error = (await edge.post(PATH, LAMP | {"quality": "hd"})).json()["error"]
    assert (error["message"], error["param"]) == ("Argument not supported: quality", "quality")


@pytest.mark.parametrize("path", [PATH, "/v1/images/edits"])
@pytest.mark.parametrize("name", ["size", "style"])
async def test_an_argument_of_openai_is_refused_in_the_documented_words(
    edge: RunningEdge, path: str, name: str
) -> None:
    answer = await edge.post(path, LAMP | {name: "1024x1024"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "unsupported_parameter")
    assert (error["message"], error["param"]) == (f"Argument not supported: {name}", name)
    assert edge.media.requests == []


SERVED = [name for name, field in GENERATION.items() if field.support is Support.SERVED]


@pytest.mark.parametrize("name", SERVED)
@pytest.mark.parametrize("value", [[[]], {}, True, 1.5])
def test_a_field_of_a_wrong_type_is_named(name: str, value: Any) -> None:
    with pytest.raises(GrokgateError) as caught:
        read_generation(LAMP | {name: value})
    assert (caught.value.reason, caught.value.param) == (Reason.INVALID_VALUE, name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 0),
        ("n", 11),
        ("n", "1"),
        ("n", 1.0),
        ("response_format", "png"),
        ("aspect_ratio", "x" * 257),
        ("user", "x" * 513),
        ("resolution", "\0"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: Any) -> None:
    with pytest.raises(GrokgateError) as caught:
        read_generation(LAMP | {name: value})
    assert (caught.value.reason, caught.value.param) == (Reason.INVALID_VALUE, name)


@pytest.mark.parametrize("name", ["model", "prompt"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_required_field_is_asked_for(name: str, value: Any) -> None:
    with pytest.raises(GrokgateError) as caught:
        read_generation(LAMP | {name: value})
    assert (caught.value.reason, caught.value.param) == (Reason.MISSING_PARAMETER, name)


async def test_an_image_sent_to_be_generated_is_refused_before_it_is_billed(
    edge: RunningEdge,
) -> None:
    answer = await edge.post(PATH, LAMP | {"image": {"url": "https://example.com/a.jpg"}})
    assert "POST /v1/images/edits" in answer.json()["error"]["message"]
    assert edge.media.requests == []


async def test_media_have_a_body_limit_of_their_own(run: RunEdge) -> None:
    async with run(text_body_limit_bytes=100, media_body_limit_bytes=1000) as edge:
        passed = await edge.post(PATH, LAMP | {"prompt": "x" * 500})
        refused = await edge.post(PATH, LAMP | {"prompt": "x" * 1000})
    assert (passed.status_code, refused.status_code) == (200, 413)


async def test_a_body_of_millions_of_values_is_refused_before_it_is_parsed(
    edge: RunningEdge,
) -> None:
    body = b'{"a":[' + b"[]," * 1_000_000 + b"[]]}"
    headers = edge.headers | {"content-type": "application/json"}
    answer = await edge.http.post(PATH, content=body, headers=headers)
    assert answer.json()["error"]["code"] == "invalid_json"
    assert "1000000 values" in answer.json()["error"]["message"]


async def test_a_key_that_may_not_draw_is_refused_before_the_body(edge: RunningEdge) -> None:
    answer = await edge.http.post(PATH, content=b"?")
    assert answer.status_code == 401


async def test_the_openai_library_generates_images(edge: RunningEdge) -> None:
    async with openai.AsyncOpenAI(api_key=GOOD_KEY, base_url=f"{edge.url}/v1") as client:
        images = await client.images.generate(
            **LAMP, n=2, response_format="url", extra_body={"aspect_ratio": "16:9"}
        )
    assert images.created == 1_780_000_000
    assert images.data is not None
    assert images.data[0].url == "https://imgen.x.ai/1.jpeg"
    asked = edge.media.only(GenerateImagesRequest)
    assert (asked.count, asked.aspect_ratio) == (2, "16:9")
