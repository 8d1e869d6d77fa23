"""`POST /v1/images/edits` as JSON: images by address and by value."""

import asyncio
import base64
from typing import Any

import pytest

from grokgate.api.media.v1.media_pb2 import EditImagesRequest, ImageContent, InputImage
from grokgate.chassis.base64_text import decode_base64, encode_base64
from grokgate.chassis.errors import GrokgateError
from grokgate.edge.images.request import read_edit
from tests.edge.conftest import RunningEdge
from tests.edge.fake_media import JPEG, PNG, WEBP

PATH = "/v1/images/edits"
URL = "https://example.com/source.jpg"
SKETCH: dict[str, Any] = {
    "model": "xai/grok-imagine-image",
    "prompt": "Render this image as a pencil sketch.",
}


def data_uri(data: bytes, mime_type: str = "image/png") -> str:
    return f"data:{mime_type};base64,{base64.b64encode(data).decode()}"


async def test_the_documented_request_is_read_whole(edge: RunningEdge) -> None:
    more = {"image": {"url": URL}, "aspect_ratio": "1:1", "response_format": "url"}
    assert (await edge.post(PATH, SKETCH | more)).status_code == 200
    asked = edge.media.only(EditImagesRequest)
    assert list(asked.images) == [InputImage(url=URL)]
    assert (asked.generation.prompt, asked.generation.aspect_ratio) == (SKETCH["prompt"], "1:1")


@pytest.mark.parametrize(
    ("data", "mime_type"), [(JPEG, "image/jpeg"), (PNG, "image/png"), (WEBP, "image/webp")]
)
async def test_a_data_uri_becomes_the_image_that_it_is(
    edge: RunningEdge, data: bytes, mime_type: str
) -> None:
    await edge.post(PATH, SKETCH | {"image": {"url": data_uri(data)}})
    sent = InputImage(content=ImageContent(data=data, mime_type=mime_type))
    assert list(edge.media.only(EditImagesRequest).images) == [sent]


async def test_several_images_keep_their_order(edge: RunningEdge) -> None:
    images = [{"url": f"{URL}?{number}"} for number in range(5)]
    await edge.post(PATH, SKETCH | {"images": images})
    sent = [image.url for image in edge.media.only(EditImagesRequest).images]
    assert sent == [f"{URL}?{number}" for number in range(5)]


async def test_what_other_clients_call_an_image_is_one(edge: RunningEdge) -> None:
    images = [{"image_url": URL}, {"url": URL, "type": "image_url", "image_url": None}]
    await edge.post(PATH, SKETCH | {"images": images, "image": None})
    assert [image.url for image in edge.media.only(EditImagesRequest).images] == [URL, URL]


ONE = {"url": URL}
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({}, "image", "missing_parameter"),
    ({"image": URL}, "image", "invalid_value"),
    ({"image": [ONE]}, "image", "invalid_value"),
    ({"image": 1}, "image", "invalid_value"),
    ({"image": {}}, "image.url", "missing_parameter"),
    ({"image": {"url": 1}}, "image.url", "invalid_value"),
    ({"image": {"url": "http://example.com/a.jpg"}}, "image.url", "invalid_value"),
    ({"image": {"url": "file:///etc/passwd"}}, "image.url", "invalid_value"),
    ({"image": {"url": "data:image/gif;base64,R0lG"}}, "image.url", "invalid_value"),
    ({"image": {"url": "data:image/png;base64,"}}, "image.url", "invalid_value"),
    ({"image": {"url": "data:image/png;base64,????"}}, "image.url", "invalid_value"),
    ({"image": {"url": "data:image/png;base64,ÄÖÜß"}}, "image.url", "invalid_value"),
    ({"image": {"url": data_uri(PNG)[:-2]}}, "image.url", "invalid_value"),
    ({"image": {"url": data_uri(PNG) + "\n"}}, "image.url", "invalid_value"),
    ({"image": {"url": data_uri(b"GIF89a")}}, "image.url", "invalid_value"),
    ({"image": {"image_url": data_uri(b"GIF89a")}}, "image.image_url", "invalid_value"),
    ({"image": {"url": URL, "image_url": URL}}, "image.image_url", "invalid_value"),
    ({"image": {"url": URL, "type": "text"}}, "image.type", "unsupported_parameter"),
    ({"image": {"file_id": "file_1"}}, "image.file_id", "unsupported_parameter"),
    ({"image": {"url": URL, "detail": "low"}}, "image.detail", "unknown_parameter"),
    ({"image": ONE, "images": [ONE]}, "images", "invalid_value"),
    ({"images": []}, "images", "invalid_value"),
    ({"images": [ONE] * 6}, "images", "invalid_value"),
    ({"images": ONE}, "images", "invalid_value"),
    ({"images": [ONE, URL]}, "images[1]", "invalid_value"),
    ({"images": [ONE, ONE, {"url": data_uri(b"x")}]}, "images[2].url", "invalid_value"),
    ({"image": ONE, "mask": ONE}, "mask", "unsupported_parameter"),
    ({"image": ONE, "file_id": "file_1"}, "file_id", "unsupported_parameter"),
    ({"image": ONE, "n": 11}, "n", "invalid_value"),
    ({"image": ONE, "strength": 1}, "strength", "unknown_parameter"),
]


@pytest.mark.parametrize(("fields", "param", "code"), REFUSED)
async def test_what_cannot_be_edited_is_named(
    fields: dict[str, Any], param: str, code: str
) -> None:
    with pytest.raises(GrokgateError) as caught:
        await read_edit(SKETCH | fields)
    assert (caught.value.param, caught.value.reason.lower()) == (param, code)


async def test_another_kind_of_body_is_refused(edge: RunningEdge) -> None:
    headers = edge.headers | {"content-type": "image/png"}
    answer = await edge.http.post(PATH, content=PNG, headers=headers)
    assert answer.status_code == 415


async def test_small_requests_are_answered_while_much_base64_is_decoded(
    edge: RunningEdge,
) -> None:
    data = PNG + bytes(15_000_000)
    text = base64.b64encode(data).decode()
    assert (await edge.get("/healthz")).status_code == 200
    decoding = asyncio.create_task(decode_base64(text))
    assert (await edge.get("/healthz")).status_code == 200
    assert not decoding.done()
    assert await decoding == data


async def test_small_requests_are_answered_while_much_base64_is_encoded(
    edge: RunningEdge,
) -> None:
    data = bytes(range(256)) * 60_000
    assert (await edge.get("/healthz")).status_code == 200
    encoding = asyncio.create_task(encode_base64(data))
    assert (await edge.get("/healthz")).status_code == 200
    assert not encoding.done()
    assert await encoding == base64.b64encode(data).decode()


async def test_a_large_image_arrives_whole(edge: RunningEdge) -> None:
    data = PNG + bytes(range(256)) * 60_000
    answer = await edge.post(PATH, SKETCH | {"image": {"url": data_uri(data)}})
    assert answer.status_code == 200
    assert edge.media.only(EditImagesRequest).images[0].content.data == data


async def test_padding_between_slices_is_no_base64() -> None:
    text = base64.b64encode(bytes(49_151)).decode()
    assert len(text) == 64 * 1024
    assert text.endswith("=")
    with pytest.raises(ValueError, match="padding"):
        await decode_base64(text + text)
