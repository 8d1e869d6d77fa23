"""What an image answer says, whoever wrote it, and how an image is sent."""

import asyncio
import base64
import random
from typing import Any

import msgspec
import pytest

from grokgate.chassis.errors import Reason
from grokgate.xai.errors import UpstreamError
from grokgate.xai.images import ImagesAnswer, ReturnedImage, data_uri_json, read_images
from grokgate.xai.usage import ProviderCost

URL = "https://imgen.x.ai/xai-tmp-imgen-1.jpeg"
JPEG = b"\xff\xd8\xff\xe0 a picture"
BASE64 = base64.b64encode(JPEG).decode()
LARGE = random.Random(1).randbytes(2 * 1024 * 1024 + 1)  # noqa: S311  # no secret


async def read(*entries: Any, **fields: Any) -> ImagesAnswer:
    return await read_images(msgspec.json.encode({"data": entries, **fields}))


async def refusal(body: bytes) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        await read_images(body)
    return caught.value


async def test_an_address_and_a_content_are_images_in_their_order() -> None:
    answer = await read(
        {"url": URL, "mime_type": "image/jpeg", "revised_prompt": "A cube."},
        {"b64_json": BASE64, "mime_type": "image/png", "file_output": {"file_id": "f"}},
        usage={"cost_in_usd_ticks": 400_000_000},
        created=1,
    )
    assert answer == ImagesAnswer(
        (
            ReturnedImage(URL, b"", "image/jpeg", "A cube."),
            ReturnedImage("", JPEG, "image/png", None),
        ),
        ProviderCost(400_000_000),
    )


@pytest.mark.parametrize("content", [f"data:image/webp;base64,{BASE64}", f"data:,{BASE64}", BASE64])
async def test_a_content_may_be_a_data_uri(content: str) -> None:
    [image] = (await read({"b64_json": content})).images
    assert image.data == JPEG
    assert image.mime_type == ("image/webp" if "webp" in content else "")


async def test_the_address_counts_where_the_content_is_none() -> None:
    [image] = (await read({"b64_json": "", "url": URL})).images
    assert (image.url, image.data) == (URL, b"")


@pytest.mark.parametrize(
    "unusable",
    [
        {},
        {"url": None, "b64_json": None},
        {"url": ""},
        {"b64_json": "%%%%"},
        {"b64_json": "é" * 4},
        {"b64_json": BASE64[:-1]},
        {"b64_json": "data:image/png;base64,"},
    ],
)
async def test_an_entry_without_an_image_is_none(unusable: dict[str, Any]) -> None:
    answer = await read(unusable, {"url": URL}, usage={"cost_in_usd_ticks": 1})
    assert [image.url for image in answer.images] == [URL]
    error = await refusal(msgspec.json.encode({"data": [unusable]}))
    assert error.error.reason is Reason.PROVIDER_ERROR
    assert error.error.upstream_started


async def test_what_moderation_kept_back_is_no_image_and_may_have_a_cost() -> None:
    withheld = {"url": URL, "respect_moderation": False}
    [image] = (await read(withheld, {"url": URL + "2", "respect_moderation": True})).images
    assert image.url == URL + "2"
    body = {"data": [withheld], "usage": {"cost_in_usd_ticks": 200_000_000}}
    error = await refusal(msgspec.json.encode(body))
    assert error.error.reason is Reason.CONTENT_MODERATED
    assert error.cost == ProviderCost(200_000_000)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"data":{}}',
        b'{"data":[{"url":1}]}',
        b'{"data":["https://x.ai"]}',
        b'{"data":[{"b64_json":[]}]}',
        b'{"data":[{"url":"\xff"}]}',
        b"[" * 10_000,
        b'{"error":"boom"}',
        b'{"error":{"message":"boom"},"usage":{}}',
    ],
)
async def test_a_body_that_is_no_answer_is_the_providers_error(body: bytes) -> None:
    error = await refusal(body)
    assert error.error.reason is Reason.PROVIDER_ERROR
    assert error.cost == ProviderCost()


async def test_an_error_under_status_200_keeps_its_cost() -> None:
    error = await refusal(b'{"error":"boom","usage":{"cost_in_usd_ticks":7}}')
    assert error.cost == ProviderCost(7)


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        ({"cost_in_usd_ticks": 0}, ProviderCost(0)),
        ({"cost_in_usd_ticks": -1}, ProviderCost(senseless=True)),
        ({"cost_in_usd_ticks": 1.5}, ProviderCost(senseless=True)),
        ({"total_tokens": 3}, ProviderCost()),
        (None, ProviderCost()),
    ],
)
async def test_a_cost_is_believed_only_if_it_makes_sense(usage: Any, cost: ProviderCost) -> None:
    assert (await read({"url": URL}, usage=usage)).cost == cost


@pytest.mark.parametrize("data", [b"", b"a", LARGE, LARGE[:-1], LARGE[:-2]], ids=len)
async def test_content_of_any_length_survives_both_ways(data: bytes) -> None:
    uri = msgspec.json.decode(await data_uri_json("image/png", data), type=str)
    assert uri == f"data:image/png;base64,{base64.b64encode(data).decode()}"
    answer = await read({"b64_json": uri}, {"url": URL})
    assert [image.data for image in answer.images] == ([data, b""] if data else [b""])


async def test_a_small_answer_is_read_while_a_large_one_still_is() -> None:
    large = asyncio.create_task(read({"b64_json": base64.b64encode(LARGE).decode()}))
    await asyncio.sleep(0)
    small = await read({"b64_json": BASE64})
    assert small.images[0].data == JPEG
    assert not large.done()
    assert (await large).images[0].data == LARGE


async def test_a_small_image_is_encoded_while_a_large_one_still_is() -> None:
    large = asyncio.create_task(data_uri_json("image/png", LARGE))
    await asyncio.sleep(0)
    await data_uri_json("image/png", JPEG)
    assert not large.done()
    assert len(bytes(await large)) > len(LARGE)
