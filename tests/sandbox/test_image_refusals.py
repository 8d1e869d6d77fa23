"""What the real service refuses of image calls."""

from typing import Any

import httpx
import pytest

from tests.sandbox.pictures import RED, data_uri, picture

GOOD = data_uri(picture(RED))
TWO = "grok-imagine-image-2.0"


async def post(client: httpx.AsyncClient, path: str, **fields: Any) -> httpx.Response:
    body = {"model": "grok-imagine-image", "prompt": "A fox"} | fields
    return await client.post(f"/v1/images/{path}", json=body)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"model": "grok-4.3"}, "Model not found: grok-4.3"),
        ({"size": "1024x1024"}, "Argument not supported: size"),
        ({"quality": "low"}, "Argument not supported on this model: quality"),
        (
            {"model": "grok-imagine-image-quality", "quality": "low"},
            "Argument not supported on this model: quality",
        ),
        (
            {"model": TWO, "quality": "high"},
            "This model does not support `quality` value `high`.",
        ),
        ({"resolution": "1.5k"}, "This model does not support `resolution` value `1.5k`."),
        ({"n": 0}, "`n` must be between 1 and 10."),
        ({"n": 11}, "`n` must be between 1 and 10."),
        ({"prompt": ""}, "`prompt` must have 1 to 8000 characters."),
        ({"prompt": "a" * 8001}, "`prompt` must have 1 to 8000 characters."),
        ({"deferred": True}, "The sandbox defers no images."),
        ({"storage_options": {}}, "The sandbox keeps no files."),
    ],
)
async def test_an_invalid_argument_is_a_400(
    client: httpx.AsyncClient, fields: dict[str, Any], message: str
) -> None:
    answer = await post(client, "generations", **fields)
    assert answer.status_code == 400
    assert answer.json() == {"code": "invalid-argument", "error": message}


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": 5},
        {"prompt": None},
        {"n": "2"},
        {"aspect_ratio": "7:5"},
        {"resolution": "4k"},
        {"quality": "hd"},
        {"response_format": "jpeg"},
    ],
)
async def test_a_wrong_type_or_an_unknown_word_is_a_422(
    client: httpx.AsyncClient, fields: dict[str, Any]
) -> None:
    answer = await post(client, "generations", **fields)
    assert (answer.status_code, list(answer.json())) == (422, ["error"])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "An edit needs an `image` or `images`."),
        ({"images": []}, "An edit needs an `image` or `images`."),
        ({"image": {"url": GOOD}, "images": [{"url": GOOD}]}, "exclude each other"),
        ({"images": [{"url": GOOD}] * 6}, "A maximum of 5 images is supported."),
        ({"image": {"file_id": "f"}}, "The sandbox keeps no files."),
        ({"image": {}}, "must be https"),
        ({"image": {"url": "http://plain.invalid/a.png"}}, "must be https"),
        ({"image": {"url": "https://[broken"}}, "must be https"),
        ({"image": {"url": GOOD.replace("png", "gif")}}, "must be https"),
        ({"image": {"url": "data:image/png;base64,@@@"}}, "is not base64"),
        ({"image": {"url": "data:image/png;base64,"}}, "could not be decoded"),
        ({"image": {"url": GOOD[:-40]}}, "could not be decoded"),
        ({"image": {"url": data_uri(picture(RED, form="GIF"))}}, "could not be decoded"),
        ({"image": {"url": data_uri(picture(RED, (8000, 7000)))}}, "at most 50000000 pixels"),
    ],
)
async def test_an_input_that_cannot_be_used_is_a_400(
    client: httpx.AsyncClient, fields: dict[str, Any], words: str
) -> None:
    answer = await post(client, "edits", **fields)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


@pytest.mark.parametrize("fields", [{"image": GOOD}, {"images": [GOOD]}, {"images": GOOD}])
async def test_a_bare_string_is_no_image(client: httpx.AsyncClient, fields: dict[str, Any]) -> None:
    assert (await post(client, "edits", **fields)).status_code == 422


@pytest.mark.parametrize("path", ["generations", "edits"])
async def test_a_multipart_form_is_a_415(client: httpx.AsyncClient, path: str) -> None:
    files = {"image": ("a.png", picture(RED), "image/png")}
    answer = await client.post(f"/v1/images/{path}", data={"prompt": "A fox"}, files=files)
    assert answer.status_code == 415


async def test_what_does_nothing_is_accepted(client: httpx.AsyncClient) -> None:
    answer = await post(
        client, "generations", style="vivid", seed=7, negative_prompt="no", user="u"
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["images/generations", "images/edits", "videos/generations"])
async def test_a_key_without_money_makes_nothing(client: httpx.AsyncClient, path: str) -> None:
    headers = {"authorization": "Bearer xai-no-credit"}
    answer = await client.post(f"/v1/{path}", json={}, headers=headers)
    assert answer.status_code == 403
